"""How is a JSON record shown to a person? As a tree of labelled lines, word for word, nothing left out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Node:
    """label: the key, "" in a list. text: the value, "" for a branch. digest: a value to be set as one."""

    label: str
    text: str = ""
    digest: bool = False
    children: tuple[Node, ...] = ()


def nodes(value: object) -> tuple[Node, ...]:
    """The lines of an object or array; a bare value is one line."""
    if isinstance(value, dict):
        return tuple(_node(words(str(key)), inner) for key, inner in value.items())
    if isinstance(value, list | tuple):
        return tuple(_node("", inner) for inner in value)
    return (_node("", value),)


def words(key: str) -> str:
    """A key as words: artifact_sha256 becomes "Artifact SHA-256"."""
    text = key.replace("_", " ").replace("sha256", "SHA-256").strip()
    return text[:1].upper() + text[1:]


def _node(label: str, value: object) -> Node:
    if isinstance(value, list | tuple) and value and not _told(value) and all(map(_plain, value)):
        return Node(label, text=_joined(value), digest=False)
    if isinstance(value, dict | list | tuple) and value:
        return Node(label, children=nodes(value))
    text = _text(value)
    return Node(label, text=text, digest=DIGEST.fullmatch(text) is not None)


def _plain(value: object) -> bool:
    return isinstance(value, str | int | float)


def _told(values: Iterable[object]) -> bool:
    """Whether these are whole sentences, of which each stands on a line of its own."""
    return all(isinstance(each, str) and each.endswith(".") for each in values)


def _joined(values: Iterable[object]) -> str:
    return ", ".join(_text(each) for each in values)


def _text(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict | list | tuple):
        return "none"
    return str(value) if str(value) else "(empty)"
