"""Where does a document depart from its JSON Schema? Each place with its line, in words that a person understands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, cast

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from governance.core.pack_words import unknown
from governance.core.pack_yaml import Located, Problem

JSON = Mapping[str, Any]
DATES = FormatChecker(formats=())
_RENAMED = MappingProxyType(
    {
        "environments": "“environments” was replaced: write applies: [{environments: [...]}]",
        "until": "“until” is not a known field; the last day stands under “to”",
    }
)
_TYPES = MappingProxyType(
    {
        "string": "text",
        "integer": "a whole number",
        "number": "a number",
        "boolean": "true or false",
        "array": "a list",
        "object": "named fields",
    }
)


@DATES.checks("date", raises=ValueError)
def _is_a_day(value: object) -> bool:
    return not isinstance(value, str) or date.fromisoformat(value) is not None


def problems(located: Located, schema: JSON) -> Iterator[Problem]:
    """Every departure, each once."""
    found = Draft202012Validator(schema, format_checker=DATES).iter_errors(located.value)
    return iter(dict.fromkeys(problem for error in found for problem in _named(error, located)))


def _named(error: ValidationError, located: Located) -> Iterator[Problem]:
    pointer = "".join(f"/{step}" for step in error.absolute_path)
    value = error.instance
    if error.validator == "additionalProperties" and isinstance(value, dict):
        known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
        for key in value.keys() - known.keys():
            inner = f"{pointer}/{key}"
            message = _RENAMED.get(key) or unknown(key, known, "field")
            yield Problem(located.line_of(inner), inner, message)
        return
    if error.validator == "required" and isinstance(value, dict) and isinstance(error.validator_value, list):
        for key in error.validator_value:
            if key not in value:
                yield Problem(located.line_of(pointer), f"{pointer}/{key}", f"“{key}” is missing")
        return
    yield Problem(located.line_of(pointer), pointer, _sentence(error))


def _sentence(error: ValidationError) -> str:
    said = _SENTENCES.get(str(error.validator))
    return said(error) if said else error.message[:300]


def _choice(error: ValidationError) -> str:
    allowed = [str(each) for each in cast("list[object]", error.validator_value)]
    return f"{unknown(str(error.instance)[:80], allowed, 'choice')} It is one of: {', '.join(allowed)}"


def _text(error: ValidationError) -> str:
    if isinstance(error.schema, Mapping) and error.schema.get("format") == "date":
        return _no_day(error)
    return f"“{str(error.instance)[:80]}” is not written as it should be: {error.validator_value}"


def _no_day(error: ValidationError) -> str:
    return f"“{str(error.instance)[:80]}” is no day of the calendar; write year-month-day, such as 2026-07-27"


_SENTENCES: Mapping[str, Callable[[ValidationError], str]] = MappingProxyType(
    {
        "enum": _choice,
        "format": _no_day,
        "pattern": _text,
        "type": lambda error: f"this should be {_TYPES.get(str(error.validator_value), error.validator_value)}",
        "minItems": lambda _: "the list is empty",
        "minProperties": lambda _: "this says nothing",
        "maxItems": lambda error: f"at most {error.validator_value} are accepted",
        "uniqueItems": lambda _: "something stands in the list twice",
        "minLength": lambda error: f"at least {error.validator_value} characters are needed",
        "maxLength": lambda error: f"at most {error.validator_value} characters are accepted",
    }
)
