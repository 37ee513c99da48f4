"""Why was a table turned down, in which row and column, and how is that said without repeating a patient's data?"""

from __future__ import annotations

import unicodedata

from registry.errors import Refused

SHOWN_CHARACTERS = 40


class TableRefused(Refused):
    """The table cannot be accepted as it is.

    code: stable; one per kind of problem. row: the data row, 1-based, header not counted. line: the line of the CSV
    file on which that row begins, header = line 1. column: its name. limit: which limit the parser ran into.
    """

    code = "table_refused"
    status = 422

    def __init__(
        self,
        code: str,
        message: str,
        row: int | None = None,
        column: str | None = None,
        *,
        line: int | None = None,
        limit: str | None = None,
    ) -> None:
        facts = {"row": row, "column": column, "line": line, "limit": limit}
        super().__init__(message, **{name: fact for name, fact in facts.items() if fact is not None})
        self.code = code  # type: ignore[misc]  # the base fixes one code per class; a table fails in many ways
        self.row = row
        self.column = column
        self.line = line
        self.limit = limit

    def to_json(self) -> dict[str, object]:
        """What crosses from the child process to the parent; `TableRefused(**answer)` restores it."""
        return {
            "code": self.code,
            "message": self.message,
            "row": self.row,
            "column": self.column,
            "line": self.line,
            "limit": self.limit,
        }


def shown(text: str) -> str:
    """A cell or a name, quoted for a message: at most 40 characters, with nothing that could disturb a screen."""
    cut = text[:SHOWN_CHARACTERS]
    safe = "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(each)[0] == "C" else each for each in cut)
    return f'"{safe}"' if len(text) <= SHOWN_CHARACTERS else f'"{safe}" (cut short)'


def place(row: int, line: int | None, column: str | None = None) -> str:
    """Where a problem is, as the beginning of a sentence."""
    where = f"Row {row:,}" + (f" (line {line:,} of the file)" if line is not None else "")
    return where if column is None else f"{where}, column {shown(column)}"
