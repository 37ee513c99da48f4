"""Wiring: what every process needs before its first request: a folder for files, the Celery application."""

from django.apps import AppConfig
from django.conf import settings


class ConfigConfig(AppConfig):
    name = "config"
    default = True

    def ready(self) -> None:
        for folder in (settings.UPLOAD_DIR, settings.STATIC_ROOT):
            folder.mkdir(parents=True, exist_ok=True)
        # Settings are complete only once the apps are loaded.
        from config import celery  # noqa: F401, PLC0415
