"""Which state may follow which? The one table of a model version's legal moves."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    RETURNED = "returned"
    SUSPENDED = "suspended"
    RETIRED = "retired"


LABELS: dict[State, str] = {
    State.DRAFT: "Draft",
    State.SUBMITTED: "Submitted",
    State.IN_REVIEW: "In review",
    State.APPROVED: "Approved",
    State.RETURNED: "Returned",
    State.SUSPENDED: "Suspended",
    State.RETIRED: "Retired",
}

# A returned version never comes back: its successor is a new version, with a new number and evidence of its own.
MOVES: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.SUBMITTED, State.RETIRED}),
    State.SUBMITTED: frozenset({State.IN_REVIEW, State.RETURNED, State.RETIRED}),
    State.IN_REVIEW: frozenset({State.APPROVED, State.RETURNED, State.RETIRED}),
    State.APPROVED: frozenset({State.SUSPENDED, State.RETIRED}),
    State.RETURNED: frozenset({State.RETIRED}),
    State.SUSPENDED: frozenset({State.APPROVED, State.RETIRED}),
    State.RETIRED: frozenset(),
}


def may_move(current: State, target: State) -> bool:
    """Whether a version in `current` may go to `target`."""
    return target in MOVES[current]
