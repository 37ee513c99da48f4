"""May these findings be waived together, and on which terms of the policy pack?"""

from __future__ import annotations

from collections.abc import Sequence

from audits.core.values import Verdict
from audits.models.check import CheckRow
from audits.models.job import JobState
from governance.core.policy import WaiverTerm
from governance.errors import NotWaivable
from governance.services import packs
from registry.core.lifecycle import State
from registry.models.version import ModelVersion

MOST_FINDINGS = 500


def subject_of(checks: Sequence[CheckRow]) -> ModelVersion:
    """The one version that the findings are about."""
    if not 1 <= len(checks) <= MOST_FINDINGS or len({check.pk for check in checks}) != len(checks):
        raise NotWaivable(f"Name 1 to {MOST_FINDINGS} findings, each once.")
    version = checks[0].audit.version
    if {check.audit.version_id for check in checks} != {version.pk}:
        raise NotWaivable("One signature waives findings of one version.")
    if version.state in {State.RETURNED, State.RETIRED}:
        raise NotWaivable(f"{version} is {version.get_state_display().lower()}; its findings are closed.")
    return version


def terms_for(checks: Sequence[CheckRow]) -> list[WaiverTerm]:
    """The pack's term for each finding. Raises NotWaivable when one has none, or is no finding that counts."""
    rules = packs.asked()
    plan = checks[0].audit.version.plans.first()
    terms = []
    for check in checks:
        audit = check.audit
        if check.verdict == Verdict.MET or audit.state != JobState.SUCCEEDED:
            raise NotWaivable(f"{check.key} is no finding: there is nothing to waive.", check=check.pk)
        if plan is None or audit.plan_id != plan.pk:
            raise NotWaivable(f"{check.key} was found under another plan than the one in force.", check=check.pk)
        term = rules.waiver_term(audit.kind, check.verdict)
        if term is None:
            verdict = check.get_verdict_display().lower()
            raise NotWaivable(f"The policy pack lets nobody waive {check.key} when it is {verdict}.", check=check.pk)
        terms.append(term)
    return terms
