"""Django's name for the app, and the moment at which it starts to listen for facts."""

from registry.apps import AppWithModelModules


class GovernanceConfig(AppWithModelModules):
    name = "governance"
    default = True

    def ready(self) -> None:
        # Receivers import models, which exist only once every app has loaded.
        from governance import receivers  # noqa: PLC0415

        receivers.connect()
