"""About what are facts gathered? A version at a site, seen by some packs at one moment; shared rows are read once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property

from audits.models.plan import ValidationPlan
from governance.core.policy import Pack
from registry.models.model import Model
from registry.models.site import ModelSite
from registry.models.table import PredictionTable, TablePurpose
from registry.models.version import ModelVersion


@dataclass(frozen=True)
class Asked:
    """site: its slug, "" for all sites together."""

    version: ModelVersion
    site: str
    packs: tuple[Pack, ...]
    now: datetime
    environment: str = ""

    @property
    def model(self) -> Model:
        return self.version.model

    @property
    def today(self) -> date:
        return self.now.astimezone(UTC).date()

    @cached_property
    def plan(self) -> ValidationPlan | None:
        """The validation plan in force."""
        return self.version.plans.first()

    @cached_property
    def tables(self) -> list[PredictionTable]:
        """The evaluation tables, with their datasets and sites."""
        rows = self.version.tables.filter(purpose=TablePurpose.EVALUATION)
        return list(rows.select_related("dataset__site").order_by("id"))

    @cached_property
    def using(self) -> tuple[str, ...]:
        """The slugs of the sites that use the model."""
        rows = ModelSite.objects.filter(model=self.model).order_by("site__slug")
        return tuple(rows.values_list("site__slug", flat=True))

    @cached_property
    def measures(self) -> list[str]:
        return sorted({name for pack in self.packs for name in pack.measures})

    @cached_property
    def purposes(self) -> list[str]:
        return sorted({name for pack in self.packs for name in pack.purposes})
