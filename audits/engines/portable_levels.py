"""Which level of an attribute does a row have, in an engine that is not ours?

Text levels are plain expressions. Groups of subjects and windows of dates are not: each engine spells MD5 and weeks in
its own way, so each adds them to its own frame first. An engine without an entry in the tables below can count
everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import narwhals as nw

from audits.core.slices import MISSING, OTHER
from audits.core.tally_spec import Attribute
from audits.core.values import Window
from audits.engines import levels as duckdb_levels
from audits.engines.connection import column
from audits.engines.frames import Native

#: The days of ISO 8601's four-digit years; any other, such as PostgreSQL's "infinity", is missing.
FIRST, LAST = "0001-01-01", "9999-12-31"

#: add(native frame, new name, attribute): the frame with the level of each row in a text column that is never null.
Add = Callable[[Native, str, Attribute], Native]


def with_levels(frame: Native, attributes: Sequence[Attribute], names: Sequence[str]) -> nw.LazyFrame[Any]:
    """The frame with the level of each attribute in a text column of the given name, never null.

    Raises ValueError when a column is not of a type whose text every engine writes alike.
    """
    for attribute, name in zip(attributes, names, strict=True):
        if attribute.people or attribute.window is not None:
            _check(nw.from_native(frame).collect_schema()[attribute.name], attribute)
            frame = _adder(frame)(frame, name, attribute)
    lazy: nw.LazyFrame[Any] = nw.from_native(frame)
    schema = lazy.collect_schema()
    plain = [
        _text_level(schema, attribute).alias(name)
        for attribute, name in zip(attributes, names, strict=True)
        if not attribute.people and attribute.window is None
    ]
    return lazy.with_columns(*plain) if plain else lazy


def text(schema: nw.Schema, name: str) -> nw.Expr:
    """A column as text. Raises ValueError for types that engines write differently, such as 1 and 1.0."""
    kind = schema[name]
    if not (kind in (nw.String, nw.Boolean, nw.Categorical, nw.Enum) or kind.is_integer()):
        raise ValueError(f"{name} is {kind}: cast it to text, because engines write its values differently")
    return nw.col(name) if kind == nw.String else nw.col(name).cast(nw.String)


def byte_order(frame: Native, name: str, new: str) -> Native:
    """The native frame with a column that sorts the texts of `name` by their UTF-8 bytes."""
    if _engine(frame) == "ibis postgres":
        return frame.mutate(**{new: _function("encode")(_utf8(frame[name]), "hex")})
    return nw.from_native(frame).with_columns(nw.col(name).alias(new)).to_native()


def _text_level(schema: nw.Schema, attribute: Attribute) -> nw.Expr:
    value = text(schema, attribute.name)
    if attribute.levels is None:
        return value.fill_null(MISSING)
    kept = nw.when(value.is_in(attribute.levels)).then(value) if attribute.levels else None
    named = kept.otherwise(nw.lit(OTHER)) if kept is not None else nw.lit(OTHER)
    return nw.when(value.is_null()).then(nw.lit(MISSING)).otherwise(named)


def _check(kind: nw.dtypes.DType, attribute: Attribute) -> None:
    name = attribute.name
    if attribute.people and not (kind == nw.String or kind.is_integer()):
        raise ValueError(f"{name} is {kind}: subjects are texts or whole numbers")
    zone = getattr(kind, "time_zone", None)
    if attribute.window is not None and (kind not in (nw.Date, nw.Datetime) or zone is not None):
        raise ValueError(f"{name} is {kind}: make it a date first; a moment has no day until a time zone is chosen")


def _engine(frame: Native) -> str:
    found = nw.from_native(frame).implementation
    return f"ibis {frame.get_backend().name}" if found is nw.Implementation.IBIS else found.value


def _adder(frame: Native) -> Add:
    engine = _engine(frame)
    if engine not in ADDERS:
        raise ValueError(f"groups of subjects and windows of dates are not written for {engine}")
    return ADDERS[engine]


def _spark(frame: Native, new: str, attribute: Attribute) -> Native:
    name = "`" + attribute.name.replace("`", "``") + "`"
    if attribute.people:
        number = f"cast(conv(substring(md5(cast(cast({name} AS string) AS binary)), 1, 7), 16, 10) AS bigint)"
        value = f"cast({number} % {attribute.people} AS string)"
    else:
        day = f"cast({name} AS date)"
        first = day if attribute.window is Window.DAY else f"date_sub({day}, weekday({day}))"
        value = f"CASE WHEN {day} BETWEEN DATE '{FIRST}' AND DATE '{LAST}' THEN cast({first} AS string) END"
    return frame.selectExpr("*", f"coalesce({value}, '{MISSING}') AS `{new}`")


def _duckdb(frame: Native, new: str, attribute: Attribute) -> Native:
    return frame.project(f"*, {duckdb_levels.level_of(attribute)} AS {column(new)}")


def _postgres(frame: Native, new: str, attribute: Attribute) -> Native:
    import ibis  # noqa: PLC0415 - only who counts in a warehouse pays for it

    if attribute.people:
        md5 = _function("decode")(_function("md5")(_utf8(frame[attribute.name].cast("string"))), "hex")
        first, second, third, fourth = (_function("get_byte")(md5, index) for index in range(4))
        number = first * 2**20 + second * 2**12 + third * 2**4 + fourth // 2**4
        value = (number % attribute.people).cast("string")
    else:
        day = frame[attribute.name].cast("date")
        start = day if attribute.window is Window.DAY else day.truncate("W")
        known = day.between(ibis.date(FIRST), ibis.date(LAST))
        # Not a cast to text, which follows the session's DateStyle.
        value = known.ifelse(start.strftime("%Y-%m-%d"), ibis.null("string"))
    return frame.mutate(**{new: value.fill_null(MISSING)})


def _utf8(value: Native) -> Native:
    return _function("convert_to")(value, "UTF8")


@cache
def _function(name: str) -> Native:
    """One of PostgreSQL's own functions, which Ibis writes by its name."""
    import ibis  # noqa: PLC0415 - only who counts in a warehouse pays for it

    takes, gives = _POSTGRES[name]
    stub = (lambda value: ...) if len(takes) == 1 else (lambda value, detail: ...)
    return ibis.udf.scalar.builtin(stub, name=name, signature=(takes, gives))


_POSTGRES = {
    "convert_to": (("string", "string"), "binary"),
    "md5": (("binary",), "string"),
    "decode": (("string", "string"), "binary"),
    "encode": (("binary", "string"), "string"),
    "get_byte": (("binary", "int32"), "int32"),
}
ADDERS: dict[str, Add] = {"pyspark": _spark, "pyspark[connect]": _spark, "duckdb": _duckdb, "ibis postgres": _postgres}
