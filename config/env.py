"""What does the environment say? The only reader of os.environ; every setting that it offers is typed here."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TRUE = frozenset({"1", "true", "yes", "on"})


class MissingSetting(RuntimeError):
    """A setting that production cannot run without is absent or is a known default."""


def text(name: str, default: str = "") -> str:
    """The variable's text; `NAME_FILE`, when set, names a file that holds it (container secrets)."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    return os.environ.get(name, default)


def flag(name: str, default: bool = False) -> bool:
    """True for 1, true, yes, on (any case)."""
    value = os.environ.get(name)
    return default if value is None else value.strip().lower() in TRUE


def whole(name: str, default: int) -> int:
    """A whole number."""
    return int(os.environ.get(name, default))


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def required(name: str, *, at_least: int = 1) -> str:
    """A secret or address that production must be given; refuses absence, shortness and known defaults."""
    value = text(name)
    if len(value) < at_least or value.lower() in {"changeme", "change-me", "secret", "default", "insecure"}:
        raise MissingSetting(
            f"{name} is missing, too short (at least {at_least} characters) or a known default. "
            f"Set {name}, or {name}_FILE to a file that holds it."
        )
    return value


def kept_secret(path: Path) -> str:
    """A random secret that this machine makes once and keeps readable to its owner alone (embedded use only)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text(encoding="utf-8").strip()
    secret = secrets.token_urlsafe(64)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(secret)
    return secret


def child_environment(*, without: tuple[str, ...] = (), **changes: str) -> dict[str, str]:
    """This process's environment, less some variables, with others set: what a child process starts with."""
    return {**{name: value for name, value in os.environ.items() if name not in without}, **changes}


@dataclass(frozen=True, slots=True)
class Paths:
    """Where this machine keeps its state when no external services are named."""

    var: Path

    @property
    def postgres(self) -> Path:
        return self.var / "postgres"

    @property
    def blobs(self) -> Path:
        return self.var / "blobs"

    @property
    def uploads(self) -> Path:
        return self.var / "uploads"

    @property
    def keys(self) -> Path:
        return self.var / "keys"

    @property
    def static(self) -> Path:
        return self.var / "static"


PATHS = Paths(var=Path(text("FORMULARY_VAR", str(ROOT / "var"))).resolve())
