"""What does the risk register show? Its lines by how grave they are, one risk with its history, and what is signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from audits.models.audit import Audit
from governance.core import hazards, risk
from governance.core.meanings import ACCEPTANCE, SENTENCES
from governance.core.risk import LEVELS, MATRIX, MEANINGS, PROBABILITY, SEVERITY, Level
from governance.models.risk import RiskControl, RiskEntry, RiskRevision
from governance.services import risk_acceptance, risk_register, risk_standing
from governance.services.risk_register import Current
from governance.services.risk_standing import Accepted, RegisterAccepted
from governance.web.badges import COUNTS, COUNTS_NOT, Badge
from governance.web.gather.signing import Paper, paper
from governance.web.records import Node, nodes
from registry.models.model import Model
from registry.models.user import Role, User

STATEMENT = SENTENCES[ACCEPTANCE]
LEVEL: Mapping[Level, Badge] = {
    Level.ACCEPTABLE: Badge(LEVELS[Level.ACCEPTABLE], "check-circle", "good"),
    Level.AS_LOW_AS_POSSIBLE: Badge(LEVELS[Level.AS_LOW_AS_POSSIBLE], "exclamation-circle", "unsure"),
    Level.NOT_ACCEPTABLE: Badge(LEVELS[Level.NOT_ACCEPTABLE], "x-circle", "bad"),
}
NOT_ESTIMATED = Badge("Not estimated", "question-mark-circle", "quiet")
NOT_JUDGED = Badge("Not judged", "question-mark-circle", "quiet")
CLOSED = Badge("Closed", "archive-box", "quiet")
SUGGESTED = Badge("Suggestion", "light-bulb", "busy")
ACCEPTED = Badge("Accepted", "check-badge", "good")
NOT_ACCEPTED = Badge("Not accepted", "clock", "quiet")
# What nobody has estimated is shown before what is known to be small.
_GRAVEST_FIRST = (Level.NOT_ACCEPTABLE, None, Level.AS_LOW_AS_POSSIBLE, Level.ACCEPTABLE)
_FIELDS = {
    "title": "Title",
    "hazard": "Hazard",
    "sequence": "Sequence of events",
    "situation": "Hazardous situation",
    "harm": "Harm",
    "characteristics": "Characteristics",
    "probability": "Probability before risk controls",
    "severity": "Severity before risk controls",
    "residual_probability": "Probability after risk controls",
    "residual_severity": "Severity after risk controls",
    "benefit_note": "Benefit",
    "state": "State",
}
_CONTROL_FIELDS = {
    "kind": "Kind",
    "text": "What it does",
    "implemented_on": "In place since",
    "verified_on": "Verified on",
    "audit": "Audit that shows its effect",
    "withdrawn": "Withdrawn",
}


@dataclass(frozen=True, slots=True)
class Size:
    """How large a risk is. probability, severity: as "4: Frequent", "" until given."""

    badge: Badge
    probability: str = ""
    severity: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry in the register's table. controls: in words."""

    found: Current
    hazard: str
    before: Size
    after: Size
    controls: str
    badge: Badge
    by: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a revision changed in one field."""

    field: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Past:
    """One revision of the entry; changes: against the one before it."""

    row: RiskRevision
    before: Size
    after: Size
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """An acceptance with the record as it was signed."""

    row: object
    badge: Badge
    why_not: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Opening:
    """roles: in which this person may accept; refusals: why in none, each sentence once."""

    roles: tuple[str, ...]
    refusals: tuple[str, ...]


def size(probability: int | None, severity: int | None, missing: Badge) -> Size:
    level = risk.level(probability, severity)
    if level is None or probability is None or severity is None:
        return Size(missing)
    return Size(LEVEL[level], _short(probability, PROBABILITY), _short(severity, SEVERITY))


def _short(number: int, scale: Mapping[int, str]) -> str:
    return f"{number}: {scale[number].partition(':')[0]}"


def before(said: RiskRevision) -> Size:
    return size(said.probability, said.severity, NOT_ESTIMATED)


def after(said: RiskRevision) -> Size:
    return size(said.residual_probability, said.residual_severity, NOT_JUDGED)


def lines(entries: tuple[Current, ...]) -> list[Line]:
    """The gravest first, by what is left, or by what there was while that is not judged.

    Suggestions that nobody has looked at come after them, and closed entries last.
    """
    accepted = risk_standing.accepted(entries)
    return [line(each, accepted.get(each.entry.pk)) for each in sorted(entries, key=_order)]


def _order(found: Current) -> tuple[bool, bool, int, int]:
    level = found.residual_level or found.level
    return not found.is_open, found.untouched, _GRAVEST_FIRST.index(level), found.entry.number


def line(found: Current, by: Accepted | None) -> Line:
    said = found.revision
    return Line(
        found=found,
        hazard=hazards.label(said.hazard),
        before=before(said),
        after=after(said),
        controls=_controls(found),
        badge=_badge(found, by),
        by=by.row.signature.printed_name if by and found.is_open else "",
    )


def _badge(found: Current, by: Accepted | None) -> Badge:
    if not found.is_open:
        return CLOSED
    if found.untouched:
        return SUGGESTED
    return ACCEPTED if by else NOT_ACCEPTED


def _controls(found: Current) -> str:
    if not found.controls:
        return "None"
    told = f"{len(found.in_place)} of {len(found.controls)} in place"
    return f"{told}, effect shown" if found.proven else told


def overall(entries: tuple[Current, ...]) -> Badge:
    """What is left of all open risks together: the worst of them."""
    level = risk.worst(each.residual_level for each in entries if each.is_open)
    return LEVEL[level] if level else NOT_JUDGED


def matrix() -> list[tuple[str, list[Badge]]]:
    """The most severe first; in each row from the least probable to the most."""
    return [
        (SEVERITY[severity], [LEVEL[each] for each in MATRIX[severity]]) for severity in sorted(MATRIX, reverse=True)
    ]


PROBABILITIES = [PROBABILITY[number] for number in sorted(PROBABILITY)]
LEVEL_MEANINGS = [(LEVEL[level], MEANINGS[level]) for level in Level]


def characteristics(said: RiskRevision) -> str:
    return ", ".join(hazards.CHARACTERISTICS[each].label for each in said.characteristics) or "None named"


def history(entry: RiskEntry) -> list[Past]:
    """Newest first."""
    rows = list(entry.revisions.select_related("written_by").order_by("-number"))
    earlier: list[RiskRevision | None] = [*rows[1:], None]
    return [Past(row, before(row), after(row), _changes(row, was)) for row, was in zip(rows, earlier, strict=True)]


def risk_changes(entry: RiskEntry, *, since: int, until: int) -> tuple[Change, ...]:
    """What the entry said in one revision and says in a later one; all that it says where the first is unknown."""
    rows = {row.number: row for row in entry.revisions.filter(number__in=(since, until))}
    return _between(rows.get(since), rows[until], _FIELDS)


def control_changes(entry: RiskEntry, number: int, *, since: int, until: int) -> tuple[Change, ...]:
    """The same of one of its risk controls."""
    found = entry.controls.filter(number=number, revision__in=(since, until)).select_related("audit__version")
    rows = {row.revision: row for row in found}
    return _between(rows.get(since), rows[until], _CONTROL_FIELDS)


def _between(was: object, now: object, fields: Mapping[str, str]) -> tuple[Change, ...]:
    pairs = ((label, getattr(was, name, None), getattr(now, name)) for name, label in fields.items())
    return tuple(Change(label, _text(before), _text(after)) for label, before, after in pairs if before != after)


def _changes(row: RiskRevision, was: RiskRevision | None) -> tuple[Change, ...]:
    return () if was is None else _between(was, row, _FIELDS)


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(hazards.CHARACTERISTICS[each].label for each in value) or "none"
    if isinstance(value, str) and value in hazards.HAZARDS:
        return hazards.label(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value in (None, "") else str(value)


def control_history(entry: RiskEntry) -> list[RiskControl]:
    """Every revision of every control."""
    rows = entry.controls.select_related("written_by", "audit__version")
    return list(rows.order_by("number", "-revision"))


def proofs(model: Model) -> list[Audit]:
    """The finished audits that may show a control's effect, newest first."""
    rows = Audit.objects.succeeded().filter(version__model=model).select_related("version", "table__dataset")
    return list(rows.order_by("-finished_at")[:200])


def signed(found: Current) -> list[Signed]:
    return [_signed(each) for each in risk_standing.acceptances([found]).get(found.entry.pk, ())]


def register_signed(model: Model, entries: tuple[Current, ...]) -> list[Signed]:
    return [_signed(each) for each in risk_standing.register_acceptances(model, entries)]


def _signed(each: Accepted | RegisterAccepted) -> Signed:
    record = each.row.signature.record
    return Signed(each.row, COUNTS_NOT if each.why_not else COUNTS, each.why_not, nodes(record))


def opening(found: Current, person: User) -> Opening:
    """Asked for every role that accepts and that the person holds."""
    held = [role for role in risk_acceptance.ACCEPTERS if person.holds(role)] or [Role.REVIEWER]
    return _opening({str(role): risk_acceptance.can_accept(person, found, role) for role in held})


def register_opening(entries: tuple[Current, ...], person: User) -> Opening:
    held = [role for role in risk_acceptance.ACCEPTERS if person.holds(role)] or [Role.REVIEWER]
    return _opening({str(role): risk_acceptance.can_accept_register(person, entries, role) for role in held})


def _opening(asked: Mapping[str, tuple[bool, str]]) -> Opening:
    roles = tuple(role for role, (may, _) in asked.items() if may)
    return Opening(roles, () if roles else tuple(dict.fromkeys(why for _, why in asked.values())))


def risk_paper(found: Current) -> Paper:
    return paper(risk_register.record_of(found))


def register_paper(model: Model, entries: tuple[Current, ...]) -> Paper:
    return paper(risk_register.register_record(model, entries))
