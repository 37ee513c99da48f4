"""Production refuses to start half-configured; a development machine keeps its own secret."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from config import env

ROOT = Path(__file__).resolve().parents[2]
COMPLETE = {
    "DJANGO_SETTINGS_MODULE": "config.settings.prod",
    "SECRET_KEY": "k" * 60,
    "ALLOWED_HOSTS": "formulary.hospital.example",
    "DATABASE_URL": "postgresql://app@db.example/formulary",
    "GATE_KEY_PATH": "/run/secrets/gate.pem",
    "FORMULARY_ID": "https://formulary.hospital.example",
}


SHOW_DEBUG = "import django; django.setup(); from django.conf import settings; print(settings.DEBUG)"


def start(program: str = SHOW_DEBUG, **changes: str | None) -> subprocess.CompletedProcess[str]:
    wanted = {**COMPLETE, **changes}
    environment = {name: value for name, value in os.environ.items() if name not in {*COMPLETE, "DEBUG"}}
    environment |= {name: value for name, value in wanted.items() if value is not None}
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True)


def test_production_starts_when_everything_is_given_and_debug_is_off() -> None:
    done = start()
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "False"


def test_production_logs_one_json_object_a_line_and_takes_several_hosts() -> None:
    program = (
        "import django; django.setup(); import structlog; from django.conf import settings;"
        "structlog.get_logger('x').warning('hello', a=1); print(settings.ALLOWED_HOSTS, settings.CSRF_TRUSTED_ORIGINS)"
    )
    done = start(program, ALLOWED_HOSTS="a.example, b.example")
    assert json.loads(done.stderr.splitlines()[-1])["event"] == "hello"
    assert done.stdout.strip() == "['a.example', 'b.example'] ['https://a.example', 'https://b.example']"


@pytest.mark.parametrize("missing", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "GATE_KEY_PATH", "FORMULARY_ID"])
def test_production_refuses_to_start_without(missing: str) -> None:
    done = start(SHOW_DEBUG, **{missing: None})
    assert done.returncode != 0
    assert f"MissingSetting: {missing}" in done.stderr


@pytest.mark.parametrize("bad", [{"SECRET_KEY": "changeme"}, {"SECRET_KEY": "short"}, {"DEBUG": "1"}])
def test_production_refuses_a_default_secret_and_debug(bad: dict[str, str]) -> None:
    done = start(SHOW_DEBUG, **bad)
    assert done.returncode != 0
    assert "MissingSetting" in done.stderr


def test_a_kept_secret_is_made_once_and_readable_to_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "secret_key"
    first = env.kept_secret(path)
    assert len(first) >= 50
    assert env.kept_secret(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_secret_may_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("from a mounted file\n")
    monkeypatch.setenv("SOME_SECRET_FILE", str(tmp_path / "secret"))
    assert env.text("SOME_SECRET") == "from a mounted file"
