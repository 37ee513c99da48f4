"""Freezing the plans that a model lives by: monitoring, change, risk. A changed plan is a new plan."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Min

from audits.core.plan_fields import PlanError
from governance import recording
from governance.core import facts, plan_document
from governance.core.facts import Section
from governance.core.plans import PLANS
from governance.errors import GovernedPlanRefused, PlanMovedOn, PlanUnchanged
from governance.ledger import Fact
from governance.models.plan import GovernedPlan
from governance.services.assessment_touch import touch
from registry.core.canonical import digest
from registry.core.card import DEFINING
from registry.models.model import Model
from registry.models.user import User
from registry.services import card_said
from registry.services.card import check_may_write


def freeze(
    *, by: User, model: Model, kind: str, document: Mapping[str, object], after: int | None = None
) -> GovernedPlan:
    """The plan of this kind from now on. after: the number of the plan that the author was shown; 0 for none.

    Raises: ScopeNotHeld, NotAMember, GovernedPlanRefused (with pointer), PlanUnchanged, PlanMovedOn.
    """
    check_may_write(by, model)
    canonical = _parsed(kind, document)
    with recording.together():
        locked = Model.objects.select_for_update(of=("self",)).select_related("created_by").get(pk=model.pk)
        latest = GovernedPlan.objects.filter(model=locked, kind=kind).first()
        number = latest.number if latest else 0
        if after not in (None, number):
            raise PlanMovedOn(
                f"Plan {number} was frozen meanwhile. Look at it, then freeze yours after it.", number=number
            )
        if latest and latest.document == canonical:
            raise PlanUnchanged(f"Plan {number} says exactly this already.", number=number)
        plan = GovernedPlan.objects.create(
            model=locked,
            kind=kind,
            number=number + 1,
            document=canonical,
            digest=digest(canonical),
            intended_use=intended_use(locked),
            frozen_by=by,
        )
        body: dict[str, object] = {
            "model": locked.slug,
            "kind": kind,
            "number": plan.number,
            "sections": list(plan_document.sections(canonical)),
            "intended_use_sha256": digest(plan.intended_use),
        }
        recording.record(Fact("plan.governed_frozen", "governed_plan", str(plan.pk), body, by, None, plan.digest))
        touch({Section.PLANS}, model=locked.pk)
    return plan


def in_force(model: Model, kind: str) -> GovernedPlan | None:
    """The newest plan of this kind."""
    return GovernedPlan.objects.filter(model=model, kind=kind).select_related("frozen_by").first()


def stated(model: Model) -> tuple[facts.GovernedPlan, ...]:
    """The facts that a policy judges: the plan of each kind that is in force."""
    by_kind = GovernedPlan.objects.filter(model=model).order_by("kind").values("kind").annotate(first=Min("created_at"))
    first = {row["kind"]: row["first"] for row in by_kind}
    return tuple(
        facts.GovernedPlan(
            each.kind,
            str(each.pk),
            each.number,
            each.digest,
            each.created_at,
            plan_document.sections(each.document),
            first.get(each.kind),
        )
        for each in GovernedPlan.objects.filter(model=model).in_force()
    )


def intended_use(model: Model) -> dict[str, object]:
    """The card's answers that make the tool what it is; null where it says nothing."""
    said = card_said.current(model)
    return {key: said[key].value if key in said else None for key in DEFINING}


def _parsed(kind: str, document: Mapping[str, object]) -> dict[str, object]:
    try:
        return plan_document.parse(kind, document)
    except PlanError as error:
        label = PLANS[kind].label if kind in PLANS else "The plan"
        raise GovernedPlanRefused(f"{label}: {error}.", problem=error.code, pointer=error.path) from error
