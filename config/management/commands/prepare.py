"""Bring the database to where this code expects it: tables, job queue, shipped policy packs. Safe to repeat."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from config import broker, postgres
from governance.services import packs


class Command(BaseCommand):
    help = "Migrate the database, install the job queue, load the shipped policy packs. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        call_command("migrate", interactive=False, verbosity=options["verbosity"])
        if broker.uses_database():
            broker.install(postgres.url_of(settings.DATABASES["default"]))
        packs.load_shipped()
