"""Which rules concern the story's model, and how does it stand under them? The compliance officer's part of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from config.demo import papers
from config.demo.client import Account
from config.demo.papers import Estimate, Paper

Json = Any
PACKS = ("us-hti1-dsi", "eu-ai-act-highrisk")
STATUSES = {
    "met": "met",
    "waived": "waived",
    "not_met": "not met",
    "stale": "stale",
    "not_evaluable": "not evaluable",
    "not_yet_in_force": "not yet in force",
    "not_applicable": "not applicable",
}
ALWAYS_SAID = {"met", "not_met", "not_evaluable", "not_yet_in_force", "not_applicable"}
_OF_DRAFT = ("hazard", "title", "sequence", "situation", "harm", "characteristics")
WHY = ("us-hti1-dsi", "hti1-gov")


@dataclass(frozen=True, slots=True)
class Rules:
    """One telling, about one version of one model. say: prints a line."""

    people: dict[str, Account]
    say: Callable[[str], None]
    model: str
    version: str

    def tell(self) -> None:
        """The steps, in order."""
        self.adopt()
        self.answer()
        for paper in papers.PAPERS:
            self.keep(paper)
        self.plan()
        self.look_at_risks()
        self.assess()

    def adopt(self) -> None:
        """Adopting a law's pack is a person's decision, so it takes a session; it does not make the gate ask it."""
        self.say("\n8. Which rules concern it? Cora, compliance officer, puts two packs to use")
        for slug in PACKS:
            (pack,) = self.people["compliance"].all("packs", slug=slug)
            self.people["compliance"].person_post(f"packs/{pack['id']}/adoption", {"gating": False})
            read = pack["verification"]["read"]
            self.say(f"   {pack['title']}: {pack['controls']} controls, {read} of them checked in the primary text.")
        self.say("   Both are assessed and neither closes the gate: it goes on asking the baseline alone.")
        self.say("   HTI-1 binds developers of certified health IT; the story supposes that the hospital is one.")

    def answer(self) -> None:
        developer = self.people["developer"]
        card = developer.patch(
            f"models/{self.model}/card",
            {"values": {**papers.SITUATION, **papers.ANSWERS}, "not_available": papers.NOT_AVAILABLE},
        )
        self.say(f"   Dana answers part of the model card: {card['answered']} of {card['asked']} questions.")

    def keep(self, paper: Paper) -> None:
        """A document counts where its reviewer, who is somebody else than its author, has signed."""
        fields = {
            "kind": paper.kind,
            "title": paper.title,
            "effective_from": _today(),
            "answers": json.dumps(paper.answers),
            **({"model": self.model} if paper.about_model else {}),
        }
        made = self.people[paper.author].upload("documents", fields, paper.file_name, paper.text.encode())
        reviewer, revision = self.people[paper.reviewer], made["current"]["id"]
        shown = reviewer.get(f"document-revisions/{revision}/record-to-sign")
        review = reviewer.person_post(
            f"document-revisions/{revision}/reviews",
            {
                "role": paper.reviewer,
                "outcome": "accepted",
                "reason": paper.reason,
                "password": reviewer.password,
                "expected_sha256": shown["record_sha256"],
            },
        )
        signature = review["signature"]
        self.say(
            f"   “{paper.title}” ({paper.file_name}): {signature['meaning']} signed by {signature['printed_name']}."
        )

    def plan(self) -> None:
        frozen = self.people["developer"].post(
            f"models/{self.model}/governed-plans", {"kind": "monitoring", "document": papers.MONITORING}
        )
        self.say(f"   The monitoring plan is frozen: {len(frozen['document'])} sections, {frozen['digest'][:16]}...")

    def look_at_risks(self) -> None:
        drafts = self.people["developer"].post(f"models/{self.model}/risks/suggestions")
        drafted = {draft["revision"]["hazard"]: draft for draft in drafts}
        for each in papers.ESTIMATES:
            self._estimate(drafted[each.hazard], each)
        self.say(f"   The risk register starts with {len(drafts)} hazards that clinical models share, as drafts;")
        self.say(f"   Dana estimates {len(papers.ESTIMATES)} of them, each with a control that an audit proves.")

    def _estimate(self, draft: Json, found: Estimate) -> None:
        developer = self.people["developer"]
        said = {key: draft["revision"][key] for key in _OF_DRAFT}
        sizes = {
            "probability": found.probability,
            "severity": found.severity,
            "residual_probability": found.residual_probability,
            "residual_severity": found.severity,
        }
        developer.post(f"risks/{draft['id']}/revisions", {**said, **sizes, "reason": "Looked at by the team."})
        (audit,) = developer.all(f"versions/{self.version}/audits", kind=found.audit)
        developer.post(
            f"risks/{draft['id']}/controls",
            {"kind": "protective", "text": found.control, "implemented_on": _today(), "audit": audit["id"]},
        )

    def assess(self) -> None:
        found = self.people["compliance"].post(f"versions/{self.version}/assessments", {"environment": "production"})
        self.say("   How the version stands now, pack by pack:")
        for each in found["assessments"]:
            self.say(f"   - {each['title']} {each['version']}: {_counted(each['counts'].values())}.{_begins(each)}")
        self._explain()
        self.say("   The ten most useful missing items:")
        for number, item in enumerate(found["most_useful"], start=1):
            self.say(f"   {number:>2}. {item['what']}")
            self.say(f"       {item['why']}")

    def _explain(self) -> None:
        """From one control to the evidence, and on to the ledger."""
        pack, control = WHY
        where = {"environment": "production", "pack": pack, "control": control}
        chain = self.people["auditor"].get(f"versions/{self.version}/assessments/why", **where)
        self.say(f"   Why is {control} {STATUSES[chain['control']['status']]}? {chain['control']['reason']}")
        proofs = [proof for found in chain["found"] for proof in found["proofs"]]
        entries = sorted({f"{each['kind']} ({each['index']})" for proof in proofs for each in proof["entries"]})
        self.say(f"      In the ledger: {', '.join(entries)}.")


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _begins(assessment: Json) -> str:
    """The first day on which a control that is not in force yet begins to bind; "" without one."""
    days = [each["until"] for each in assessment["controls"] if each["status"] == "not_yet_in_force" and each["until"]]
    return f" The next begins on {min(days)}." if days else ""


def _counted(by_severity: Iterable[dict[str, int]]) -> str:
    """Statuses and how many controls are so; the rarer ones only where there are any."""
    counts: Counter[str] = Counter()
    for each in by_severity:
        counts.update(each)
    told = [f"{counts[key]} {words}" for key, words in STATUSES.items() if counts[key] or key in ALWAYS_SAID]
    return ", ".join(told)
