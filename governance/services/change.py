"""Declaring what a version changes, and judging it against the change plan."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from audits.core.catalog import CATALOG
from audits.core.catalog_entry import Spread
from audits.core.values import Measurement
from audits.models.audit import Audit
from governance import recording
from governance.core import attribution, change, change_plan
from governance.core.attribution import Attribution
from governance.core.change import Judgement
from governance.core.evaluations import Evaluation, Place
from governance.core.facts import Section
from governance.errors import ChangeAfterResults, ChangeRefused
from governance.ledger import Fact
from governance.models.approval import ApprovalDecision
from governance.models.plan import GovernedPlan, PlanKind, VersionChange
from governance.services import plans
from governance.services.assessment_touch import touch
from governance.services.evaluated import evaluations
from registry.core.lifecycle import State
from registry.models.user import Role, User
from registry.models.version import ModelVersion
from registry.services.card import check_may_write

LEAST_WORDS = 10
#: What a change is explained by, beside the measures that the change plan bounds.
MAIN = ("auroc", "brier", "sensitivity", "specificity", "net_benefit")


def declare(
    *,
    by: User,
    version: ModelVersion,
    previous: ModelVersion,
    modifications: Iterable[str],
    description: str,
    paired: bool = False,
) -> VersionChange:
    """Say which planned modifications the version carries out, or none of them ("other"), before its first audit.

    previous: the version that it replaces, as `predecessor` has it.
    paired: the version's evaluation tables carry the previous version's score as their comparator.
    Raises: ScopeNotHeld, NotAMember, ChangeRefused (with field), ChangeAfterResults.
    """
    check_may_write(by, version.model)
    chosen = tuple(dict.fromkeys(modifications))
    _check_said(version, previous, description)
    with recording.together():
        locked = ModelVersion.objects.select_for_update(of=("self",)).select_related("model").get(pk=version.pk)
        if Audit.objects.filter(version=locked).exists():
            raise ChangeAfterResults(
                "Audits of this version were already asked for. What it changes is declared before results are known."
            )
        plan = plans.in_force(locked.model, PlanKind.CHANGE)
        _check_planned(chosen, plan)
        latest = VersionChange.objects.filter(version=locked).first()
        declared = VersionChange.objects.create(
            version=locked,
            number=latest.number + 1 if latest else 1,
            previous=previous,
            plan=plan,
            modifications=list(chosen),
            description=description.strip(),
            paired=paired,
            declared_by=by,
        )
        recording.record(Fact("change.declared", "version_change", str(declared.pk), _stated(declared), by, locked.pk))
        touch({Section.CHANGE}, model=locked.model_id, version=locked.pk)
    return declared


def _stated(declared: VersionChange) -> dict[str, object]:
    return {
        "previous": str(declared.previous_id),
        "plan": declared.plan.digest if declared.plan else None,
        "modifications": list(declared.modifications),
        "description": declared.description,
        "paired": declared.paired,
    }


def declared_of(version: ModelVersion) -> VersionChange | None:
    """The declaration that speaks."""
    said = VersionChange.objects.filter(version=version)
    return said.select_related("version", "previous", "plan", "declared_by").first()


def judgement(version: ModelVersion) -> Judgement:
    """In the plan, out of it, or not to be told, with every reason."""
    said = declared_of(version)
    return change.judge(
        change.Facts(
            declared=_declared(said) if said else None,
            plan=_plan(said.plan) if said and said.plan else None,
            new=evaluations(version),
            previous=evaluations(said.previous) if said else (),
            use_then=said.plan.intended_use if said and said.plan else {},
            use_now=plans.intended_use(version.model),
        )
    )


def attributions(version: ModelVersion) -> tuple[Attribution, ...]:
    """Why the measures of this version are other than those of the one before; empty before anything is declared."""
    said = declared_of(version)
    if said is None:
        return ()
    new, previous = _audited(version), _audited(said.previous)
    return tuple(
        attribution.attribute(place, old=old, new=each, previous=previous, paired=said.paired)
        for each in new
        for old in _old_of(each, previous)
        for place in _places(said.plan, each, old)
    )


def predecessor(version: ModelVersion) -> ModelVersion | None:
    """The version that it replaces: the last approved one before it; where none was ever approved, the newest before.

    One that is approved (or suspended, until both sign again) goes before one that was retired since.
    """
    earlier = ModelVersion.objects.filter(model=version.model_id, number__lt=version.number).order_by("-number")
    standing = earlier.filter(state__in=(State.APPROVED, State.SUSPENDED)).first()
    return standing or next((each for each in earlier if was_approved(each)), None) or earlier.first()


def was_approved(version: ModelVersion) -> bool:
    """Whether both signatures ever made it an approved version."""
    if version.state in (State.APPROVED, State.SUSPENDED):
        return True
    signed = version.approvals.filter(decision=ApprovalDecision.APPROVE).filter(
        Q(role=Role.REVIEWER) | Q(role=Role.APPROVER)
    )
    return version.state == State.RETIRED and len(set(signed.values_list("role", flat=True))) > 1


def _audited(version: ModelVersion) -> tuple[Evaluation, ...]:
    return tuple(each for each in evaluations(version) if each.audited)


def _old_of(new: Evaluation, previous: tuple[Evaluation, ...]) -> tuple[Evaluation, ...]:
    """The data on which the previous version was judged: other patients, or the same where there are no other."""
    others = tuple(each for each in previous if new.same_patients(each) is not True)
    return others or previous


def _places(plan: GovernedPlan | None, new: Evaluation, old: Evaluation) -> tuple[Place, ...]:
    """What the plan bounds, and the main measures of everybody, as far as both versions were measured there."""
    bounds = change_plan.bounds_of(plan.document) if plan else ()
    wanted = {Place(each.measure, each.slice, each.across, each.operating_point) for each in bounds}
    both = {_place(new_one) for new_one in new.measurements} & {_place(old_one) for old_one in old.measurements}
    shared = {place for place in both if place.measure in MAIN and not place.slice}
    single = {place for place in wanted if CATALOG[place.measure].spread is Spread.SLICES}
    order = {measure: position for position, measure in enumerate(MAIN)}
    return tuple(sorted(single | shared, key=lambda place: (order.get(place.measure, len(MAIN)), place.words)))


def _place(measurement: Measurement) -> Place:
    return Place(measurement.measure, measurement.slice, measurement.across, measurement.operating_point)


def _declared(said: VersionChange) -> change.Declared:
    return change.Declared(
        modifications=tuple(said.modifications),
        registered_at=said.version.created_at,
        previous=said.previous.number,
        paired=said.paired,
        approved=was_approved(said.previous),
    )


def _plan(plan: GovernedPlan) -> change.Plan:
    return change.Plan(
        plan.number, plan.created_at, change_plan.names_of(plan.document), change_plan.bounds_of(plan.document)
    )


def _check_said(version: ModelVersion, previous: ModelVersion, description: str) -> None:
    if previous.model_id != version.model_id or previous.number >= version.number:
        raise ChangeRefused("The previous version is an earlier version of the same model.", field="previous")
    replaced = predecessor(version)
    if replaced is not None and replaced != previous:
        why = "the last one approved" if was_approved(replaced) else "the newest before it, for none was approved"
        text = f"Version {version.number} is compared with version {replaced.number}: {why}."
        raise ChangeRefused(text, field="previous", previous=replaced.number)
    if len(description.strip()) < LEAST_WORDS:
        raise ChangeRefused(f"Say what the version changes, in at least {LEAST_WORDS} characters.", field="description")


def _check_planned(chosen: tuple[str, ...], plan: GovernedPlan | None) -> None:
    known = change_plan.names_of(plan.document) if plan else {}
    if unknown := [each for each in chosen if each not in known]:
        where = f"change plan {plan.number}" if plan else "any change plan: none is in force"
        raise ChangeRefused(f"“{unknown[0]}” is no modification of {where}.", field="modifications", unknown=unknown)
