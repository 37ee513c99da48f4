"""What was measured of a version, table by table? The values that judging and explaining a change look things up in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from audits.core.catalog import CATALOG
from audits.core.values import Estimate, Measurement

#: Measures of a comparison on the same patients, by the measure that they compare.
PAIRED: Mapping[str, str] = MappingProxyType(
    {
        "auroc": "auroc_vs_comparator",
        "brier": "brier_vs_comparator",
        "sensitivity": "sensitivity_vs_comparator",
        "specificity": "specificity_vs_comparator",
        "net_benefit": "net_benefit_vs_comparator",
    }
)
#: The comparator's own value, where an audit makes it.
OF_COMPARATOR: Mapping[str, str] = MappingProxyType({"auroc": "comparator_auroc"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a measure was taken: as in a measurement, without the column."""

    measure: str
    slice: str = ""
    across: str = ""
    operating_point: str = ""

    def of(self, measure: str) -> Place:
        return Place(measure, self.slice, self.across, self.operating_point)

    @property
    def words(self) -> str:
        """“Sensitivity, sex=female, at screening”."""
        parts = [CATALOG[self.measure].label, self.slice, f"across {self.across}" if self.across else ""]
        return ", ".join(
            part for part in [*parts, f"at {self.operating_point}" if self.operating_point else ""] if part
        )


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One evaluation table of one version, and what its finished audits measured.

    dataset: its name. version: its number. file: digest of the rows that the audits read, scores among them; "" when
    not known. patients: a digest that two tables share when they have the same rows of the same patients, whatever the
    scores; "" where the table does not name its patients. audited: whether any audit of it has finished.
    """

    version: int
    table: str
    dataset: str
    measurements: tuple[Measurement, ...]
    file: str = ""
    patients: str = ""
    audited: bool = True

    def at(self, place: Place) -> Estimate | None:
        """The estimate that was made there; None when none was."""
        for each in self.measurements:
            found = Place(each.measure, each.slice, each.across, each.operating_point)
            if found == place and not each.column:
                return each.estimate
        return None

    def same_patients(self, other: Evaluation) -> bool | None:
        """Whether both are about the same rows of the same patients; None where nobody can tell."""
        if self.file and self.file == other.file:
            return True
        if self.patients and other.patients:
            return self.patients == other.patients
        return False if self.dataset != other.dataset else None


def measured_at(place: Place, evaluations: Iterable[Evaluation]) -> Estimate | None:
    """What was measured there, in whichever of these evaluations has a value first."""
    found = (each.at(place) for each in evaluations)
    return next((each for each in found if each is not None and each.value is not None), None)
