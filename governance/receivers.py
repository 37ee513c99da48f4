"""Which fact becomes which ledger entry, and what does it set in motion? One table.

Receivers run inside the sender's transaction: what cannot be put on record does not happen. New decisions of the gate
that a fact sets in motion are made there too, so that no answer is served which the newest fact contradicts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.dispatch import Signal

from audits import signals as audit_signals
from audits.models.audit import Audit
from audits.models.job import JobState
from audits.models.plan import ValidationPlan
from governance import recording
from governance.core.document import moment
from governance.core.facts import Section
from governance.ledger import Fact
from governance.services import gate, gate_follows
from governance.services.assessment_touch import touch
from registry import signals
from registry.core.canonical import digest
from registry.core.lifecycle import State
from registry.models.card import CardEntry
from registry.models.dataset import Dataset
from registry.models.model import Model
from registry.models.site import Site
from registry.models.table import PredictionTable
from registry.models.team import Team
from registry.models.token import ApiToken
from registry.models.user import User
from registry.models.version import ModelVersion

Body = dict[str, object]


@dataclass(frozen=True, slots=True)
class Told:
    """What a signal's own values become; the actor is the same for all. because: why the gate must look again.

    changed: what the assessments must look at again: of the version, or of a model, or at a site. gate: False where
    that cannot make an allowance wrong.
    """

    kind: str
    object_type: str
    object_id: UUID
    body: Body
    version: UUID | None = None
    sha256: str = ""
    because: str = ""
    changed: frozenset[Section] = frozenset()
    gate: bool = True
    of_model: UUID | None = None
    at_site: str = ""


def user_created(user: User, roles: list[str], **_: Any) -> Told:  # noqa: ANN401 - a signal's other values
    return Told("user.created", "user", user.pk, {"username": user.username, "roles": roles})


def roles_changed(user: User, roles: list[str], **_: Any) -> Told:  # noqa: ANN401
    return Told("role.changed", "user", user.pk, {"username": user.username, "roles": roles})


def user_closed(user: User, **_: Any) -> Told:  # noqa: ANN401
    return Told("user.closed", "user", user.pk, {"username": user.username})


def token_issued(token: ApiToken, **_: Any) -> Told:  # noqa: ANN401
    body: Body = {"name": token.name, "prefix": token.prefix, "scopes": list(token.scopes)}
    return Told("token.issued", "token", token.pk, {**body, "expires_at": moment(token.expires_at)})


def token_revoked(token: ApiToken, **_: Any) -> Told:  # noqa: ANN401
    return Told("token.revoked", "token", token.pk, {"prefix": token.prefix})


def team_created(team: Team, **_: Any) -> Told:  # noqa: ANN401
    return Told("team.created", "team", team.pk, {"name": team.name})


def team_member_added(team: Team, user: User, **_: Any) -> Told:  # noqa: ANN401
    body: Body = {"team": team.name, "user": str(user.pk), "username": user.username}
    return Told("team.member_added", "team", team.pk, body)


def model_registered(model: Model, **_: Any) -> Told:  # noqa: ANN401
    body: Body = {"name": model.name, "risk_class": str(model.risk_class), "purpose": model.purpose}
    return Told("model.registered", "model", model.pk, body)


def dataset_registered(dataset: Dataset, **_: Any) -> Told:  # noqa: ANN401
    body: Body = {"name": dataset.name, "legal_basis": str(dataset.legal_basis), "origin": dataset.origin}
    return Told("dataset.registered", "dataset", dataset.pk, body)


def card_stated(model: Model, entries: list[CardEntry], **_: Any) -> Told:  # noqa: ANN401
    return _of_card("card.stated", model, entries)


def card_reviewed(model: Model, entries: list[CardEntry], **_: Any) -> Told:  # noqa: ANN401
    return _of_card("card.reviewed", model, entries)


def _of_card(kind: str, model: Model, entries: list[CardEntry]) -> Told:
    """Each answer by its digest: the card itself keeps the words, and no entry of it can be changed."""
    said = {each.key: digest({"value": each.value, "not_available": each.not_available}) for each in entries}
    numbers = {each.key: each.number for each in entries}
    body: Body = {"model": model.name, "fields": said, "entries": numbers}
    return Told(kind, "card", model.pk, body, sha256=digest(said), changed=frozenset({Section.CARD}), of_model=model.pk)


def site_created(site: Site, **_: Any) -> Told:  # noqa: ANN401
    return Told("site.created", "site", site.pk, {"name": site.name, "jurisdiction": str(site.jurisdiction)})


def site_model_added(site: Site, model: Model, **_: Any) -> Told:  # noqa: ANN401
    return _used("site.model_added", site, model)


def site_model_removed(site: Site, model: Model, **_: Any) -> Told:  # noqa: ANN401
    return _used("site.model_removed", site, model)


def _used(kind: str, site: Site, model: Model) -> Told:
    body: Body = {"site": site.name, "model": str(model.pk), "name": model.name}
    # Local data are those of the sites that use the model.
    changed = frozenset({Section.TRAINING, Section.AUDITS})
    return Told(kind, "site", site.pk, body, changed=changed, of_model=model.pk, at_site=site.slug)


def version_created(version: ModelVersion, **_: Any) -> Told:  # noqa: ANN401
    body: Body = {"model": version.model.name, "number": version.number, "artifact_name": version.artifact_name}
    return Told("version.created", "version", version.pk, body, version.pk, version.artifact_sha256)


def version_moved(version: ModelVersion, previous: State, reason: str = "", **_: Any) -> Told:  # noqa: ANN401
    # Handing a version in is its makers' act; every other move is somebody else's.
    kind = "version.submitted" if version.state == State.SUBMITTED else "version.moved"
    body: Body = {"from": str(previous), "to": str(version.state), "reason": reason}
    because = f"the version is now {str(version.state).replace('_', ' ')}"
    changed = frozenset({Section.VERSION})
    return Told(kind, "version", version.pk, body, version.pk, version.artifact_sha256, because, changed)


def table_uploaded(table: PredictionTable, **_: Any) -> Told:  # noqa: ANN401
    body: Body = {"dataset": str(table.dataset_id), "purpose": str(table.purpose), "rows": table.rows}
    body |= {"file_sha256": table.file_sha256}
    because = "a table was uploaded"
    changed = frozenset({Section.AUDITS})
    return Told("table.uploaded", "table", table.pk, body, table.version_id, table.parsed_sha256, because, changed)


def table_downloaded(table: PredictionTable, **_: Any) -> Told:  # noqa: ANN401
    return Told("table.downloaded", "table", table.pk, {"rows": table.rows}, table.version_id, table.file_sha256)


def plan_frozen(plan: ValidationPlan, **_: Any) -> Told:  # noqa: ANN401
    because = "a validation plan was frozen"
    body: Body = {"number": plan.number}
    changed = frozenset({Section.PLANS})
    return Told("plan.frozen", "plan", plan.pk, body, plan.version_id, plan.digest, because, changed)


def audit_requested(audit: Audit, **_: Any) -> Told:  # noqa: ANN401
    body: Body = {"kind": str(audit.kind), "table": str(audit.table_id), "plan_sha256": audit.plan.digest}
    # The plan is frozen already, so a later audit under it takes nothing from it.
    changed = frozenset({Section.PLANS})
    return Told("audit.requested", "audit", audit.pk, body, audit.version_id, changed=changed, gate=False)


def audit_finished(audit: Audit, **_: Any) -> Told:  # noqa: ANN401
    body: Body = {"kind": str(audit.kind), "table": str(audit.table_id), "plan_sha256": audit.plan.digest}
    body |= {"state": str(audit.state), "error_code": audit.error_code, "code_version": audit.code_version}
    kind = f"audit.{audit.state}"
    # A run that failed adds no evidence and takes none away.
    succeeded = audit.state == JobState.SUCCEEDED
    because = f"the {audit.kind} audit finished" if succeeded else ""
    changed = frozenset({Section.AUDITS}) if succeeded else frozenset[Section]()
    return Told(kind, "audit", audit.pk, body, audit.version_id, audit.result_sha256, because, changed)


TABLE: tuple[tuple[Signal, Callable[..., Told]], ...] = (
    (signals.user_created, user_created),
    (signals.roles_changed, roles_changed),
    (signals.user_closed, user_closed),
    (signals.token_issued, token_issued),
    (signals.token_revoked, token_revoked),
    (signals.team_created, team_created),
    (signals.team_member_added, team_member_added),
    (signals.model_registered, model_registered),
    (signals.dataset_registered, dataset_registered),
    (signals.card_stated, card_stated),
    (signals.card_reviewed, card_reviewed),
    (signals.site_created, site_created),
    (signals.site_model_added, site_model_added),
    (signals.site_model_removed, site_model_removed),
    (signals.version_created, version_created),
    (signals.version_moved, version_moved),
    (signals.table_uploaded, table_uploaded),
    (signals.table_downloaded, table_downloaded),
    (audit_signals.plan_frozen, plan_frozen),
    (audit_signals.audit_requested, audit_requested),
    (audit_signals.audit_finished, audit_finished),
)


def connect() -> None:
    """Start listening to the registry's and the audits' signals, and to changed facts; saying it twice is harmless."""
    gate_follows.connect()
    for signal, told in TABLE:
        # Strong, because nothing else holds the closure; the identity keeps one receiver per row of the table.
        signal.connect(_receiver(told), weak=False, dispatch_uid=f"governance.{told.__name__}")


def _receiver(told: Callable[..., Told]) -> Callable[..., None]:
    def receive(sender: object, *, actor: User | None = None, **values: Any) -> None:  # noqa: ANN401
        fact = told(**values)
        with recording.together():
            recording.record(
                Fact(fact.kind, fact.object_type, str(fact.object_id), fact.body, actor, fact.version, fact.sha256)
            )
            if fact.because and fact.version is not None:
                gate.redecide_at_end(fact.version, because=fact.because)
            if fact.changed:
                touch(fact.changed, model=fact.of_model, version=fact.version, site=fact.at_site, gate=fact.gate)

    return receive
