"""What is known about a version now? Gathers the facts that a decision rests on, section by section; judges nothing.

Each section is one function in a file of its own and costs a number of queries that does not grow with the evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from governance.core.answers import sections_of, widened
from governance.core.facts import Facts, Section
from governance.core.policy import Pack
from governance.services import (
    control_waiver_standing,
    document_standing,
    evidence_audits,
    evidence_card,
    evidence_plans,
    evidence_platform,
    evidence_training,
    incidents,
    logs,
    plans,
    risk_standing,
    standing,
)
from governance.services.evidence_asked import Asked
from registry.models.version import ModelVersion

Found = Mapping[str, Any]


def _version(asked: Asked) -> Found:
    version = asked.version
    return {
        "version": str(version.pk),
        "artifact_sha256": version.artifact_sha256,
        "state": str(version.state),
        "submitted_on": version.submitted_at.astimezone(UTC).date() if version.submitted_at else None,
    }


GATHERERS: Mapping[Section, Callable[[Asked], Found]] = MappingProxyType(
    {
        Section.VERSION: _version,
        Section.CARD: lambda asked: {"stated": evidence_card.stated(asked)},
        Section.DOCUMENTS: lambda asked: {"documents": document_standing.facts_of(asked.model, today=asked.today)},
        Section.PLANS: lambda asked: {
            "plan": evidence_plans.validation(asked),
            "plans": plans.stated(asked.model),
        },
        Section.AUDITS: evidence_audits.audits,
        Section.CONSENT: lambda asked: {"coverages": evidence_audits.consent(asked)},
        Section.SIGNATURES: lambda asked: {"approvals": standing.approvals(asked.version)},
        Section.TRAINING: lambda asked: {"training": evidence_training.covers(asked)},
        Section.RISKS: lambda asked: risk_standing.section_of(asked.model, asked.version, now=asked.now),
        Section.INCIDENTS: lambda asked: {"incidents": incidents.facts_of(asked.model, asked.version, now=asked.now)},
        Section.LOGS: lambda asked: {"logs": logs.facts_of(asked.model)},
        Section.CHANGE: evidence_plans.change_of,
        Section.PLATFORM: evidence_platform.platform,
        Section.WAIVERS: lambda asked: {"waived": control_waiver_standing.facts_of(asked)},
    }
)

# What a decision names whatever is asked, and what says which controls bind; the rest only where a rule reads it.
ALWAYS = frozenset(
    {
        Section.VERSION,
        Section.CARD,
        Section.PLANS,
        Section.AUDITS,
        Section.CONSENT,
        Section.SIGNATURES,
        Section.PLATFORM,
        Section.WAIVERS,
    }
)


def gather(
    *,
    version: ModelVersion,
    environment: str,
    packs: Sequence[Pack],
    now: datetime,
    site: str = "",
    sections: Set[Section] | None = None,
    before: Facts | None = None,
) -> Facts:
    """Everything that the packs can ask about. site: its slug, "" for all sites together.

    sections: look only at these and at what follows from them, and take the rest from `before`: the facts on the same
    version, environment, site and packs.
    """
    asked = Asked(version=version, site=site, packs=tuple(packs), now=now, environment=environment)
    useful = ALWAYS.union(*(sections_of(control.rule) for pack in packs for control in pack.controls))
    wanted = useful if before is None or sections is None else useful & widened(sections)
    found: dict[str, Any] = {}
    for section in Section:
        if section in wanted:
            found.update(GATHERERS[section](asked))
    if before is not None and sections is not None:
        return replace(before, now=now, **found)
    return Facts(environment=environment, site=site, now=now, **found)
