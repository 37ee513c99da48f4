"""How does Django find the app's tables? One module per noun, without a list to keep up to date."""

from importlib import import_module
from pkgutil import iter_modules

from django.apps import AppConfig


class AppWithModelModules(AppConfig):
    """An app whose `models` is a package with an empty `__init__`: every module in it is imported."""

    def import_models(self) -> None:
        package = import_module(f"{self.name}.models")
        for module in iter_modules(package.__path__):
            import_module(f"{self.name}.models.{module.name}")
        super().import_models()


class RegistryConfig(AppWithModelModules):
    name = "registry"
    default = True
