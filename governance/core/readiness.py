"""What should be so at a site before a model is used there? A small checklist, item by item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Item:
    """label: the item in a few words. meaning: one plain sentence, when it is done."""

    key: str
    label: str
    meaning: str


_ALL = (
    Item("owner_named", "Owner named", "One person at the site answers for the model's use there."),
    Item("training_done", "Training done", "Everybody who uses the model there has done the courses asked for."),
    Item("integration_tested", "Integration tested", "Inputs and outputs were tested in the site's own systems."),
    Item("fallback_agreed", "Fallback agreed", "Staff know how they work when the model is off or wrong."),
    Item("patients_informed", "Patients informed", "Patients are told about the model where they ought to be."),
    Item("monitoring_connected", "Monitoring connected", "The site's data reach the monitoring of the model."),
)
ITEMS: Mapping[str, Item] = MappingProxyType({each.key: each for each in _ALL})
