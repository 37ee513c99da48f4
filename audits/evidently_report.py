"""What does Evidently draw of this drift? Its interactive report on a bounded sample of both tables, as one HTML file.

It is something to look at, made with Evidently's own defaults: no check and no verdict rests on it. Subjects and dates
never go in, and levels of text that few rows share are counted together, because a chart would name them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import structlog

from audits.core.slices import OTHER
from audits.core.values import Column, PlanSpec, Source
from audits.engines import duckdb_features
from audits.engines.connection import Limits
from audits.engines.duckdb_sample import sample
from registry import storage
from registry.errors import Refused

if TYPE_CHECKING:
    import pandas as pd

log = structlog.get_logger(__name__)
MOST_ROWS = 20_000
MOST_COLUMNS = 60
#: Levels of a text column that fewer rows of the sample share are drawn as one.
LEAST_ROWS = 10
MOST_LEVELS = 50
_ROLES = ("score", "outcome", "subgroup", "feature")
_IDENTIFIER = re.compile(r"\b[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\b|(?<=_)[0-9a-f]{32}\b")


@dataclass(frozen=True, slots=True)
class Attachment:
    """sha256: of the stored HTML; "" when there is none. facts: what the page says of it."""

    sha256: str
    facts: dict[str, object]


def attach(source: Source, reference: Source | None, plan: PlanSpec, limits: Limits | None = None) -> Attachment:
    """Draw and store the report. Never fails the audit: what went wrong is logged, and said in the facts."""
    try:
        if reference is None:
            raise ReportRefused("There is no reference table to compare with.")
        html, facts = drawn(source, reference, plan.seed, limits or Limits())
        blob = storage.put_stream([html], limit=len(html))
    except ReportRefused as refused:
        return Attachment("", {"refused": refused.message})
    except Exception as error:
        log.exception("interactive_report_failed")
        return Attachment("", {"refused": f"The report could not be drawn ({type(error).__name__})."})
    return Attachment(blob.sha256, {**facts, "bytes": blob.size})


class ReportRefused(Refused):
    """There is nothing to draw."""

    code = "report_refused"


def drawn(source: Source, reference: Source, seed: int, limits: Limits) -> tuple[bytes, dict[str, object]]:
    """The HTML (UTF-8, the same bytes for the same tables) and how it was made. Raises ReportRefused."""
    items, left_out = _shared(source, reference)
    names = [item.name for item in items]
    before, now = (
        _frame(sample(each, names, most=MOST_ROWS, seed=seed, limits=limits) if names else pa.table({}), items)
        for each in (reference, source)
    )
    usable = [item for item in items if before[item.name].notna().any() and now[item.name].notna().any()]
    if not usable:
        raise ReportRefused("The two tables share no column that has values in both.")
    for item in usable:
        if not duckdb_features.numeric(item):
            _join_rare(before, now, item.name)
    html = _canonical(_html(before, now, usable))
    facts: dict[str, object] = {
        "rows": len(now),
        "reference_rows": len(before),
        "columns": len(usable),
        "columns_left_out": left_out + len(items) - len(usable),
    }
    return html.encode("utf-8"), facts


def _shared(source: Source, reference: Source) -> tuple[list[Column], int]:
    """The columns to draw, scores and outcomes first, and how many more there would be."""
    known = {(item.name, duckdb_features.numeric(item)) for item in reference.columns}
    fitting = [item for item in source.columns if item.role in _ROLES]
    shared = [item for item in fitting if (item.name, duckdb_features.numeric(item)) in known]
    ordered = sorted(shared, key=lambda item: _ROLES.index(item.role))
    return ordered[:MOST_COLUMNS], len(fitting) - min(len(ordered), MOST_COLUMNS)


def _frame(table: pa.Table, items: list[Column]) -> pd.DataFrame:
    """The sample as Evidently takes it: numbers as float64 without infinities, everything else as text."""
    import numpy as np  # noqa: PLC0415 - with pandas, below
    import pandas as pd  # noqa: PLC0415 - heavy, and only this report needs it

    made = {}
    for item in items:
        values = table[item.name].to_pandas()
        if duckdb_features.numeric(item):
            made[item.name] = pd.to_numeric(values, errors="coerce").astype(float).replace([np.inf, -np.inf], np.nan)
        else:
            made[item.name] = values.map(str, na_action="ignore").astype(object)
    return pd.DataFrame(made)


def _join_rare(before: pd.DataFrame, now: pd.DataFrame, name: str) -> None:
    """Levels that few rows share become one, in both tables."""
    import pandas as pd  # noqa: PLC0415 - heavy, and only this report needs it

    frequent = pd.concat([before[name], now[name]]).value_counts()
    kept = set(frequent[frequent >= LEAST_ROWS].index[:MOST_LEVELS])
    for frame in (before, now):
        rare = frame[name].notna() & ~frame[name].isin(kept)
        frame.loc[rare, name] = OTHER


def _html(before: pd.DataFrame, now: pd.DataFrame, items: list[Column]) -> str:
    from evidently import DataDefinition, Dataset, Report  # noqa: PLC0415 - seconds to import, and only for this
    from evidently.presets import DataDriftPreset  # noqa: PLC0415 - likewise

    shown = _plain([item.name for item in items])
    numbers = [shown[item.name] for item in items if duckdb_features.numeric(item)]
    texts = [shown[item.name] for item in items if not duckdb_features.numeric(item)]
    definition: Any = DataDefinition(numerical_columns=numbers, categorical_columns=texts)
    frames = [frame[list(shown)].rename(columns=shown) for frame in (now, before)]
    for name in texts:
        levels = _plain(sorted({level for frame in frames for level in frame[name].dropna()}))
        for frame in frames:
            frame[name] = frame[name].map(levels, na_action="ignore")
    current, reference = (Dataset.from_pandas(frame, definition) for frame in frames)
    return str(Report([DataDriftPreset()]).run(current, reference).get_html_str(as_iframe=False))


def _plain(texts: Sequence[str]) -> dict[str, str]:
    """Each text without what could end the script that Evidently writes it into; those that become alike, numbered.

    texts: all different. What is plain already keeps its name.
    """
    plain = {
        text: text.replace("<", "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}").replace("&", "+") for text in texts
    }
    made = {text: text for text in texts if plain[text] == text}
    taken = set(made)
    for text in texts:
        if text not in made:
            numbered = (f"{plain[text]} ({place})" for place in count(2))
            made[text] = next(name for name in chain([plain[text]], numbered) if name not in taken)
            taken.add(made[text])
    return {text: made[text] for text in texts}


def _canonical(html: str) -> str:
    """The same bytes each time: Evidently names its parts at random, here they are numbered in order."""
    start = html.find("var metric_")
    own = html[start : html.find("</script>", start)]
    numbered: dict[str, str] = {}
    for found in _IDENTIFIER.findall(own):
        bare = found.replace("-", "")
        numbered.setdefault(bare, f"{len(numbered):032x}")

    def renamed(match: re.Match[str]) -> str:
        bare = numbered.get(match[0].replace("-", ""))
        if bare is None:
            return match[0]
        return "-".join((bare[:8], bare[8:12], bare[12:16], bare[16:20], bare[20:])) if "-" in match[0] else bare

    return _IDENTIFIER.sub(renamed, html)
