"""What does the report say, in which order? Evidence becomes chapters; nothing is looked up and nothing judged here."""

from __future__ import annotations

from governance.reports import sections_answers, sections_record, sections_results
from governance.reports.blocks import (
    Cell,
    Chapter,
    Column,
    Cover,
    Reason,
    Report,
    Signed,
    Text,
    digest,
    pairs,
    table,
)
from governance.reports.evidence import Approval, Evidence, Json
from governance.reports.words import status, when
from registry.core.operating_points import words as point_in_words

TITLE = "Evidence report"
LONGEST = 280
# What is said beside a requirement whose citation nobody has read in the primary text.
UNCHECKED = {"unverified": " (citation not checked)", "secondary": " (citation from a summary)"}


def report_of(found: Evidence, evidence_sha256: str) -> Report:
    """The whole report. evidence_sha256: of the evidence.json that is attached to it."""
    name = f"{found.model.name}, version {found.version.number}"
    return Report(
        title=f"{TITLE}: {name}",
        description=_verdict(found),
        running=name,
        cover=_cover(found, evidence_sha256),
        chapters=(
            _what_it_is(found),
            _signatures(found),
            _controls(found),
            *sections_results.chapters(found),
            sections_answers.findings(found),
            sections_answers.consent(found),
            sections_record.plan(found),
            sections_record.data(found),
            sections_record.ledger(found, evidence_sha256),
            sections_record.method(found),
        ),
    )


def _verdict(found: Evidence) -> str:
    name, decision = f"{found.model.name}, version {found.version.number},", found.decision
    if decision.outcome == "allow":
        return f"{name} may be used in {found.environment}."
    return f"{name} may not be used in {found.environment}."


def _explained(found: Evidence) -> str:
    decision = found.decision
    if decision.outcome == "allow":
        return f"Every blocking control holds. The decision is valid until {when(decision.valid_until)}."
    count = len(decision.reasons)
    return "One reason stands against it." if count == 1 else f"{count} reasons stand against it."


def _cover(found: Evidence, evidence_sha256: str) -> Cover:
    decision = found.decision
    return Cover(
        title=TITLE,
        model=f"{found.model.name}, version {found.version.number}",
        verdict=_verdict(found),
        tone="good" if decision.outcome == "allow" else "bad",
        explained=_explained(found),
        reasons=tuple(Reason(r["message"], r["remedy"], r["control"] or r["code"]) for r in decision.reasons),
        pairs=pairs(
            ("Outcome predicted", found.version.outcome),
            ("Responsible team", found.model.team),
            ("Risk class", found.model.risk_class),
            ("Decided", f"{when(decision.decided_at)}, number {decision.number}" if decision.number else "never"),
            ("Policy", _named(decision.packs) or "none"),
            ("Exported", when(found.exported_at)),
            ("Ledger", f"{found.ledger.size:,} entries, {'intact' if found.ledger.intact else 'DAMAGED'}"),
            ("Model file, SHA-256", digest(found.version.artifact_sha256)),
            ("Attached evidence.json, SHA-256", digest(evidence_sha256)),
        ),
    )


def _what_it_is(found: Evidence) -> Chapter:
    model, version = found.model, found.version
    points = "; ".join(f"“{point['name']}”: {point_in_words(point)}" for point in version.operating_points)
    submitted = f"{version.submitted_by.name}, {when(version.submitted_at)}"
    return Chapter(
        "The model and its use",
        (
            pairs(
                ("Purpose", model.purpose),
                ("Patients", model.population),
                ("Users", model.intended_users),
                ("Setting", model.setting),
                ("Role in decisions", model.decision_role),
                ("Risk class", model.risk_class),
                ("Jurisdictions", ", ".join(model.jurisdictions)),
                ("Outcome", version.outcome),
                ("Operating points", points),
                ("Inputs", ", ".join(str(feature.get("name", "")) for feature in version.features)),
                ("State", version.state),
                ("Submitted by", submitted),
                ("Model file", f"{version.artifact_name}, {version.artifact_size:,} bytes"),
                ("Notes", version.notes or "none"),
            ),
        ),
    )


def _signatures(found: Evidence) -> Chapter:
    if not found.approvals:
        return Chapter("Signatures", (Text("Nobody has signed for this version."),))
    return Chapter("Signatures", tuple(_signed(approval, found) for approval in found.approvals))


def _signed(approval: Approval, found: Evidence) -> Signed:
    signature = approval.signature
    current = found.plan is not None and found.plan.digest == approval.plan_digest
    plan = "the validation plan in force" if current else "an earlier validation plan"
    return Signed(
        name=signature.name,
        username=signature.username,
        meaning=f"{signature.meaning}, as {approval.role.lower()}",
        tone="bad" if approval.decision == "Returned" else "good",
        at=when(signature.signed_at),
        statement=signature.statement,
        remarks=(("Decision", approval.decision), ("Reason given", approval.reason), ("Under", plan)),
        digest=signature.record_sha256,
    )


def _shortened(text: str) -> str:
    """Whole sentences up to a limit: what was left out stands under the findings."""
    if len(text) <= LONGEST:
        return text
    kept = text[: text.rfind(". ", 0, LONGEST) + 1] or f"{text[:LONGEST]}\N{HORIZONTAL ELLIPSIS}"
    return f"{kept} More under “Findings and waivers”, and all of it in evidence.json."


def requirement(control: Json) -> str:
    """The requirement, marked where nobody has read its citation in the primary text."""
    return f"{control['requirement']}{UNCHECKED.get(control.get('verification', ''), '')}"


def _named(packs: tuple[Json, ...]) -> str:
    return ", ".join(f"“{pack['title']}” {pack['version']}" for pack in packs)


def _controls(found: Evidence) -> Chapter:
    decision = found.decision
    if not decision.packs:
        return Chapter("Controls", (Text("The gate was never asked, so no control was assessed."),))
    rows = [
        [
            Cell(requirement(control)),
            status(control["status"]),
            Cell(_shortened(("" if control["severity"] == "blocking" else "Advisory. ") + control["reason"])),
        ]
        for control in decision.assessment
    ]
    intro = (
        f"Asked by {_named(decision.packs)}, applied on {when(decision.decided_at)}. "
        "A blocking control that is not met, or cannot be evaluated, closes the gate."
    )
    columns = (Column("Requirement", 5), Column("Status"), Column("What was found", 6))
    digests = pairs(*((f"{pack['title']}, SHA-256", digest(pack["digest"])) for pack in decision.packs))
    return Chapter("Controls", (Text(intro), table(columns, rows), digests))
