"""Which rules does a policy pack hold? A file read strictly into controls, or refused with line and field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from governance.core import pack_meaning, pack_shape, pack_yaml
from governance.core.pack_build import build as build
from governance.core.pack_yaml import Located, PackError, Problem
from governance.core.policy import Pack

JSON = Mapping[str, Any]


def parse(content: bytes, *, schema: JSON) -> tuple[Pack, dict[str, object]]:
    """The pack, and the plain document that its digest is made of. schema: the JSON Schema of a pack file.

    Raises PackError naming every problem with its line and field.
    """
    located = pack_yaml.read(content)
    if found := problems_of(located, schema=schema):
        raise PackError(*found)
    document = cast("dict[str, object]", located.value)
    return build(document), document


def problems_of(located: Located, *, schema: JSON) -> list[Problem]:
    """All that is wrong with the document's shape or, where the shape is right, with its meaning."""
    if found := list(pack_shape.problems(located, schema)):
        return found
    meant = pack_meaning.of_pack(cast("JSON", located.value))
    return [Problem(located.line_of(pointer), pointer, message) for pointer, message in meant]
