"""Django's name for the app."""

from registry.apps import AppWithModelModules


class AuditsConfig(AppWithModelModules):
    name = "audits"
    default = True
