"""Does the page on packs say what works? Its files, commands and code are run, and its outputs compared."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command
from pytest_django.live_server_helper import LiveServer

from governance.services import packs
from registry.models.user import Role
from tests.conftest import PASSWORD
from tests.governance import scene as scenes

PAGE = Path(__file__).resolve().parents[2] / "docs" / "packs.md"
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
COMMAND = ".venv/bin/python manage.py "
PACK_ROW = re.compile(r"^\| (.+) \| `([a-z0-9-]+)` \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", re.MULTILINE)


class Reader:
    """Somebody who follows the page from top to bottom, in an empty folder."""

    def __init__(self, folder: Path, names: dict[str, Any]) -> None:
        self.folder = folder
        self.names = names
        self.said = ""

    def follow(self, kind: str, name: str, text: str) -> None:
        match kind:
            case "yaml":
                (self.folder / name).write_text(text, encoding="utf-8")
            case "diff":
                self._changed(text)
            case "sh":
                self.said = "".join(map(_commanded, text.splitlines()))
            case "python":
                self.said = self._run(text)
            case "text":
                assert _alike(self.said, text), f"the page says\n{text}\nand it is\n{self.said}"
            case _:
                raise AssertionError(f"nobody runs a block of {kind}")

    def _changed(self, text: str) -> None:
        """A unified diff without line numbers: what a hunk shows of the old file becomes what it shows of the new."""
        header, *hunks = re.split(r"^@@\n", text, flags=re.MULTILINE)
        old, new = (line.split()[1] for line in header.splitlines())
        content = (self.folder / old).read_text(encoding="utf-8")
        for hunk in hunks:
            before, after = (
                "".join(line[1:] for line in hunk.splitlines(keepends=True) if line[0] in signs)
                for signs in (" -", " +")
            )
            assert content.count(before) == 1
            content = content.replace(before, after)
        (self.folder / new).write_text(content, encoding="utf-8")

    def _run(self, code: str) -> str:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(compile(code, str(PAGE), "exec"), self.names)
        return said.getvalue()


def _commanded(line: str) -> str:
    assert line.startswith(COMMAND)
    said = io.StringIO()
    try:
        call_command(*shlex.split(line.removeprefix(COMMAND)), stdout=said)
    except CommandError as error:
        said.write(f"CommandError: {error}\n")
    return said.getvalue()


def _alike(said: str, shown: str) -> bool:
    """Word for word; "..." stands for what differs from one run to another."""
    pattern = ".*".join(re.escape(part) for part in shown.strip().split("..."))
    return re.fullmatch(pattern, said.strip()) is not None


@pytest.fixture
def reader(
    transactional_db: None, live_server: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Reader]:
    monkeypatch.chdir(tmp_path)
    scene = scenes.ready()
    for name in ("cora", "carl"):
        scenes.account(name, Role.COMPLIANCE)
    names: dict[str, Any] = {"ADDRESS": live_server.url, "PASSWORD": PASSWORD, "VERSION": scene.version.pk}
    yield Reader(tmp_path, names)
    for each in ("cora", "carl"):
        if each in names:
            names[each].close()


@pytest.mark.django_db(transaction=True)
def test_whoever_follows_the_page_gets_what_it_shows(reader: Reader) -> None:
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert Counter(kind for kind, _, _ in blocks)["text"] >= 7
    for kind, name, text in blocks:
        reader.follow(kind, name, text)


def test_the_table_of_shipped_packs_agrees_with_their_files() -> None:
    stated = PACK_ROW.findall(PAGE.read_text(encoding="utf-8"))
    files = [yaml.safe_load(path.read_bytes()) for path in packs.shipped()]
    assert len(files) == 14
    assert stated == [_row(each) for each in files]


def _row(document: dict[str, Any]) -> tuple[str, ...]:
    marks = Counter(each.get("verification", "read") for each in document["controls"])
    counts = (len(document["controls"]), marks["read"], marks["secondary"], marks["unverified"])
    return (document["title"], document["id"], *map(str, counts))
