"""Is the ledger whole, and what is its head? `manage.py ledger verify` and `manage.py ledger head`."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from governance import ledger


class Command(BaseCommand):
    help = "Re-hash the whole ledger (verify; exit status 1 when it is damaged), or print its size and root (head)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("question", choices=["verify", "head"])

    def handle(self, *args: object, **options: Any) -> None:  # noqa: ANN401 - argparse's options
        answers = {"verify": self.verify, "head": self.head}
        answers[options["question"]]()

    def head(self) -> None:
        head = ledger.head()
        self.stdout.write(f"{ledger.origin()}\n{head.size}\n{head.root}")

    def verify(self) -> None:
        report = ledger.verify()
        for problem in report.problems:
            self.stderr.write(problem)
        if not report.ok:
            raise CommandError(f"The ledger is damaged. First bad index: {report.first_bad} of {report.size} entries.")
        self.stdout.write(f"The ledger is whole: {report.size} entries, root {report.root}")
