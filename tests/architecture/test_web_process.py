"""The web process stays light: what measures and draws is loaded by the workers alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAVY = [
    "sklearn",
    "fairlearn",
    "evidently",
    "pandas",
    "duckdb",
    "scipy",
    "numpy",
    "pyarrow",
    "altair",
    "vl_convert",
    "typst",
    "narwhals",
    "pyspark",
    "ibis",
]
PROGRAM = """
import json, sys
from config.wsgi import application
from django.urls import get_resolver

def load(patterns):
    for pattern in patterns:
        load(getattr(pattern, "url_patterns", ()))

load(get_resolver().url_patterns)
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
"""


def test_the_web_process_never_imports_what_only_workers_need() -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.dev",
        "DATABASE_URL": "postgresql://nobody@localhost:1/none",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert "django" in loaded
    assert sorted(loaded & set(HEAVY)) == []
