"""What can be refused, anywhere in the product? The one base that every named refusal extends."""

from typing import ClassVar


class Refused(Exception):
    """A request that is understood and turned down: a stable code, a sentence for a person, facts for a program.

    code: stable, snake_case, part of the API's contract. status: the HTTP status that the API answers with.
    facts: JSON-ready details (row, column, reasons, ...) that travel beside the message.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts


class InvalidInput(Refused):
    """The request's own content is wrong; the same request can never succeed."""

    code = "invalid_input"
    status = 422


class NotAllowed(Refused):
    """This person may not do this; another person might."""

    code = "not_allowed"
    status = 403


class IllegalMove(Refused):
    """The record's state does not permit this now."""

    code = "illegal_move"


class Conflict(Refused):
    """Something with this identity exists already, or changed meanwhile."""

    code = "conflict"


class PasswordWrong(NotAllowed):
    """The password that was given again does not match."""

    code = "password_wrong"
