"""What else is on record? The plan, the data, the ledger with its proof, and how to read it all, as chapters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from audits.core.catalog import CATALOG
from governance.reports.blocks import Block, Cell, Chapter, Column, Heading, Text, digest, pairs, table
from governance.reports.evidence import Entry, Evidence
from governance.reports.words import DASH, bounds, label, place, stamp, when

#: Explained in every report that shows them.
_ALWAYS = frozenset(
    {"auroc", "oe_ratio", "calibration_slope", "sensitivity", "specificity", "ppv", "npv", "net_benefit"}
)
#: From so many entries of one kind by one person in a row, the ledger's table shows one line for them.
_RUN = 3


def plan(found: Evidence) -> Chapter:
    """What was decided beforehand."""
    if found.plan is None:
        return Chapter("Validation plan", (Text("No validation plan was frozen."),))
    frozen, spec = found.plan, found.plan.document
    rows = [
        [Cell(c["id"]), Cell(label(c["measure"])), Cell(place(c)), Cell(bounds(c)), Cell(c.get("on", ""))]
        for c in spec.get("criteria", ())
    ]
    judged = "Interval: all of it must respect the bound. Estimate: the value itself is compared."
    columns = (Column("Criterion", 3), Column("Measure", 3), Column("For", 3), Column("Bound", 4), Column("Judged on"))
    groups = ", ".join([*spec.get("subgroups", ()), *(" with ".join(names) for names in spec.get("intersections", ()))])
    return Chapter(
        "Validation plan",
        (
            pairs(
                ("Plan", f"number {frozen.number}, frozen by {frozen.frozen_by.name} on {when(frozen.frozen_at)}"),
                ("Patient groups", groups or "none"),
                (
                    "Intervals",
                    f"{spec.get('confidence', 0.95):.0%}, {spec.get('replicates', 0):,} bootstrap replicates",
                ),
                ("SHA-256", digest(frozen.digest)),
            ),
            table(columns, rows, judged),
        ),
    )


def data(found: Evidence) -> Chapter:
    """Where the data come from, and which bytes were judged."""
    blocks: list[Block] = []
    for each in found.datasets:
        period = f"{each.collected_from or DASH} to {each.collected_to or DASH}"
        basis = f"{each.legal_basis}: {each.legal_basis_note}" if each.legal_basis_note else each.legal_basis
        blocks += [
            Heading(each.name),
            pairs(
                ("Used for", each.use),
                ("Description", each.description),
                ("Origin", each.origin),
                ("Collected", period if each.collected_from or each.collected_to else None),
                ("Legal basis", basis),
            ),
        ]
    for file in found.tables:
        subjects = f", {file.subjects:,} subjects" if file.subjects is not None else ""
        blocks += [
            Heading(f"{file.purpose.capitalize()} table {file.file_name}"),
            pairs(
                ("Of dataset", file.dataset),
                ("Size", f"{file.rows:,} rows{subjects}, {len(file.columns)} columns"),
                ("Uploaded", f"{file.uploaded_by.name}, {when(file.uploaded_at)}"),
                ("File, SHA-256", digest(file.file_sha256)),
                ("As parsed, SHA-256", digest(file.parsed_sha256)),
            ),
        ]
    return Chapter("Data", tuple(blocks))


def ledger(found: Evidence, evidence_sha256: str) -> Chapter:
    """The history of the version, and how anybody can check it without us."""
    book = found.ledger
    whole = "Every entry was hashed again for this report, and the ledger is intact."
    state = whole if book.intact else f"THE LEDGER IS DAMAGED: {'; '.join(book.problems[:5])}."
    rows = _lines(book.entries)
    columns = (
        Column("Entry", right=True),
        Column("Time (UTC)"),
        Column("What happened", 3),
        Column("Who", 3),
        Column("Leaf hash begins", 3),
    )
    return Chapter(
        "Ledger and proof",
        (
            Text(f"The ledger held {book.size:,} entries, {len(book.entries)} of them about this version. {state}"),
            pairs(("Ledger", book.origin), ("Root hash", digest(book.root))),
            table(columns, rows, "Every entry, its text and its proof stand in evidence.json."),
            Heading("How to check this report without trusting anyone"),
            *(Text(f"{number}. {step}") for number, step in enumerate(_steps(found, evidence_sha256), start=1)),
        ),
        fresh=True,
    )


def _lines(entries: Sequence[Entry]) -> list[list[Cell]]:
    """One line per entry; long runs of one kind by one person share a line."""
    runs = [list(run) for _, run in groupby(entries, key=lambda entry: (entry.kind, entry.actor))]
    return [row for run in runs for row in (_run(run) if len(run) >= _RUN else map(_entry, run))]


def _entry(entry: Entry) -> list[Cell]:
    hashed = Cell(entry.leaf_hash[:16], mono=True)
    return [Cell(str(entry.idx)), Cell(stamp(entry.at)), Cell(entry.kind), Cell(entry.actor), hashed]


def _run(entries: Sequence[Entry]) -> list[list[Cell]]:
    """Entries of one kind by one person, in one line."""
    first, last = entries[0], entries[-1]
    places = f"{first.idx}\N{EN DASH}{last.idx}"
    return [
        [
            Cell(places),
            Cell(stamp(first.at)),
            Cell(f"{first.kind}, {len(entries)} times"),
            Cell(first.actor),
            Cell("in evidence.json", "quiet"),
        ]
    ]


def _steps(found: Evidence, evidence_sha256: str) -> list[str]:
    return [
        f"Save the attached file evidence.json. Its SHA-256 must be {evidence_sha256}.",
        "For each entry under ledger.entries, the SHA-256 of a zero byte followed by the text under entry must be its "
        "leaf_hash; and its proof must lead from there to ledger.root (RFC 9162, section 2.1.3.2).",
        "Compare ledger.root and ledger.size with a head that you, or a third party, noted earlier or later: the "
        "ledger's API gives a consistency proof between the two (RFC 9162, section 2.1.4.2).",
        "Check the signature in decision.envelope (DSSE, ECDSA P-256) with the gate's public key, which you must have "
        "from another source than this file. Its payload names the model file's SHA-256 and the verdict.",
        "The SHA-256 of plan.document, as RFC 8785 canonical JSON, must be plan.digest, and the ledger entry "
        "plan.frozen must carry it and come before the first audit.",
        f"The SHA-256 of the model file in use must be {found.version.artifact_sha256}.",
    ]


def method(found: Evidence) -> Chapter:
    """What the measures that decide mean, how they are misread, and what is not shown."""
    used = {m.measure for audit in found.audits for m in audit.measurements}
    criteria = found.plan.document.get("criteria", ()) if found.plan else ()
    wanted = {criterion["measure"] for criterion in criteria} | _ALWAYS
    shown = [entry for key, entry in CATALOG.items() if key in used & wanted]
    rows = [[entry.label, entry.meaning, entry.misread] for entry in shown]
    columns = (Column("Measure", 3), Column("What it says", 5), Column("How it is misread", 5))
    blocks: list[Block] = [
        Text(
            "A verdict has three values. Not evaluable means that the data cannot tell yet; it blocks like a failure "
            "unless a named person answers for it. A measure that cannot be computed has a reason instead of a number."
        ),
        Text(found.suppression),
    ]
    caption = (
        "The measures that the plan sets a bound on, and those that any reader meets first. Every other measure is "
        "explained in the product's catalogue of measures; its values stand in evidence.json."
    )
    return Chapter("How to read this report", (*blocks, table(columns, rows, caption)) if rows else tuple(blocks))
