"""`manage.py packs check FILE...` and `manage.py packs load [FILE...]`: is a policy pack sound, and put it in force."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from governance.errors import PackRefused
from governance.services import packs


class Command(BaseCommand):
    help = "Check policy packs, or load them (without files: the ones that the product carries)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("verb", choices=["check", "load"])
        parser.add_argument("files", nargs="*", type=Path)

    def handle(self, verb: str, files: list[Path], **_: object) -> None:
        for path in files or sorted(packs.SHIPPED.glob("*.yaml")):
            try:
                self._one(verb, path)
            except PackRefused as refused:
                raise CommandError(f"{path}: {refused.message}") from refused

    def _one(self, verb: str, path: Path) -> None:
        if verb == "check":
            pack = packs.check(content=path.read_bytes())
            self.stdout.write(f"{path}: {pack.title} {pack.version}, {len(pack.controls)} controls, sound")
        else:
            row = packs.load(content=path.read_bytes(), by=None)
            self.stdout.write(f"{row} is loaded, SHA-256 {row.digest}")
