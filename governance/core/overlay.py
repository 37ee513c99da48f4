"""What does an organisation ask on top of a pack? An overlay read strictly, and the pack that comes of it.

An overlay names changes of single controls, each with its reason, and controls of its own. What asks at least as much
as what is in use takes effect at once; the rest waits until somebody signs for it (`overlay_settled`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from governance.core import pack_shape, pack_yaml, packs
from governance.core.pack_build import alternatives
from governance.core.pack_changes import ANNOTATIONS, controls_of
from governance.core.pack_words import unknown
from governance.core.pack_yaml import Located, PackError, Problem

JSON = Mapping[str, Any]
Document = dict[str, Any]
OF_CONTROL = ("severity", "waivers", "applies", "evidence")
# What a change may set inside the rule of a control -> the kinds of rule that say such a thing.
OF_RULE: Mapping[str, frozenset[str]] = {
    "minimum": frozenset({"measure", "consent", "risk"}),
    "maximum": frozenset({"measure"}),
    "minimum_n": frozenset({"measure"}),
    "coverage": frozenset({"training"}),
    "count": frozenset({"signature"}),
    "maximum_age_days": frozenset({"audit", "measure", "document"}),
    "measures": frozenset({"audit"}),
    "must_expire": frozenset({"document"}),
    "since_version": frozenset({"document"}),
    "other_basis": frozenset({"consent"}),
    "overall": frozenset({"risk"}),
    "acceptable": frozenset({"risk"}),
    "plan_first": frozenset({"risk"}),
    "reviewed_within_days": frozenset({"attribute", "log"}),
    "retention_days": frozenset({"log"}),
    "reviewed_by": frozenset({"document"}),
    "fields": frozenset({"attribute", "document"}),
    "sections": frozenset({"plan"}),
}


def parse(content: bytes, *, schema: JSON) -> Located:
    """The overlay, of the right shape. schema: of a pack file, which also describes overlays.

    Raises PackError naming every problem with its line and field.
    """
    located = pack_yaml.read(content)
    whole = {"$schema": schema["$schema"], "$ref": "#/$defs/overlay", "$defs": schema["$defs"]}
    found = list(pack_shape.problems(located, whole)) or list(_twice(located))
    if found:
        raise PackError(*found)
    return located


def _twice(located: Located) -> Iterable[Problem]:
    overlay = cast("JSON", located.value)
    if not overlay.get("changes") and not overlay.get("add"):
        yield Problem(1, "/changes", "the overlay changes nothing and adds nothing")
    seen: set[str] = set()
    for position, change in enumerate(overlay.get("changes", ())):
        if change["control"] in seen:
            pointer = f"/changes/{position}/control"
            yield Problem(located.line_of(pointer), pointer, f"“{change['control']}” is changed above already")
        if change.get("remove") and len(change) > 3:
            pointer = f"/changes/{position}/remove"
            yield Problem(located.line_of(pointer), pointer, "what is removed cannot be changed as well")
        seen.add(change["control"])


def apply(document: JSON, located: Located, *, schema: JSON) -> Document:
    """The whole pack with everything that the overlay says, under the overlay's id. located: what `parse` read.

    Raises PackError with the lines of the overlay: a control that is not there, a change that fits no rule of its
    control or more than one, or a result that would not be a sound pack.
    """
    overlay = cast("JSON", located.value)
    found = {key: plain(each) for key, each in controls_of(document).items()}
    problems: list[Problem] = []
    origin: dict[str, str] = {}
    for position, change in enumerate(overlay.get("changes", ())):
        pointer, key = f"/changes/{position}", change["control"]
        origin[key] = pointer
        if key not in found:
            at = f"{pointer}/control"
            problems.append(Problem(located.line_of(at), at, unknown(key, found, f"control of “{document['id']}”")))
        elif change.get("remove"):
            del found[key]
        else:
            found[key], wrong = _changed(found[key], change)
            problems += [Problem(located.line_of(f"{pointer}/{at}"), f"{pointer}/{at}", text) for at, text in wrong]
    if problems:
        raise PackError(*problems)
    added = [dict(each) for each in overlay.get("add", ())]
    origin |= {each["id"]: f"/add/{position}" for position, each in enumerate(added)}
    whole = {key: value for key, value in document.items() if key not in ANNOTATIONS}
    whole |= {key: overlay[key] for key in ("id", "title", "version")}
    whole["controls"] = [*found.values(), *added]
    _check_sound(whole, located, origin, schema)
    return whole


def plain(control: JSON) -> Document:
    """A control as a pack file of today would write it, without what an earlier overlay noted."""
    left_out = ANNOTATIONS | {"environments"}
    stated = {key: value for key, value in control.items() if key not in left_out}
    return {**stated, **({"applies": found} if (found := alternatives(control)) else {})}


def _changed(control: Document, change: JSON) -> tuple[Document, list[tuple[str, str]]]:
    """The control after the change, and what does not fit: (key, sentence)."""
    control = {**control, **{key: change[key] for key in OF_CONTROL if key in change}}
    wrong: list[tuple[str, str]] = []
    for key, kinds in OF_RULE.items():
        if key not in change:
            continue
        places = _stating(control["evidence"], key, _places(control["evidence"], kinds))
        if len(places) == 1:
            control["evidence"] = _with(control["evidence"], places[0], key, change[key])
        elif not places:
            wrong.append((key, f"no rule of this control has a {key.replace('_', ' ')}"))
        else:
            wrong.append((key, "several rules of this control have one; write its whole evidence instead"))
    return control, wrong


def _places(rule: JSON, kinds: frozenset[str], path: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
    """Where in a rule, by positions in `rules`, a rule of one of these kinds stands."""
    inner = [found for at, each in enumerate(rule.get("rules", ())) for found in _places(each, kinds, (*path, at))]
    return [path, *inner] if rule["kind"] in kinds else inner


def _stating(rule: JSON, key: str, places: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Of several places, the only one whose rule says such a thing already; otherwise all of them."""
    stating = [path for path in places if key in _at(rule, path)]
    return stating if len(stating) == 1 else places


def _at(rule: JSON, path: tuple[int, ...]) -> JSON:
    return _at(rule["rules"][path[0]], path[1:]) if path else rule


def _with(rule: JSON, path: tuple[int, ...], key: str, value: object) -> Document:
    if not path:
        return put(rule, key, value)
    rules = [_with(each, path[1:], key, value) if at == path[0] else each for at, each in enumerate(rule["rules"])]
    return {**rule, "rules": rules}


def put(thing: JSON, key: str, value: object) -> Document:
    """The thing with this key set, or without it when nothing is said."""
    rest = {name: said for name, said in thing.items() if name != key}
    return rest if value is None or value == [] else {**rest, key: value}


def _check_sound(whole: JSON, located: Located, origin: Mapping[str, str], schema: JSON) -> None:
    """Judge the result as if it were a file, and say on which line of the overlay it went wrong."""
    problems = []
    for problem in packs.problems_of(Located(whole, {}), schema=schema):
        steps = problem.field.split("/")
        own = ""
        if steps[1:2] == ["controls"] and len(steps) > 2:
            own = origin.get(whole["controls"][int(steps[2])]["id"], "")
        field = f"{own}/{'/'.join(steps[3:])}".rstrip("/") if own else problem.field
        problems.append(Problem(located.line_of(field), field, problem.message))
    if problems:
        raise PackError(*problems)
