"""Where does the browser's chart library come from? Out of vl-convert's wheel: Vega, Vega-Lite and vega-embed.

Written once per vl-convert version, by a child process, because loading vl-convert starts a JavaScript engine that the
web process has no other use for. Run as `python -m config.bundles TARGET` it writes the file.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

from config.env import ROOT

NAME = "vega/vega-embed.js"
#: What the file puts on `window`. vega-embed brings the expression interpreter that a strict policy needs.
SNIPPET = "window.vegaEmbed = vegaEmbed;"


class VegaFinder(BaseFinder):
    """Finds the one file, and writes it when this version of vl-convert has not written it yet."""

    def __init__(self) -> None:
        self.folder = Path(settings.BUNDLES_DIR) / f"vl-convert-{version('vl-convert-python')}"

    def check(self, **kwargs: Any) -> list[Any]:  # noqa: ANN401 - Django's signature
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:  # noqa: ANN401 - Django's signature
        """The file's place; nothing for any other path."""
        if path != NAME:
            return []
        found = str(self._written())
        return [found] if find_all else found

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, Storage]]:  # noqa: ANN401 - Django's signature
        self._written()
        yield NAME, FileSystemStorage(location=str(self.folder))

    def _written(self) -> Path:
        path = self.folder / NAME
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            command = [sys.executable, "-m", "config.bundles", str(path)]
            subprocess.run(command, check=True, cwd=ROOT)  # noqa: S603 - our own code
        return path


def write(path: Path) -> None:
    """Bundle, and put the file in its place in one step: a reader never sees half of it."""
    import vl_convert  # noqa: PLC0415 - only the process that bundles pays for it

    part = path.with_suffix(".part")
    # An immediately invoked function keeps the bundle's own names out of the page's.
    part.write_text(f"(function(){{{vl_convert.javascript_bundle(SNIPPET)}}})();", encoding="utf-8")
    part.replace(path)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
