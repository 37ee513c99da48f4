"""The main job on real data, told step by step: submit, audit, consent, sign, gate, rules, prove.

Nothing is staged: the verdicts are those that the data give. Only the consents are made up, because the trial's own
are not public; the story says so where it imports them.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from config.demo import actg, papers, plan
from config.demo.client import Account, Denied
from config.demo.rules import Rules

Json = Any
PURPOSE = "model-validation"
FIRST_CONSENTS = 0.90
ALL_CONSENTS = 0.96
WITHDRAWALS = 0.02
KINDS = ("quality", "validation", "bias", "drift")


@dataclass
class Story:
    """One telling. say: prints a line. folder: where the evidence report is written."""

    people: dict[str, Account]
    say: Callable[[str], None]
    folder: Path
    work: actg.Work = field(init=False)
    model: Json = field(init=False)
    version: Json = field(init=False)
    evaluation: Json = field(init=False)
    reference: Json = field(init=False)

    def tell(self) -> Path:
        """All nine steps, in order. Returns the path of the evidence report."""
        self.submit()
        self.freeze_plan()
        self.run_audits()
        self.record_consents()
        self.ask_gate("The gate is asked for the first time.")
        self.sign()
        self.open_gate()
        self.withdraw_consents()
        Rules(people=self.people, say=self.say, model=self.model["slug"], version=self.version["id"]).tell()
        return self.take_evidence()

    def submit(self) -> None:
        self.say("\n1. The ML team submits a model")
        self.work = actg.train()
        self.say(f"   Trained on ACTG 175 ({self.work.patients:,} patients); {self.work.held_out} were held out,")
        self.say(f"   {self.work.events} of whom progressed. The artefact stays with the team; we hold its digest.")
        developer = self.people["developer"]
        dataset = developer.post("datasets", _DATASET)
        self.model = developer.post("models", _MODEL)
        developer.patch(f"models/{self.model['slug']}/card", {"values": papers.FIRST_ANSWERS})
        self.version = developer.post(
            f"models/{self.model['slug']}/versions",
            {
                "artifact_sha256": hashlib.sha256(self.work.artifact).hexdigest(),
                "artifact_size": len(self.work.artifact),
                "artifact_name": "progression-risk.pkl",
                "training_dataset": dataset["slug"],
                "outcome": "Decline of CD4 by half, AIDS or death during follow-up",
                "features": [{"name": name} for name in (*actg.NUMBERS, *actg.FLAGS, "arm")],
                "operating_points": plan.OPERATING_POINTS,
            },
        )
        self.evaluation = self._upload("evaluation", "held-out.csv", self.work.evaluation, dataset)
        self.reference = self._upload("reference", "training.csv", self.work.training, dataset)
        self._show_refused_table(dataset)
        developer.post(f"versions/{self.version['id']}/submit")
        self.say("   Version 1 is submitted.")

    def _upload(self, purpose: str, name: str, content: bytes, dataset: Json) -> Json:
        table = self.people["developer"].upload(
            f"versions/{self.version['id']}/tables", _table_fields(purpose, dataset), name, content
        )
        self.say(f"   {name}: {table['rows']:,} rows accepted, SHA-256 {table['file_sha256'][:16]}...")
        return table

    def _show_refused_table(self, dataset: Json) -> None:
        """What a faulty table meets: the row and the column at fault, and nothing kept."""
        lines = self.work.evaluation.decode().splitlines()
        cells = lines[3].split(",")
        cells[2] = "1.7"
        faulty = "\n".join([*lines[:3], ",".join(cells), *lines[4:]]).encode()
        try:
            self.people["developer"].upload(
                f"versions/{self.version['id']}/tables", _table_fields("evaluation", dataset), "faulty.csv", faulty
            )
        except Denied as refusal:
            self.say(f"   A table with one impossible score is refused: {refusal.problem['detail']}")
        else:
            raise AssertionError("a score of 1.7 was accepted")

    def freeze_plan(self) -> None:
        self.say("\n2. The validation plan is frozen, before anything runs")
        document = plan.document(self.work.population)
        frozen = self.people["developer"].post(f"versions/{self.version['id']}/plans", {"document": document})
        self.say(f"   {len(frozen['document']['criteria'])} criteria, digest {frozen['digest'][:16]}... in the ledger.")

    def run_audits(self) -> None:
        self.say("\n3. Celery runs the audits")
        audits = self.people["developer"].post(
            f"versions/{self.version['id']}/audits",
            {"table": self.evaluation["id"], "reference": self.reference["id"], "kinds": list(KINDS)},
        )
        for audit in audits:
            self._follow(audit)

    def _follow(self, audit: Json) -> None:
        last = ""
        while True:
            audit = self.people["developer"].get(f"audits/{audit['id']}")
            progress = audit["progress"]
            line = audit["state"]
            if progress["stage"]:
                line += f": {progress['stage']} {progress['done']:,} of {progress['total']:,}"
            if audit["state"] not in {"queued", "running"}:
                break
            if line != last:
                self.say(f"   {audit['kind']:<11}{line}")
                last = line
            time.sleep(0.2)
        if audit["state"] != "succeeded":
            raise RuntimeError(f"The {audit['kind']} audit ended as {audit['state']}: {audit['error_message']}")
        verdicts = audit["verdicts"]
        self.say(
            f"   {audit['kind']:<11}done: {verdicts['met']} checks met, {verdicts['not_met']} not met, "
            f"{verdicts['not_evaluable']} not evaluable"
        )
        self._show_results(audit)

    def _show_results(self, audit: Json) -> None:
        auditor = self.people["auditor"]
        for name in _HEADLINES.get(audit["kind"], ()):
            for found in auditor.all(f"audits/{audit['id']}/measurements", measure=name):
                if not found["slice"]:
                    self.say(f"      {_measured(found)}")
        for check in auditor.all(f"audits/{audit['id']}/checks"):
            if check["verdict"] != "met":
                self.say(f"      {check['verdict'].replace('_', ' ')}: {check['key']}. {check['reason']}")

    def record_consents(self) -> None:
        self.say("\n4. Consents for use in model validation are recorded (made up: the trial's own are not public)")
        self._import_consents(0, FIRST_CONSENTS)
        self._show_coverage()

    def _import_consents(self, start: float, stop: float) -> None:
        patients = self.work.pseudonyms
        chosen = patients[int(start * len(patients)) : int(stop * len(patients))]
        now = datetime.now(UTC)
        records = [
            {
                "pseudonym": pseudonym,
                "purpose": PURPOSE,
                "status": "active",
                "valid_from": (now - timedelta(days=30)).isoformat(),
                "valid_to": (now + timedelta(days=700)).isoformat(),
                "recorded_at": (now - timedelta(days=30)).isoformat(),
            }
            for pseudonym in chosen
        ]
        self.people["steward"].post("consents", {"source": "the story", "records": records})
        self.say(f"   {len(records)} consents imported.")

    def _show_coverage(self) -> None:
        found = self.people["steward"].get(f"tables/{self.evaluation['id']}/coverage", purpose=PURPOSE)
        # Null where the exact count would tell of a handful of patients.
        exact = f"{found['covered']} of {found['eligible']} patients"
        self.say(f"   Coverage of the audited table: {exact if found['covered'] is not None else found['reason']}.")

    def ask_gate(self, sentence: str) -> Json:
        self.say(f"\n5. {sentence}")
        decision = self.people["developer"].post(f"versions/{self.version['id']}/gate", {"environment": "production"})
        self._show_decision(decision)
        return decision

    def _show_decision(self, decision: Json) -> None:
        self.say(f"   {decision['outcome'].upper()}")
        for reason in decision["reasons"]:
            self.say(f"   - {reason['message']}")

    def sign(self) -> None:
        self.say("\n6. People answer for it")
        self._show_self_approval()
        self._sign_as("reviewer", "The measures fit the intended use; limits are stated in the report.")
        self._import_consents(FIRST_CONSENTS, ALL_CONSENTS)
        self._show_coverage()
        self._waive_findings()
        self._sign_as("approver", "Approved for a first ward, under the monitoring that was agreed.")

    def _show_self_approval(self) -> None:
        try:
            self._approve("developer", "approver", "I built it and I like it.")
        except Denied as refusal:
            self.say(f"   Dana, who submitted it, tries to approve it: {refusal.problem['detail']}")
        else:
            raise AssertionError("a developer approved their own version")

    def _sign_as(self, role: str, reason: str) -> None:
        approval = self._approve(role, role, reason)
        signature = approval["signature"]
        self.say(f"   Signed: {signature['printed_name']}, {signature['meaning']}, {signature['signed_at']}")

    def _approve(self, account: str, role: str, reason: str) -> Json:
        person = self.people[account]
        shown = person.get(f"versions/{self.version['id']}/record-to-sign")
        return person.person_post(
            f"versions/{self.version['id']}/approvals",
            {
                "role": role,
                "decision": "approve",
                "reason": reason,
                "password": person.password,
                "expected_sha256": shown["record_sha256"],
            },
        )

    def _waive_findings(self) -> None:
        """Each open finding is answered by name, with a reason and an end; what may not be waived stays open."""
        approver = self.people["approver"]
        findings = approver.all(f"versions/{self.version['id']}/findings")
        if not findings:
            self.say("   No findings are open; nothing needs a waiver.")
            return
        counts = Counter(finding["verdict"] for finding in findings)
        checks = [finding["id"] for finding in findings]
        shown = approver.get(f"versions/{self.version['id']}/findings-to-sign", checks=checks)
        waiver = approver.person_post(
            f"versions/{self.version['id']}/waivers",
            {
                "checks": checks,
                "reason": "Too few events to tell at this size; the bound is neither met nor broken with confidence.",
                "compensating_measure": "Monthly re-audit on local patients until the interval is narrow enough.",
                "expires_at": (datetime.now(UTC) + timedelta(days=80)).isoformat(),
                "password": approver.password,
                "expected_sha256": shown["record_sha256"],
            },
        )
        told = ", ".join(f"{count} {verdict.replace('_', ' ')}" for verdict, count in sorted(counts.items()))
        self.say(f"   Amara waives {len(waiver)} findings ({told}) for 80 days, with a reason, under her signature.")

    def open_gate(self) -> None:
        self.say("\n7. The gate decides again")
        decision = self.people["developer"].post(f"versions/{self.version['id']}/gate", {"environment": "production"})
        self._show_decision(decision)
        if decision["outcome"] == "allow":
            self.say(f"   Signed decision, valid until {decision['valid_until']}.")

    def withdraw_consents(self) -> None:
        count = int(WITHDRAWALS * len(self.work.pseudonyms))
        self.say(f"\n   {count} patients withdraw their consent ...")
        for pseudonym in self.work.pseudonyms[:count]:
            self.people["steward"].post(
                "consents/withdrawals",
                {"pseudonym": pseudonym, "purpose": PURPOSE, "reason": "The patient asked for it."},
            )
        self._show_coverage()
        self.say("   Nobody asked the gate; what it says now:")
        self._show_decision(self.people["auditor"].get(f"versions/{self.version['id']}/gate", environment="production"))

    def take_evidence(self) -> Path:
        self.say("\n9. An auditor takes the evidence away")
        auditor = self.people["auditor"]
        export = auditor.post(f"versions/{self.version['id']}/exports", {"environment": "production"})
        while export["state"] in {"queued", "running"}:
            time.sleep(0.3)
            export = auditor.get(f"exports/{export['id']}")
        if export["state"] != "succeeded":
            raise RuntimeError(f"The report ended as {export['state']}: {export['error_message']}")
        self.folder.mkdir(parents=True, exist_ok=True)
        report = self.folder / "evidence-report.pdf"
        report.write_bytes(auditor.download(f"exports/{export['id']}/report.pdf"))
        (self.folder / "evidence.json").write_bytes(auditor.download(f"exports/{export['id']}/evidence.json"))
        verified = auditor.get("ledger/verify")
        state = "intact" if verified["ok"] else f"DAMAGED at entry {verified['first_bad']}"
        self.say(f"   Ledger: {verified['size']} entries, {state}. Root {verified['root'][:16]}...")
        return report


_HEADLINES = {
    "validation": ("auroc", "oe_ratio", "calibration_slope", "sensitivity"),
    "bias": ("equal_opportunity_difference",),
    "drift": (),
    "quality": (),
}
_DATASET = {
    "team": "infectious-disease-analytics",
    "name": "ACTG 175",
    "description": "Adults with HIV-1 and CD4 counts of 200 to 500, randomised to four antiretroviral regimens.",
    "origin": "AIDS Clinical Trials Group Study 175, 1991 to 1994, 43 trial units and 9 haemophilia centres",
    "legal_basis": "consent",
    "collected_from": "1991-12-01",
    "collected_to": "1994-11-30",
}
_MODEL = {
    "team": "infectious-disease-analytics",
    "name": "HIV progression risk",
    "purpose": "Estimate the risk of disease progression at the start of antiretroviral therapy, to plan follow-up.",
    "population": "Adults with HIV-1, CD4 count of 200 to 500 per cubic millimetre, no AIDS-defining event.",
    "intended_users": "Infectious disease physicians",
    "setting": "Out-patient HIV clinic",
    "decision_role": "informs",
    "risk_class": "high",
    "jurisdictions": ["US", "EU"],
}


def _table_fields(purpose: str, dataset: Json) -> dict[str, str]:
    return {
        "format": "csv",
        "purpose": purpose,
        "dataset": dataset["slug"],
        "schema": json.dumps({"columns": actg.columns()}),
    }


def _measured(found: Json) -> str:
    where = " ".join(part for part in (found["slice"], found["across"], found["operating_point"]) if part)
    name = f"{found['measure'].replace('_', ' ')}{f' ({where})' if where else ''}"
    if found["value"] is None:
        return f"{name}: not available, {found['reason']}"
    interval = f" [{found['low']:.2f}, {found['high']:.2f}]" if found["low"] is not None else ""
    counted = "groups" if found["across"] else "n"
    return f"{name}: {found['value']:.2f}{interval}, {counted} = {found['n']:,}"
