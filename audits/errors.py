"""What can be refused when plans are frozen and audits are asked for?"""

from registry.errors import IllegalMove, InvalidInput, Refused


class BadPlan(InvalidInput):
    code = "bad_plan"


class PlanAfterResults(IllegalMove):
    """Criteria that are written after the results are known cannot judge those results."""

    code = "plan_after_results"


class NoPlan(IllegalMove):
    code = "no_plan"


class WrongTable(InvalidInput):
    code = "wrong_table"


class BadAnticipation(InvalidInput):
    """A value that somebody expects, given for no criterion of the plan, or not as a number."""

    code = "bad_anticipation"


class NotRequeueable(IllegalMove):
    code = "not_requeueable"


class LeaseLost(Refused):
    """This worker no longer holds the job: another one has taken over, or the job was cancelled."""

    code = "lease_lost"
