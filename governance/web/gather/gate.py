"""What does the gate say, in words? One sentence, all the reasons by control, and every control's status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from governance.core.document import document
from governance.core.gate import Outcome, Reason
from governance.services import gate
from governance.services.gate import Answer
from governance.web import badges
from governance.web.badges import Badge
from governance.web.gather.standing import ENVIRONMENTS, name_of
from registry.errors import Refused
from registry.models.version import ModelVersion


@dataclass(slots=True)
class ReasonGroup:
    """What one control has against the version. remedies: each said once."""

    control: str
    requirement: str
    messages: list[str] = field(default_factory=list)
    remedies: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gate's present answer for one environment, and the sentence that says it."""

    answer: Answer
    environment: str
    badge: Badge
    sentence: str
    groups: tuple[ReasonGroup, ...]


@dataclass(frozen=True, slots=True)
class ControlLine:
    """One control of the assessment."""

    badge: Badge
    id: str
    requirement: str
    severity: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """decided: whether it is a decision's own, or only what the gate would look at now. problem: why there is none."""

    lines: tuple[ControlLine, ...]
    decided: bool
    problem: str = ""


def verdict(version: ModelVersion, environment: str, *, now: datetime) -> Verdict:
    """The standing decision as the gate itself answers it: run out or tampered with denies."""
    answer = gate.answer(version=version, environment=environment, now=now)
    allowed = answer.outcome == Outcome.ALLOW
    requirements = {each["id"]: each["requirement"] for each in answer.decision.assessment} if answer.decision else {}
    return Verdict(
        answer=answer,
        environment=name_of(environment),
        badge=badges.GATE[answer.outcome] if answer.decision else badges.NEVER_ASKED,
        sentence=sentence(answer, allowed=allowed),
        groups=tuple(grouped(answer.reasons, requirements)),
    )


def sentence(answer: Answer, *, allowed: bool) -> str:
    """The verdict in one sentence."""
    where = name_of(answer.environment).lower()
    if allowed and answer.decision is not None:
        return f"May be used in {where} until {answer.decision.valid_until:%Y-%m-%d %H:%M} UTC."
    if answer.decision is None:
        return f"May not be used in {where}: the gate was never asked."
    count = len(answer.reasons)
    return f"May not be used in {where}, for {count} reason{'' if count == 1 else 's'}."


def grouped(reasons: Iterable[Reason], requirements: Mapping[str, str]) -> list[ReasonGroup]:
    """Reasons by control, in the order in which they were given."""
    found: dict[str, ReasonGroup] = {}
    for reason in reasons:
        key = reason.control or reason.code
        group = found.setdefault(key, ReasonGroup(key.replace("_", " "), requirements.get(reason.control, "")))
        group.messages.append(reason.message)
        if reason.remedy and reason.remedy not in group.remedies:
            group.remedies.append(reason.remedy)
    return list(found.values())


def assessment(version: ModelVersion, answer: Answer, *, now: datetime) -> Assessment:
    """The decision's own controls; before the first decision, those that the gate would look at now."""
    if answer.decision is not None:
        return Assessment(tuple(control(each) for each in answer.decision.assessment), decided=True)
    try:
        results = gate.assessed(version=version, environment=answer.environment, now=now)
    except Refused as refused:
        return Assessment((), decided=False, problem=refused.message)
    return Assessment(tuple(control(document(each)) for each in results), decided=False)


def control(stated: Mapping[str, Any]) -> ControlLine:
    """A control's result, from its JSON form."""
    return ControlLine(
        badge=badges.CONTROL[stated["status"]],
        id=stated["id"],
        requirement=stated["requirement"],
        severity=stated["severity"],
        reason=stated["reason"],
        remedy=stated["remedy"],
    )


def verdicts(version: ModelVersion, *, now: datetime) -> list[Verdict]:
    """One per environment."""
    return [verdict(version, each, now=now) for each in ENVIRONMENTS]
