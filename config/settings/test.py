"""The tests: a database of their own on the embedded server (or on DATABASE_URL's), files in a temporary folder."""

from __future__ import annotations

import atexit
import tempfile
from pathlib import Path

from config import env, logs, postgres
from config.broker import broker_settings
from config.settings.base import *  # noqa: F403
from config.settings.base import PATHS

SECRET_KEY = "only-the-tests-use-this-key-and-it-opens-nothing"  # noqa: S105
DATABASE_URL = env.text("DATABASE_URL") or postgres.start(PATHS.var / "test-postgres").url
DATABASES = {"default": {**postgres.django_database(DATABASE_URL), "CONN_MAX_AGE": 0}}
# The queue lives in the database that the tests really use: pytest-django's, or, in a worker that a test has started
# (it shares the scratch folder), the one that it was given.
NAME = DATABASES["default"]["NAME"]
SPARE = "_".join(part for part in ("test", NAME, env.text("PYTEST_XDIST_WORKER")) if part)
QUEUE_DATABASE = {**DATABASES["default"], "NAME": NAME if env.text("FORMULARY_TEST_SCRATCH") else SPARE}
CELERY_BROKER_URL, CELERY_BROKER_TRANSPORT_OPTIONS = broker_settings(env.text("BROKER_URL"), QUEUE_DATABASE)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Gone with the process that made it; a worker that a test has started shares its parent's.
OWN_SCRATCH = None if env.text("FORMULARY_TEST_SCRATCH") else tempfile.TemporaryDirectory(prefix="formulary-test-")
if OWN_SCRATCH:
    atexit.register(OWN_SCRATCH.cleanup)
SCRATCH = Path(OWN_SCRATCH.name if OWN_SCRATCH else env.text("FORMULARY_TEST_SCRATCH"))
UPLOAD_DIR = SCRATCH / "uploads"
GATE_KEY_MAY_BE_CREATED = True
GATE_KEY_PATH = SCRATCH / "keys" / "gate.pem"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": SCRATCH / "blobs"}},
    "blobs": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": SCRATCH / "blobs"}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
LOGGING = logs.logging_for(json=False, level="ERROR")
