"""What can be refused when evidence is signed, consents are recorded, packs are loaded and the gate is asked?"""

from registry.errors import Conflict, IllegalMove, InvalidInput, NotAllowed, Refused


class RoleNotHeld(NotAllowed):
    """The duty in which the person acts was never granted to them."""

    code = "role_not_held"


class SelfApproval(NotAllowed):
    """Who contributed to a version can neither review nor approve nor return it."""

    code = "self_approval"


class SelfWaiver(NotAllowed):
    """Who contributed to a version cannot answer for its findings."""

    code = "self_waiver"


class SamePersonSigned(NotAllowed):
    """Review and approval are two persons' work."""

    code = "same_person_signed"


class SignLocked(Refused):
    """Too many wrong passwords; signing is closed to this account for a while."""

    code = "sign_locked"
    status = 429


class RecordChanged(Conflict):
    """What would be signed is not what the signer was shown."""

    code = "record_changed"


class AlreadySigned(Conflict):
    code = "already_signed"


class ReasonMissing(InvalidInput):
    code = "reason_missing"


class ReasonTooShort(InvalidInput):
    code = "reason_too_short"


class NotReviewable(IllegalMove):
    """The version's state, or the lack of a plan, leaves nothing to sign."""

    code = "not_reviewable"


class NotWaivable(IllegalMove):
    """The policy pack does not let this finding be waived, or it is no finding under the plan in force."""

    code = "not_waivable"


class WaiverExpiryRefused(InvalidInput):
    code = "waiver_expiry_refused"


class ConsentRefused(InvalidInput):
    """The file is not accepted; nothing of it was kept. facts: index and field of the offending record."""

    code = "consent_refused"


class ConsentTooLarge(InvalidInput):
    code = "too_large"
    status = 413


class PackRefused(InvalidInput):
    """The policy pack cannot stand. facts: problems, each with line, field and message."""

    code = "pack_refused"


class NoPack(IllegalMove):
    code = "no_policy_pack"


class UnknownEnvironment(InvalidInput):
    code = "unknown_environment"


class RiskIncomplete(InvalidInput):
    code = "risk_incomplete"


class RiskUnknownWord(InvalidInput):
    """A hazard or characteristic that the vocabulary does not have."""

    code = "risk_unknown_word"


class RiskEstimateRefused(InvalidInput):
    code = "risk_estimate_refused"


class RiskControlRefused(InvalidInput):
    code = "risk_control_refused"


class RiskClosed(IllegalMove):
    code = "risk_closed"


class RiskMovedOn(Conflict):
    """Somebody changed the entry, or one of its risk controls, since the form was shown. facts: number."""

    code = "risk_moved_on"


class RiskNotReady(IllegalMove):
    """The risk, or the register, is not carried far enough to be accepted."""

    code = "risk_not_ready"


class RiskNotAcceptable(IllegalMove):
    """What is left is not acceptable, and no benefit is named that outweighs it."""

    code = "risk_not_acceptable"


class SelfAcceptance(NotAllowed):
    """Who wrote a risk down cannot accept what is left of it."""

    code = "self_acceptance"


class IncidentRefused(InvalidInput):
    code = "incident_refused"


class IncidentClosed(IllegalMove):
    code = "incident_closed"


class OwnIncident(NotAllowed):
    """Who opened an incident cannot make little of it, nor close it."""

    code = "own_incident"


class OwnRisk(NotAllowed):
    """Who wrote part of an entry cannot close it once it is estimated."""

    code = "own_risk"


class ReportSettled(IllegalMove):
    """The report was made already, or found not to be needed."""

    code = "report_settled"


class ReportsOutstanding(IllegalMove):
    """An incident is not closed while a report is owed."""

    code = "reports_outstanding"


class LogRefused(InvalidInput):
    code = "log_refused"


class DocumentRefused(InvalidInput):
    """The file is not kept as a document. code: one of `governance.core.document_refusal.CODES`."""

    code = "document_refused"

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code  # type: ignore[misc]  # the base fixes one code per class; a file fails in many ways


class DocumentTooLarge(InvalidInput):
    code = "too_large"
    status = 413


class DocumentKindUnknown(InvalidInput):
    code = "document_kind_unknown"


class DocumentNeedsModel(InvalidInput):
    """This kind of document is about one model, and none was named."""

    code = "document_needs_model"


class DocumentTitleRefused(InvalidInput):
    code = "document_title_refused"


class DocumentDatesRefused(InvalidInput):
    code = "document_dates_refused"


class DocumentAnswersRefused(InvalidInput):
    """An answer to a question that this kind of document is not asked, or one that is too long."""

    code = "document_answers_refused"


class DocumentExists(Conflict):
    code = "document_exists"


class DocumentUnchanged(Conflict):
    """The same file with the same dates and answers is the newest revision already."""

    code = "document_unchanged"


class NotAReader(NotAllowed):
    """The files of a model are for its team and for those who review, approve, keep or audit."""

    code = "not_a_reader"


class OwnDocument(NotAllowed):
    """Who uploaded a document cannot review it."""

    code = "own_document"


class RevisionSuperseded(IllegalMove):
    code = "revision_superseded"


class TrainingRefused(InvalidInput):
    """The file is not accepted; nothing of it was kept. facts: problems (line, field, message), and their total."""

    code = "training_refused"


class GovernedPlanRefused(InvalidInput):
    """A plan of monitoring, change or risk cannot stand. facts: problem, and pointer to the field."""

    code = "plan_refused"


class PlanUnchanged(Conflict):
    """The plan in force says exactly this already."""

    code = "plan_unchanged"


class PlanMovedOn(Conflict):
    """Somebody froze another plan since the form was shown."""

    code = "plan_moved_on"


class ChangeRefused(InvalidInput):
    """What a version is said to change cannot stand. facts: field."""

    code = "change_refused"


class ChangeAfterResults(IllegalMove):
    """What a version changes is said before its first audit; afterwards it could be said to fit the results."""

    code = "change_after_results"


class StatementRefused(InvalidInput):
    """A goal, its outcome, a consultation or a readiness statement cannot stand. facts: field."""

    code = "statement_refused"


class AlreadyForgotten(IllegalMove):
    """Nothing is left of it that could be forgotten."""

    code = "already_forgotten"


class AlreadyRecorded(Conflict):
    """The same form was sent before, and is on record."""

    code = "already_recorded"


class OverlayRefused(InvalidInput):
    """The overlay cannot stand on its pack. facts: problems, each with line, field and message."""

    code = "overlay_refused"


class NothingToSign(IllegalMove):
    """Less is asked nowhere, or what is asked less of was signed already."""

    code = "nothing_to_sign"


class SelfLoosening(NotAllowed):
    """Who uploaded an overlay, or adopted what is in use, cannot sign that less is asked."""

    code = "self_loosening"


class LooseningUnsigned(IllegalMove):
    """Using the pack so would ask less than today, and nobody has signed for that. facts: asks_less."""

    code = "loosening_unsigned"


class AdoptionRefused(IllegalMove):
    """The pack cannot be used so, or cannot be dropped: the gate asks it."""

    code = "adoption_refused"


class UnknownSite(InvalidInput):
    code = "unknown_site"


class NotAssessed(IllegalMove):
    """Nobody has assessed the version there yet."""

    code = "not_assessed"


class UnknownControl(InvalidInput):
    """No adopted pack has such a control."""

    code = "unknown_control"


class ControlNotWaivable(IllegalMove):
    """The control holds, or its pack lets nobody waive it with this status."""

    code = "control_not_waivable"


class FeedUnknown(NotAllowed):
    """The secret address of a calendar is not, or no longer, one."""

    code = "feed_unknown"
    status = 404
