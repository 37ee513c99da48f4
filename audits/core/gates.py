"""Is there enough in this slice to show a number at all, and if not, why not?"""

from __future__ import annotations

from dataclasses import dataclass

from audits.core.cells import Cells
from audits.core.values import Estimate


@dataclass(frozen=True, slots=True)
class Floor:
    """The least evidence that may be shown; 0 still asks for one of each, because one class alone defines nothing."""

    events: int
    nonevents: int

    def refuse(self, cells: Cells) -> Estimate | None:
        """The undefined estimate that stands for every measure of a slice that is too small; None when it is not."""
        rows, events, nonevents = cells.rows, cells.events, cells.nonevents
        if rows == 0:
            return Estimate.undefined("no rows", n=0, events=0)
        short = [
            f"{found} {name}, and at least {max(1, least)} are needed"
            for found, least, name in ((events, self.events, "events"), (nonevents, self.nonevents, "non-events"))
            if found < max(1, least)
        ]
        return Estimate.undefined("; ".join(short), n=rows, events=events) if short else None
