"""The entry point for asynchronous web servers."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")

django_application = get_asgi_application()

from config.body_limits import limited  # noqa: E402 - needs Django's settings

application = limited(django_application)
