"""Run the whole product with one command: database, web server, worker, scheduler."""

from __future__ import annotations

import subprocess
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from config import env, postgres
from config.supervisor import Child, Supervisor
from governance.services.assessment_hint import QUEUE
from registry.models.user import User

NOBODY = """There is no account yet. From another terminal:
  FIRST_ADMINISTRATOR_PASSWORD=... .venv/bin/python manage.py first_administrator NAME --full-name ... --email ..."""


class Command(BaseCommand):
    help = "Run the whole product: database, web server, worker and scheduler. Ctrl-C stops all of them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bind", default="127.0.0.1:8000", help="Address and port of the web server.")
        parser.add_argument("--web-workers", type=int, default=2)
        parser.add_argument("--audit-workers", type=int, default=2)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        call_command("prepare", verbosity=0)
        self.stdout.write(f"Formulary is at http://{options['bind']}  (Ctrl-C stops it)")
        if not User.objects.exists():
            self.stdout.write(NOBODY)
        self.stdout.flush()
        Supervisor(
            children=children(options["bind"], options["web_workers"], options["audit_workers"]),
            environment=env.child_environment(DATABASE_URL=postgres.url_of(settings.DATABASES["default"])),
            report=self._report,
            tend=self._tend_database,
        ).run()
        self.stdout.write("Stopped.")

    def _report(self, sentence: str) -> None:
        self.stderr.write(sentence)
        self.stderr.flush()

    def _tend_database(self) -> None:
        embedded = getattr(settings, "EMBEDDED", None)
        if embedded is not None and not embedded.is_running():
            self._report("The database stopped; starting it again.")
            try:
                postgres.start(settings.PATHS.postgres)
            except (OSError, subprocess.SubprocessError) as error:
                # Its last processes may still hold the shared memory for a moment; the next poll tries again.
                self._report(f"It did not start yet: {error}")


def children(bind: str, web_workers: int, audit_workers: int) -> list[Child]:
    """What runs beside the database, each as the command that starts it."""
    python = [sys.executable, "-m"]
    celery = [*python, "celery", "--app", "config.celery"]
    level = ["--loglevel", env.text("LOG_LEVEL", "INFO")]
    beat_state = str(settings.PATHS.var / "schedule")
    web = [*python, "gunicorn", "config.wsgi", "--bind", bind, "--workers", str(web_workers), "--threads", "4"]
    # An upload is parsed within the request; its own limits end it long before this time-out does.
    patience = ["--timeout", "200", "--graceful-timeout", "20", "--log-level", "warning"]
    return [
        Child("web server", [*web, *patience]),
        Child("worker", [*celery, "worker", "--concurrency", str(audit_workers), "--without-mingle", *level]),
        # A process of its own: no audit ever waits behind assessments, however many there are.
        Child("assessor", [*celery, "worker", "--queues", QUEUE, "--concurrency", "1", "--without-mingle", *level]),
        Child("scheduler", [*celery, "beat", "--schedule", beat_state, *level]),
    ]
