"""Make the first administrator account; everybody else is made by an administrator."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config import env
from registry.errors import Refused
from registry.models.user import Role, RoleGrant
from registry.services import users


class Command(BaseCommand):
    help = "Make the first administrator. The password is read from FIRST_ADMINISTRATOR_PASSWORD (or ..._FILE)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--full-name", required=True)
        parser.add_argument("--email", required=True)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        if RoleGrant.objects.filter(role=Role.ADMINISTRATOR).exists():
            raise CommandError("There is an administrator already; sign in as one to make further accounts.")
        try:
            users.create(
                by=None,
                username=options["username"],
                full_name=options["full_name"],
                email=options["email"],
                password=env.required("FIRST_ADMINISTRATOR_PASSWORD"),
                roles=[Role.ADMINISTRATOR],
            )
        except (Refused, env.MissingSetting) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{options['username']} is the first administrator.")
