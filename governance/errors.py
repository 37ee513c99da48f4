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
