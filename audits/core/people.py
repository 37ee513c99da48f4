"""How sure are we when patients repeat? Rows of one patient are not independent; groups of patients are.

Subjects are hashed into groups, every row of a patient into the same one, and each group's rows are counted apart. An
interval then asks what the measure would be with a group left out (delete-a-group jackknife: Kott 2001, J Off Stat
17:521), or with the groups themselves drawn with replacement (cluster bootstrap: Davison & Hinkley 1997, section 3.8).
"""

from __future__ import annotations

from dataclasses import dataclass

from audits.core.arrays import Floats
from audits.core.cells import Cells

#: Groups that subjects are hashed into.
GROUPS = 100


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """One slice by groups of patients. cells: m cells, compressed. by_group: float64[GROUPS, m], rows of each group;
    the columns add up to cells.n."""

    cells: Cells
    by_group: Floats

    def left_out(self) -> Floats:
        """float64[g, m]: weights with one group left out at a time; only groups that have rows in the slice."""
        present = self.by_group[self.by_group.sum(axis=1) > 0]
        return self.by_group.sum(axis=0) - present

    def resampled(self, draws: Floats) -> Floats:
        """float64[R, m]: weights with the groups drawn with replacement. draws: float64[R, GROUPS], each row adding up
        to GROUPS; slices that share the draws stay dependent as their patients are."""
        return draws @ self.by_group
