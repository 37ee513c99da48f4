"""Which world proves the shipped packs? A model with all evidence, and one with none, made through the services."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from audits import runner
from audits.core.values import Kind
from audits.models.audit import Audit
from audits.models.job import JobState
from audits.services import plans, requests
from config.settings import base
from governance import recording
from governance.core.assessment import ControlResult, assess
from governance.core.facts import Facts
from governance.core.policy import Pack
from governance.models.incident import Incident
from governance.services import approvals, catalog, evidence, incidents, packs, risk_acceptance
from governance.services.incidents import Noticed
from registry.models.dataset import Dataset
from registry.models.model import Model
from registry.models.site import Site
from registry.models.table import PredictionTable
from registry.models.team import Team
from registry.models.user import Role, User
from registry.models.version import ModelVersion
from registry.services import card, datasets, models, sites, tables, teams, versions
from tests.conftest import PASSWORD
from tests.governance.packs import world_evidence as made
from tests.governance.packs.world_profiles import Profile, full_card, reasons
from tests.governance.scene import account, sha

Results = Mapping[str, ControlResult]
# How it runs in production, as far as the tests' own settings are laxer.
PRODUCTION: dict[str, Any] = {
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "SECURE_SSL_REDIRECT": True,
    "SECURE_HSTS_SECONDS": 3600,
    "PASSWORD_HASHERS": base.PASSWORD_HASHERS,
}


@dataclass
class World:
    """Dora develops, Kim files, Rita reviews, Abe approves, Cora sees to compliance, Stella keeps consents.

    version: of the model that has everything. bare: of one that was only registered. weak: of one whose scores tell
    nothing, as its audit found.
    """

    dora: User
    kim: User
    rita: User
    abe: User
    cora: User
    stella: User
    team: Team
    site: Site
    packs: Sequence[Pack]
    version: ModelVersion
    bare: ModelVersion
    weak: ModelVersion
    seen: dict[Any, tuple[Facts, Results]] = field(default_factory=dict)

    @property
    def model(self) -> Model:
        return self.version.model

    def under(self, profile: Profile) -> tuple[Facts, Results]:
        """Everything that is known in this situation, and every control; looked at once."""
        if profile.name not in self.seen:
            with transaction.atomic():
                absent = reasons() if profile.not_available else {}
                card.state_many(model=self.model, by=self.dora, values=profile.answers, not_available=absent)
                if profile.at is not None:
                    self.audited_on(profile.at - timedelta(days=30))
                facts = self.facts(at=profile.at, site=profile.site)
                transaction.set_rollback(True)
            self.seen[profile.name] = facts, self.judged(facts)
        return self.seen[profile.name]

    def of_bare(self, answers: Mapping[str, Any], day: date) -> tuple[Facts, Results]:
        """The same of the model without evidence, whose card answers only this."""
        key = (repr(sorted(answers.items())), day)
        if key not in self.seen:
            with transaction.atomic():
                card.state_many(model=self.bare.model, by=self.dora, values=answers)
                facts = self.facts(self.bare, at=datetime.combine(day, timezone.now().timetz()))
                transaction.set_rollback(True)
            self.seen[key] = facts, self.judged(facts)
        return self.seen[key]

    def audited_on(self, moment: datetime) -> None:
        """As if the site's own audits had been run on another day: no service can turn the clock."""
        Audit.objects.filter(version=self.version, table__dataset__site=self.site).update(finished_at=moment)

    def now(
        self,
        version: ModelVersion | None = None,
        *,
        at: datetime | None = None,
        site: str = "",
        as_in_production: bool = True,
    ) -> Results:
        """Every control of every pack."""
        return self.judged(self.facts(version, at=at, site=site, as_in_production=as_in_production))

    def facts(
        self,
        version: ModelVersion | None = None,
        *,
        at: datetime | None = None,
        site: str = "",
        as_in_production: bool = True,
    ) -> Facts:
        """What is known of a version, read from the database."""
        subject = ModelVersion.objects.select_related("model", "training_dataset").get(pk=(version or self.version).pk)
        with override_settings(**PRODUCTION) if as_in_production else nullcontext():
            return evidence.gather(
                version=subject, environment="production", packs=self.packs, now=at or timezone.now(), site=site
            )

    def judged(self, facts: Facts) -> Results:
        return {f"{pack.slug}:{each.id}": each for pack in self.packs for each in assess(pack, facts)}


def build() -> World:
    """Everything is committed: audits keep their lease over a connection of their own."""
    catalog.forget()
    rules = [packs.rules_of(row) for row in packs.load_shipped()]
    admin, dora = account("ada_admin", Role.ADMINISTRATOR), account("dora_developer", Role.DEVELOPER)
    team = teams.create(by=admin, name="Sepsis group")
    teams.add_member(by=admin, team=team, user=dora)
    site = sites.create(by=admin, name="North", jurisdiction="EU")
    home, north = (
        datasets.register(
            by=dora, team=team, name=name, description="d", origin=name, legal_basis="consent", site=where
        )
        for name, where in (("Home", None), ("North", site))
    )
    world = World(
        dora=dora,
        kim=account("kim_keeper", Role.COMPLIANCE),
        rita=account("rita_reviewer", Role.REVIEWER),
        abe=account("abe_approver", Role.APPROVER),
        cora=account("cora_compliance", Role.COMPLIANCE),
        stella=account("stella_steward", Role.STEWARD),
        team=team,
        site=site,
        packs=rules,
        version=draft(dora, team, home, "Sepsis early warning"),
        bare=draft(dora, team, home, "Fall risk"),
        weak=draft(dora, team, home, "Coin"),
    )
    sites.add_model(by=admin, site=site, model=world.model)
    evaluated = [upload(world, data, seed) for seed, data in enumerate((home, north), start=1)]
    reference = upload(world, home, 9, purpose="reference")
    _prove(world, evaluated, reference)
    _disprove(world, home)
    return world


def _prove(world: World, evaluated: Sequence[PredictionTable], reference: PredictionTable) -> None:
    """All evidence there is, the signatures last: they cover everything before them."""
    world.version.refresh_from_db()
    plans.freeze(by=world.dora, version=world.version, document=made.PLAN)
    world.version = versions.submit(by=world.dora, version=world.version)
    card.state_many(model=world.model, by=world.dora, values=full_card())
    audits = [audit for table in evaluated for audit in audited(world, table, reference)]
    # One block of records: the workers are told once that there is something to look at.
    with recording.together():
        _file(world, audits[0])
    risk_acceptance.accept_register(
        model=world.model, by=world.rita, role="reviewer", reason=made.LOOKED, password=PASSWORD
    )
    for person, role in ((world.rita, Role.REVIEWER), (world.abe, Role.APPROVER)):
        approvals.approve(
            version=world.version, by=person, role=role, reason="The evidence is complete.", password=PASSWORD
        )


def _file(world: World, proof: Audit) -> None:
    """Everything that people write down, and what patients said."""
    model, dora = world.model, world.dora
    signers = {"reviewer": world.rita, "approver": world.abe, "compliance": world.cora, "steward": world.stella}
    made.file_documents(model=model, by=world.kim, signers=signers, packs=world.packs)
    made.freeze_plans(model=model, by=dora)
    made.keep_register(model=model, by=dora, accepter=world.rita, audit=proof)
    made.register_logs(model=model, by=dora)
    made.train(model=model, site=world.site, by=world.cora)
    patients = [
        name for table in world.version.tables.all() for name in table.subject_rows.values_list("pseudonym", flat=True)
    ]
    made.consent(pseudonyms=patients, packs=world.packs, by=world.stella)
    over = open_incident(world, "near_miss", noticed_at=timezone.now())
    incidents.close(incident=over, by=world.kim, outcome="A label was misread; it was changed.")


def _disprove(world: World, home: Dataset) -> None:
    """A real audit whose criterion is not met."""
    table = upload(world, home, 8, version=world.weak)
    plans.freeze(by=world.dora, version=world.weak, document=made.PLAN)
    asked: dict[str, Any] = {"by": world.dora, "version": world.weak, "table": table}
    (audit,) = requests.request_audits(**asked, reference=None, kinds=[Kind.VALIDATION])
    runner.run(str(audit.pk))


def audited(world: World, table: PredictionTable, reference: PredictionTable) -> list[Audit]:
    """All four audits, run as a worker runs them; every criterion is met."""
    asked = requests.request_audits(
        by=world.dora, version=world.version, table=table, reference=reference, kinds=list(Kind)
    )
    for audit in asked:
        runner.run(str(audit.pk))
        audit.refresh_from_db()
        assert audit.state == JobState.SUCCEEDED, audit.error_message
        assert not audit.checks.findings().exists(), [each.reason for each in audit.checks.findings()]
    return asked


def draft(by: User, team: Team, dataset: Dataset, name: str) -> ModelVersion:
    """A model as somebody registers it, with its first version."""
    model = models.register(
        by=by,
        team=team,
        name=name,
        purpose="To warn of it.",
        population="Adults on wards.",
        intended_users="Nurses.",
        setting="Wards.",
        decision_role="informs",
        risk_class="high",
        jurisdictions=["EU"],
    )
    return versions.create(
        by=by,
        model=model,
        artifact_sha256=sha(name),
        artifact_size=10,
        artifact_name="model.bin",
        training_dataset=dataset,
        outcome="It happens within 24 h",
        features=[{"name": "age", "description": ""}],
        operating_points=[],
    )


def successor(world: World) -> ModelVersion:
    """The next version of the proven model, with a table of its own and nothing else."""
    version = versions.create(
        by=world.dora,
        model=world.model,
        artifact_sha256=sha("next"),
        artifact_size=10,
        artifact_name="model.bin",
        training_dataset=world.version.training_dataset,
        outcome="It happens within 24 h",
        features=[{"name": "age", "description": ""}],
        operating_points=[],
    )
    upload(world, world.version.training_dataset, 6, version=version)
    return version


def upload(
    world: World, dataset: Dataset, seed: int, *, purpose: str = "evaluation", version: ModelVersion | None = None
) -> PredictionTable:
    """Through the real upload. The scores of the weak version tell nothing."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(made.rows(seed, blind=version == world.weak))
        file.flush()
        return tables.upload(
            by=world.dora,
            version=version or world.version,
            dataset=dataset,
            purpose=purpose,
            path=Path(file.name),
            file_name=f"{purpose}-{seed}.csv",
            file_format="csv",
            schema={"columns": made.COLUMNS},
        )


def open_incident(
    world: World, severity: str, *, noticed_at: datetime, clocks: Sequence[str] = (), model: Model | None = None
) -> Incident:
    noticed = Noticed(severity, noticed_at.date(), noticed_at, "A score was shown for another patient.")
    return incidents.open_incident(model=model or world.model, by=world.cora, noticed=noticed, clocks=clocks)
