"""One machine: the embedded database unless DATABASE_URL names another, secrets made once and kept under var/."""

from __future__ import annotations

from config import env, postgres
from config.broker import broker_settings
from config.settings.base import *  # noqa: F403
from config.settings.base import PATHS

DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.text("SECRET_KEY") or env.kept_secret(PATHS.keys / "secret_key")
EMBEDDED = None if env.text("DATABASE_URL") else postgres.start(PATHS.postgres)
DATABASE_URL = EMBEDDED.url if EMBEDDED else env.text("DATABASE_URL")
DATABASES = {"default": postgres.django_database(DATABASE_URL)}
CELERY_BROKER_URL, CELERY_BROKER_TRANSPORT_OPTIONS = broker_settings(env.text("BROKER_URL"), DATABASES["default"])
STORAGES = {
    **STORAGES,  # noqa: F405
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
GATE_KEY_MAY_BE_CREATED = True
WHITENOISE_USE_FINDERS = True
