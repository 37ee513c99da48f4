"""What does the card of the model say? Its answers, and what the version itself states about outcome and inputs."""

from __future__ import annotations

from collections.abc import Iterator

from governance.core import facts
from governance.services.evidence_asked import Asked
from registry.models.version import ModelVersion
from registry.services import card_said


def stated(asked: Asked) -> tuple[facts.Stated, ...]:
    """Every question that has an answer."""
    said = card_said.current(asked.model).values()
    by_model = (facts.Stated(each.key, each.values, each.entry, each.reviewed_on, each.not_available) for each in said)
    return (*by_model, *_by_version(asked.version))


def _by_version(version: ModelVersion) -> Iterator[facts.Stated]:
    """They are fixed with the version, so that the day of its registration is the last on which they were looked at."""
    values = {
        "outcome": (version.outcome,),
        "features": tuple(str(feature.get("name", "")) for feature in version.features),
        "operating_points": tuple(str(point.get("name", "")) for point in version.operating_points),
    }
    for key, value in values.items():
        if any(text.strip() for text in value):
            yield facts.Stated(key, value, str(version.pk), version.created_at.date())
