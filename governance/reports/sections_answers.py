"""What is open, and who answers for it? Findings, waivers and consent, as chapters."""

from __future__ import annotations

from collections.abc import Iterable

from governance.reports.blocks import Block, Cell, Chapter, Column, Heading, Signed, Text, table
from governance.reports.evidence import Audit, Checked, Evidence, Json, Waiver
from governance.reports.sections_results import speaking_audits
from governance.reports.words import DASH, group, verdict, when

CATEGORIES = {
    "covered": "Consent given",
    "expired": "Consent expired",
    "not_yet_valid": "Consent not yet valid",
    "denied": "Refused",
    "withdrawn": "Withdrawn",
    "missing": "No consent on record",
}


def findings(found: Evidence) -> Chapter:
    """Every check under the plan in force that is not met or cannot be evaluated, and who answers for it."""
    evaluated = [each for each in found.tables if each.purpose == "evaluation"]
    tables = {each.id: f"{each.dataset} ({each.file_name})" for each in evaluated}
    audits = list(speaking_audits(found).values())
    rows = [
        [
            Cell(_key(check.key), note=tables.get(audit.table, "") if len(tables) > 1 else ""),
            verdict(check.verdict),
            Cell(check.reason),
            _answered(audit, check, found),
        ]
        for audit in audits
        for check in audit.checks
        if check.verdict != "met"
    ]
    total = sum(len(audit.checks) for audit in audits)
    intro = f"{total - len(rows)} of {total} checks of the plan are met; {len(rows)} are findings."
    blocks: list[Block] = [Text(intro)]
    if rows:
        columns = (Column("Finding", 4), Column("Verdict"), Column("Why", 5), Column("Answer", 3))
        blocks.append(table(columns, rows))
    blocks.append(Heading("Waivers"))
    blocks.extend(_waivers(found.waivers, tables, found.exported_at) or [Text("Nothing was waived.")])
    return Chapter("Findings and waivers", tuple(blocks))


def _key(key: str) -> str:
    """every group | race=other | watch becomes every group: race: other, watch."""
    name, *rest = key.split(" | ")
    return f"{name}: {', '.join(map(group, rest))}" if rest else name


def _waived(waiver: Waiver, tables: dict[str, str]) -> str:
    on = f", on {tables.get(waiver.table, waiver.table)}" if len(tables) > 1 else ""
    return f"{_key(waiver.check_key)}{on}"


def _answered(audit: Audit, check: Checked, found: Evidence) -> Cell:
    wanted = (audit.table, audit.plan_digest, check.key, check.verdict)
    held = [
        w
        for w in found.waivers
        if (w.table, w.plan_digest, w.check_key, w.verdict) == wanted and audit.result_sha256 in w.results
    ]
    live = [w for w in held if w.expires_at > found.exported_at]
    if live:
        last = max(live, key=lambda waiver: waiver.expires_at)
        return Cell("Waived", "unsure", note=f"by {last.signature.name} until {when(last.expires_at)}")
    return Cell("Waiver lapsed", "bad") if held else Cell("Open", "bad")


def _waivers(waivers: Iterable[Waiver], tables: dict[str, str], now: str) -> list[Block]:
    """One signature may answer for several findings: it is shown once, with all of them."""
    signed: dict[str, list[Waiver]] = {}
    for waiver in waivers:
        signed.setdefault(waiver.signature.id, []).append(waiver)
    return [
        Signed(
            name=first.signature.name,
            username=first.signature.username,
            meaning=first.signature.meaning,
            tone="unsure" if first.expires_at > now else "quiet",
            at=when(first.signature.signed_at),
            statement=first.signature.statement,
            remarks=(
                ("Findings", "\n".join(_waived(w, tables) for w in group)),
                ("Reason given", first.reason),
                ("Compensating measure", first.compensating_measure or "none"),
                ("Until", when(first.expires_at) + ("" if first.expires_at > now else " (lapsed)")),
            ),
            digest=first.signature.record_sha256,
        )
        for group in signed.values()
        for first in group[:1]
    ]


def consent(found: Evidence) -> Chapter:
    """Coverage per evaluation table and purpose."""
    names = {each.id: f"{each.dataset} ({each.file_name})" for each in found.tables}
    rows = [[names.get(each["table"], each["table"]), each["purpose"], *_coverage(each)] for each in found.consent]
    if not rows:
        return Chapter("Consent", (Text("No policy in force asks about consent, or there is no evaluation table."),))
    columns = (
        Column("Table", 4),
        Column("Purpose", 3),
        Column("Covered", 4),
        Column("All subjects, by their last word", 5),
    )
    return Chapter("Consent", (table(columns, rows),))


def _coverage(stated: Json) -> tuple[str, str]:
    if stated["value"] is None:
        return stated["reason"], DASH
    counts = ", ".join(
        f"{CATEGORIES.get(name, name).lower()} {number if isinstance(number, str) else f'{number:,}'}"
        for name, number in stated["counts"]
        if number
    )
    if stated["covered"] is None:
        return f"{stated['eligible']:,} subjects. {stated['reason']}", counts
    share = (
        f"{stated['value']:.1%}" if stated["value"] in (0, 1) or 0.001 < stated["value"] < 0.999 else "not quite all"
    )
    lapse = f"; the first of these consents ends {when(stated['lapses_at'])}" if stated["lapses_at"] else ""
    return f"{stated['covered']:,} of {stated['eligible']:,} subjects ({share}){lapse}", counts
