"""Is a CSV file of a roster or of training records acceptable? Read whole, or refused with line, field and reason.

Rules, complete: UTF-8 with or without a byte order mark; comma or, where the header has no comma, semicolon; a header
with the known columns in any order; no control or invisible characters; dates as 2026-03-01. A line that says again
what another one said counts once; a line that contradicts another one is refused. Cells are text whatever they begin
with: nothing is ever calculated, and `neutral` takes the sting out of them on their way back into a spreadsheet.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from governance.core.courses import COURSES
from governance.core.spreadsheet import begins_like_formula

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 20_000
MOST_SHOWN = 50
ROSTER, RECORDS = "roster", "records"
COLUMNS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    ROSTER: (("person", "name", "role"), ("left_on",)),
    RECORDS: (("person", "course", "course_version", "completed_on"), ("valid_until", "revoked")),
}
LIMITS = {"person": 64, "name": 200, "role": 120, "course": 60, "course_version": 40}
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_YES_NO = {"": False, "no": False, "yes": True}


@dataclass(frozen=True, slots=True)
class Problem:
    """line: of the file, from 1; 0 for the file itself. field: the column, or ""."""

    line: int
    field: str
    message: str

    def __str__(self) -> str:
        where = f"Line {self.line}{f', {self.field}' if self.field else ''}: " if self.line else ""
        return f"{where}{self.message}"


class FileRefused(ValueError):
    """problems: the first ones, in the order of the file. total: how many there are in all."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(str(problems[0]))
        self.problems = problems[:MOST_SHOWN]
        self.total = len(problems)


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One person who uses the model. left_on: the first day on which they no longer do."""

    person: str
    name: str
    role: str
    left_on: date | None = None

    @property
    def key(self) -> tuple[object, ...]:
        return (self.person,)


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One course that a person did. valid_until: the last day on which it counts."""

    person: str
    course: str
    course_version: str
    completed_on: date
    valid_until: date | None = None
    revoked: bool = False

    @property
    def key(self) -> tuple[object, ...]:
        return (self.person, self.course, self.course_version, self.completed_on)


Row = RosterRow | RecordRow
Line = tuple[int, dict[str, str]]


def read(kind: str, content: bytes, *, today: date) -> tuple[tuple[int, Row], ...]:
    """Every distinct row with its line. Raises FileRefused naming all problems."""
    lines = _lines(kind, content)
    make: Callable[[Line, date, list[Problem]], Row | None] = _roster if kind == ROSTER else _record
    problems: list[Problem] = []
    seen: dict[tuple[object, ...], tuple[int, Row]] = {}
    for line in lines:
        row = make(line, today, problems)
        if row is None:
            continue
        first = seen.setdefault(row.key, (line[0], row))
        if first[1] != row:
            problems.append(Problem(line[0], "", f"this contradicts line {first[0]} about the same person"))
    if problems:
        raise FileRefused(*problems)
    return tuple(seen.values())


def neutral(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return f"'{cell}" if begins_like_formula(cell) else cell


def _lines(kind: str, content: bytes) -> list[Line]:
    """Every line that is not blank, as column -> cell, with the number of its first physical line."""
    if len(content) > MAX_BYTES:
        raise FileRefused(Problem(0, "", f"The file has {len(content):,} bytes; at most {MAX_BYTES:,} are accepted."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRefused(
            Problem(0, "", f"The file is not UTF-8: byte {error.start}. Save it as CSV UTF-8.")
        ) from error
    head = text.partition("\n")[0]
    delimiter = ";" if ";" in head and "," not in head else ","
    found: list[Line] = []
    header: tuple[str, ...] | None = None
    problems: list[Problem] = []
    for number, cells in _records(text, delimiter):
        if header is None:
            header = _header(kind, number, cells)
        elif len(cells) != len(header):
            problems.append(Problem(number, "", f"{len(cells)} cells where the header has {len(header)}"))
        else:
            found.append((number, dict(zip(header, (cell.strip(" ") for cell in cells), strict=True))))
        if len(found) > MAX_ROWS:
            raise FileRefused(Problem(number, "", f"more than {MAX_ROWS:,} rows; send the file in parts"))
    if problems:
        raise FileRefused(*problems)
    if not found:
        raise FileRefused(Problem(0, "", "The file has no row below its header."))
    return found


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    start = 1
    try:
        for cells in reader:
            if cells:
                yield start, cells
            start = reader.line_num + 1
    except csv.Error as error:
        raise FileRefused(Problem(start, "", f"this is not CSV: {error}")) from error


def _header(kind: str, number: int, cells: list[str]) -> tuple[str, ...]:
    required, optional = COLUMNS[kind]
    names = tuple(cell.strip(" ").lower() for cell in cells)
    known = [*required, *optional]
    problems = [
        Problem(number, shown(name), f"this column is not known; the columns are {', '.join(known)}")
        for name in names
        if name not in known
    ]
    problems += [Problem(number, name, "this column is missing") for name in required if name not in names]
    problems += [Problem(number, name, "this column occurs twice") for name in known if names.count(name) > 1]
    if problems:
        raise FileRefused(*problems)
    return names


def shown(words: str) -> str:
    """What a file says, fit to be repeated in a refusal."""
    return "".join("\N{REPLACEMENT CHARACTER}" if _hidden(each) else each for each in words[:40])


def _hidden(character: str) -> bool:
    return unicodedata.category(character) in _INVISIBLE


def _roster(line: Line, today: date, problems: list[Problem]) -> RosterRow | None:
    before = len(problems)
    person = _text(line, "person", problems)
    name = _text(line, "name", problems)
    role = _text(line, "role", problems)
    left_on = _day(line, "left_on", problems, optional=True)
    return RosterRow(person, name, role, left_on) if len(problems) == before else None


def _record(line: Line, today: date, problems: list[Problem]) -> RecordRow | None:
    before = len(problems)
    number, cells = line
    person = _text(line, "person", problems)
    course = _text(line, "course", problems)
    version = _text(line, "course_version", problems)
    done = _day(line, "completed_on", problems)
    until = _day(line, "valid_until", problems, optional=True)
    revoked = _YES_NO.get(cells.get("revoked", "").lower())
    if course and course not in COURSES:
        message = f"“{shown(course)}” is not a known course; the courses are {', '.join(COURSES)}"
        problems.append(Problem(number, "course", message))
    if done is not None and done > today:
        problems.append(Problem(number, "completed_on", "this lies in the future"))
    if done is not None and until is not None and until < done:
        problems.append(Problem(number, "valid_until", "this is before the course was completed"))
    if revoked is None:
        problems.append(Problem(number, "revoked", "“yes” or “no” is expected"))
    if len(problems) > before or done is None or revoked is None:
        return None
    return RecordRow(person, course, version, done, until, revoked)


def _text(line: Line, field: str, problems: list[Problem]) -> str:
    """A cell as it is compared: Unicode form NFKC, as pseudonyms are."""
    number, cells = line
    value, limit = cells[field], LIMITS[field]
    if any(_hidden(character) for character in value):
        problems.append(Problem(number, field, "control or invisible characters are not accepted"))
        return ""
    value = unicodedata.normalize("NFKC", value).strip()
    if not 1 <= len(value) <= limit:
        problems.append(Problem(number, field, f"text of 1 to {limit} characters is expected"))
        return ""
    return value


def _day(line: Line, field: str, problems: list[Problem], *, optional: bool = False) -> date | None:
    number, cells = line
    value = cells.get(field, "")
    if optional and not value:
        return None
    try:
        # fromisoformat also takes 20260301 and 2026-W09-7, which people read in more than one way.
        found = date.fromisoformat(value)
        if found.isoformat() == value:
            return found
    except ValueError:
        pass
    problems.append(Problem(number, field, "a date such as 2026-03-01 is expected"))
    return None
