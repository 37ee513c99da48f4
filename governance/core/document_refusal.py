"""Why is a file not accepted as a document? One refusal: a stable code, and a sentence with a way forward."""

from __future__ import annotations

EMPTY = "file_empty"
TYPE_REFUSED = "file_type_refused"
EXECUTABLE = "file_executable"
MARKUP = "file_markup"
ENCRYPTED = "file_encrypted"
MACROS = "file_macros"
ACTIVE = "file_active_content"
ATTACHMENTS = "file_attachments"
BOMB = "file_bomb"
DAMAGED = "file_damaged"
NAME_MISLEADS = "file_name_misleads"
TEXT_TOO_LARGE = "file_text_too_large"
UNEXAMINED = "file_unexamined"  # examining it would take more of the machine than one file may use
CODES = (
    EMPTY,
    TYPE_REFUSED,
    EXECUTABLE,
    MARKUP,
    ENCRYPTED,
    MACROS,
    ACTIVE,
    ATTACHMENTS,
    BOMB,
    DAMAGED,
    NAME_MISLEADS,
    TEXT_TOO_LARGE,
    UNEXAMINED,
)


class FileRefused(ValueError):
    """code: one of CODES. message: what was found, and what to do instead."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
