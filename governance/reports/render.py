"""How does a report become a file? Charts to SVG, then Typst to PDF/A-3a with evidence.json inside. No network.

Texts reach Typst as JSON and are set as they stand; none of them is ever part of its source. The same report, bytes
and time give the same PDF.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import typst

from audits.charts.chart import Chart, svg
from governance.core.document import document
from governance.reports.blocks import Report

TEMPLATE = Path(__file__).with_name("report.typ")
ATTACHMENT = "evidence.json"
# PDF/A-3a for archives (any attachment, tagged), PDF/UA-1 for readers with assistive technology.
STANDARDS: list[Literal["a-3a", "ua-1"]] = ["a-3a", "ua-1"]
PROBE = b'#set document(title: "probe")\n#set text(lang: "en", font: "Libertinus Serif")\n#sys.inputs.text'


def pdf(report: Report, evidence: bytes, *, at: datetime, progress: Callable[[str, int, int], None]) -> bytes:
    """The finished file. at: the time of the export, in UTC."""
    view = document(report)
    with tempfile.TemporaryDirectory(prefix="report-") as name:
        folder = Path(name)
        _draw(view, folder, progress)
        progress("setting pages", 0, 1)
        (folder / ATTACHMENT).write_bytes(evidence)
        (folder / "report.json").write_text(json.dumps(printable(view)), encoding="utf-8")
        (folder / TEMPLATE.name).write_bytes(TEMPLATE.read_bytes())
        compiler = typst.Compiler(input=folder / TEMPLATE.name, root=folder, font_paths=_fonts())
        return _compiled(compiler, at.replace(microsecond=0))


def printable(view: Any) -> Any:  # noqa: ANN401 - any JSON in, the same shape out
    """The view with every character that the fonts do not have written as its code point: [U+4E2D]."""
    absent = _not_in_fonts(frozenset(_characters(view)))
    return _replaced(view, str.maketrans({character: f"[U+{ord(character):04X}]" for character in absent}))


def _draw(view: Any, folder: Path, progress: Callable[[str, int, int], None]) -> None:  # noqa: ANN401
    """Write each chart as a file, and leave the file's name and the words in its place."""
    blocks = [block for chapter in view["chapters"] for block in chapter["blocks"]]
    items = [item for block in blocks if block["kind"] == "pictures" for item in block["items"]]
    for place, item in enumerate(items):
        progress("drawing charts", place, len(items))
        chart = Chart(**item.pop("chart"))
        item |= {"file": f"chart-{place}.svg", "alt": chart.alt}
        (folder / item["file"]).write_text(svg(chart), encoding="utf-8")


def _fonts() -> typst.Fonts:
    """Only those inside Typst itself, so that every machine sets the same page."""
    return typst.Fonts(include_system_fonts=False)


def _characters(view: Any) -> set[str]:  # noqa: ANN401 - any JSON
    if isinstance(view, str):
        return {character for character in view if not character.isascii() or not character.isprintable()} - {"\n"}
    inner = view.values() if isinstance(view, dict) else view if isinstance(view, list) else ()
    return set().union(*map(_characters, inner))


def _replaced(view: Any, table: dict[int, str]) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(view, str):
        return view.translate(table)
    if isinstance(view, dict):
        return {name: _replaced(inner, table) for name, inner in view.items()}
    return [_replaced(inner, table) for inner in view] if isinstance(view, list) else view


def _not_in_fonts(characters: frozenset[str]) -> frozenset[str]:
    """Those that Typst refuses to set under our standards, found by halving: usually one try that succeeds."""
    if not characters or _sets("".join(sorted(characters))):
        return frozenset()
    if len(characters) == 1:
        return characters
    ordered = sorted(characters)
    middle = len(ordered) // 2
    return _not_in_fonts(frozenset(ordered[:middle])) | _not_in_fonts(frozenset(ordered[middle:]))


def _compiled(compiler: typst.Compiler, at: datetime | None = None) -> bytes:
    made = compiler.compile(format="pdf", pdf_standards=[*STANDARDS], timestamp=at)
    if not isinstance(made, bytes):
        raise TypeError("Typst gives one PDF as bytes")
    return made


def _sets(text: str) -> bool:
    try:
        _compiled(typst.Compiler(input=PROBE, font_paths=_fonts(), sys_inputs={"text": text}))
    except typst.TypstError:
        return False
    return True
