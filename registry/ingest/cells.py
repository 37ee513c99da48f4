"""May this column's cells stand, and what are they in the canonical table?

One function per kind of cell, the same for CSV (everything arrives as text) and Parquet (most arrives typed). Nothing
is coerced: a cell is read exactly or the table is refused, naming the first row that cannot be read. An empty text is
a missing value, in both formats, because CSV cannot tell the two apart.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from registry.core.table_schema import ColumnSpec, Role, TableSchema
from registry.ingest.dates import after, days, is_dated, unlikely, zone_problem
from registry.ingest.limits import Limits
from registry.ingest.refusals import shown

CANONICAL_TYPES = {"number": pa.float64(), "text": pa.string(), "date": pa.date32()}
# What may be missing. A prediction without its day could not be placed in time, so the date itself may not.
NULLABLE = frozenset({Role.FEATURE, Role.SUBGROUP, Role.COMPARATOR, Role.SITE, Role.OUTCOME_DATE})
# RE2: control and zero-width characters and the two Unicode line ends; subjects are handed on one per line.
INVISIBLE = r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]"
MAX_SUBJECT = 128

REASONS = {
    "score_missing": "the score is empty; every row needs the score that the model gave",
    "score_not_finite": "the score {cell} is not a finite number; leave out rows that the model could not score",
    "score_out_of_range": "the score {cell} lies outside 0 to 1; send probabilities",
    "outcome_missing": "the outcome is empty; leave out rows without one, or declare an outcome_date",
    "outcome_not_declared": "the outcome {cell} is not one of the declared levels {levels}; correct it or declare it",
    "outcome_unexplained": "the outcome is empty although its date says that it is known; fill it in, or empty both",
    "comparator_not_finite": "the comparator {cell} is not a finite number; leave the cell empty where it has none",
    "comparator_out_of_range": "the comparator {cell} lies outside 0 to 1; send probabilities, or decisions as 0 and 1",
    "date_missing": "the date is empty; every row needs the day on which its score was given",
    "bad_date": "{cell} is not a date; write YYYY-MM-DD, or an ISO 8601 timestamp, of which the day is kept",
    "date_in_future": "the date {cell} lies after the day of the upload; correct it, or leave out what is only planned",
    "date_out_of_range": "the date {cell} lies outside the years 1900 to 2199; no date is an empty cell",
    "feature_not_finite": "{cell} is not a finite number; leave the cell empty (null) where the value is missing",
    "wrong_type": "{cell} is not a number; write digits with a decimal point, without units or spaces",
    "subject_missing": "the subject is empty; every row needs the subject it belongs to",
    "bad_subject": "the subject contains an invisible character or a line end; remove it",
    "subject_too_long": "the subject is longer than 128 characters; send a shorter pseudonym",
    "field_too_large": "the cell is larger than accepted; shorten it",
    "nul_character": "the cell contains a NUL character; remove it",
    "not_utf8": "the cell is not valid UTF-8; write the file again",
}


class CellRefused(Exception):
    """A cell that cannot stand. index: 0-based within the batch. reason: a sentence without its place."""

    def __init__(self, index: int, code: str, reason: str) -> None:
        super().__init__(reason)
        self.index = index
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class CellReader:
    """Reads the cells of one declared column, batch by batch. today: no date may lie after it."""

    column: ColumnSpec
    schema: TableSchema
    limits: Limits
    today: datetime.date

    @property
    def field(self) -> pa.Field:
        """The column of the canonical table: outcome int8 (0, 1), numbers float64, dates date32, all else string."""
        role = self.column.role
        nullable = role in NULLABLE or (role is Role.OUTCOME and self.schema.outcome_may_be_unknown)
        kind = pa.int8() if role is Role.OUTCOME else CANONICAL_TYPES[self.column.type]
        return pa.field(self.column.name, kind, nullable=nullable)

    def read(self, values: pa.Array) -> pa.Array:
        """The canonical cells, as many as came in. Raises CellRefused at the first that cannot stand."""
        match self.column.role:
            case Role.OUTCOME:
                return self._outcome(values)
            case Role.SCORE:
                return self._score(values)
            case Role.SUBJECT:
                return self._subject(values)
            case Role.COMPARATOR:
                return self._comparator(values)
            case Role.DATE | Role.OUTCOME_DATE:
                return self._date(values)
            case _:
                return self._number(values) if self.column.type == "number" else self._text(values)

    def _outcome(self, values: pa.Array) -> pa.Array:
        if pa.types.is_boolean(values.type) and self.schema.outcome_levels == ("0", "1"):
            values = pc.cast(values, pa.int8())
        texts = self._text(values)
        found = pc.index_in(texts, value_set=pa.array(self.schema.outcome_levels, pa.string()))
        missing = pc.is_null(texts)
        masks = {"outcome_not_declared": pc.and_(pc.is_null(found), pc.invert(missing))}
        if not self.schema.outcome_may_be_unknown:
            masks["outcome_missing"] = missing
        self._refuse_first(texts, **masks)
        return pc.cast(found, pa.int8())

    def _score(self, values: pa.Array) -> pa.Array:
        numbers, wrong = _as_numbers(values)
        finite = pc.fill_null(pc.is_finite(numbers), fill_value=True)
        outside = pc.fill_null(pc.or_(pc.less(numbers, 0.0), pc.greater(numbers, 1.0)), fill_value=False)
        self._refuse_first(
            values,
            score_missing=pc.is_null(numbers),
            score_not_finite=pc.invert(finite),
            score_out_of_range=pc.and_(outside, finite),
        )
        return self._complete(values, numbers, wrong)

    def _comparator(self, values: pa.Array) -> pa.Array:
        numbers, wrong = _as_numbers(values)
        finite = pc.fill_null(pc.is_finite(numbers), fill_value=True)
        outside = pc.fill_null(pc.or_(pc.less(numbers, 0.0), pc.greater(numbers, 1.0)), fill_value=False)
        self._refuse_first(
            values, comparator_not_finite=pc.invert(finite), comparator_out_of_range=pc.and_(outside, finite)
        )
        return self._complete(values, numbers, wrong)

    def _date(self, values: pa.Array) -> pa.Array:
        if pa.types.is_dictionary(values.type):
            values = values.dictionary_decode()
        if not (is_dated(values.type) or pa.types.is_null(values.type)):
            values = self._text(values)
        wrong = _first_failing(values, days)
        found = days(values.slice(0, wrong))
        outside = unlikely(found)
        masks = {"date_out_of_range": outside, "date_in_future": pc.and_not(after(found, self.today), outside)}
        if self.column.role is Role.DATE:
            masks["date_missing"] = pc.is_null(found)
        self._refuse_first(values, **masks)
        if wrong is not None:
            raise self._refusal(values, wrong, "bad_date")
        return found

    def _number(self, values: pa.Array) -> pa.Array:
        numbers, wrong = _as_numbers(values)
        infinite = pc.invert(pc.fill_null(pc.is_finite(numbers), fill_value=True))
        self._refuse_first(values, feature_not_finite=infinite)
        return self._complete(values, numbers, wrong)

    def _complete(self, values: pa.Array, numbers: pa.Array, wrong: int | None) -> pa.Array:
        if wrong is not None:
            raise self._refusal(values, wrong, "wrong_type")
        # -0.0 and 0.0 are one number; the canonical bytes must not depend on which was written.
        return pc.add(numbers, 0.0)

    def _text(self, values: pa.Array) -> pa.Array:
        damaged = _first_failing(values, lambda part: part.validate(full=True))
        if damaged is not None:
            raise CellRefused(damaged, "not_utf8", REASONS["not_utf8"])
        if pa.types.is_dictionary(values.type):
            values = values.dictionary_decode()
        texts = pc.cast(values, pa.string())
        texts = pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
        too_large = pc.greater(pc.binary_length(texts), self.limits.max_field_bytes)
        nul = pc.match_substring(texts, "\0")
        self._refuse_first(
            texts,
            field_too_large=pc.fill_null(too_large, fill_value=False),
            nul_character=pc.fill_null(nul, fill_value=False),
        )
        return texts

    def _subject(self, values: pa.Array) -> pa.Array:
        """Pseudonyms in Unicode form NFKC without blanks around them, as consent records are kept: what looks the same
        is one patient."""
        texts = self._text(values)
        invisible = pc.fill_null(pc.match_substring_regex(texts, INVISIBLE), fill_value=False)
        subjects = pc.utf8_trim_whitespace(pc.utf8_normalize(texts, form="NFKC"))
        length = pc.fill_null(pc.utf8_length(subjects), 0)
        self._refuse_first(
            texts,
            subject_missing=pc.equal(length, 0),
            bad_subject=invisible,
            subject_too_long=pc.greater(length, MAX_SUBJECT),
        )
        return subjects

    def _refuse_first(self, values: pa.Array, **masks: pa.Array) -> None:
        """Raise for the first row that any mask marks; masks: boolean, without nulls, by refusal code."""
        firsts = ((pc.index(mask, value=True).as_py(), code) for code, mask in masks.items())
        found = min((pair for pair in firsts if pair[0] >= 0), default=None)
        if found is not None:
            raise self._refusal(values, *found)

    def _refusal(self, values: pa.Array, index: int, code: str) -> CellRefused:
        # A subject identifies a patient; its reasons have no {cell} in them, and it is not even looked at here.
        cell = "" if self.column.role is Role.SUBJECT else shown(_written(values, index))
        levels = " and ".join(shown(level) for level in self.schema.outcome_levels)
        return CellRefused(index, code, REASONS[code].format(cell=cell, levels=levels))


def type_problem(column: ColumnSpec, kind: pa.DataType) -> str | None:
    """Why a Parquet column of this type cannot be read as declared, or None when it can."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if is_dated(kind) and column.type == "date":
        return zone_problem(kind)
    textual = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    whole = pa.types.is_integer(kind) or pa.types.is_null(kind)
    if column.role is Role.OUTCOME and not (textual or whole or pa.types.is_boolean(kind)):
        return "an outcome is a whole number, a boolean or a text; convert it"
    if column.role is Role.OUTCOME:
        return None
    if column.type == "number" and not (textual or whole or pa.types.is_floating(kind)):
        return "it is declared as a number; write integers or floats"
    if column.type == "date" and not (textual or pa.types.is_null(kind)):
        return "it is declared as a date; write dates, timestamps or texts as YYYY-MM-DD"
    if column.type == "text" and not (textual or whole or pa.types.is_boolean(kind)):
        return "it is declared as text; write texts, integers or booleans"
    return None


def _written(values: pa.Array, index: int) -> str:
    """A cell as its reader knows it. Arrow can hold days that Python's calendar cannot."""
    cell = values.slice(index, 1)
    return str(pc.cast(cell, pa.string())[0].as_py() if is_dated(values.type) else cell[0].as_py())


def unexplained(outcomes: pa.Array, known_on: pa.Array) -> CellRefused | None:
    """The first row whose outcome is empty although the day on which it became known is not."""
    index = pc.index(pc.and_(pc.is_null(outcomes), pc.is_valid(known_on)), value=True).as_py()
    return CellRefused(index, "outcome_unexplained", REASONS["outcome_unexplained"]) if index >= 0 else None


def _as_numbers(values: pa.Array) -> tuple[pa.Array, int | None]:
    """(float64 up to the first cell that is not a number, index of that cell or None when all are numbers)."""
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type) or pa.types.is_null(values.type)):
        values = pc.if_else(pc.equal(values, ""), pa.scalar(None, values.type), values)
    # Unsafe only in that integers above 2**53 round to the nearest float, as the same digits do in a CSV file.
    cast = pc.CastOptions(target_type=pa.float64(), allow_int_overflow=False, allow_float_truncate=True)
    wrong = _first_failing(values, lambda part: pc.cast(part, options=cast))
    return pc.cast(values.slice(0, wrong), options=cast), wrong


def _first_failing(values: pa.Array, attempt: Callable[[pa.Array], Any]) -> int | None:
    """The index of the first cell on which the attempt fails, or None; the attempt itself decides, by bisection."""
    try:
        attempt(values)
    except pa.ArrowInvalid:
        good, bad = 0, len(values)
        while bad - good > 1:
            middle = (good + bad) // 2
            try:
                attempt(values.slice(0, middle))
                good = middle
            except pa.ArrowInvalid:
                bad = middle
        return good
    return None
