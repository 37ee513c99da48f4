"""Production: refuses to start without its own secret, database, key and host names; DEBUG cannot be turned on."""

from __future__ import annotations

from pathlib import Path

from config import env, logs, postgres
from config.broker import broker_settings
from config.settings.base import *  # noqa: F403

if env.flag("DEBUG"):
    raise env.MissingSetting("DEBUG cannot be on in production. Unset DEBUG.")

DEBUG = False
SECRET_KEY = env.required("SECRET_KEY", at_least=50)
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
env.required("ALLOWED_HOSTS")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS]
DATABASES = {"default": postgres.django_database(env.required("DATABASE_URL"))}
CELERY_BROKER_URL, CELERY_BROKER_TRANSPORT_OPTIONS = broker_settings(env.text("BROKER_URL"), DATABASES["default"])
GATE_KEY_PATH = Path(env.required("GATE_KEY_PATH"))
PRODUCT_ID = env.required("FORMULARY_ID")
SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_TLS_PROXY") else None
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_NAME = "__Host-csrf"
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
LOGGING = logs.logging_for(json=env.flag("LOG_JSON", default=True), level=env.text("LOG_LEVEL", "INFO"))
