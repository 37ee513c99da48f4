"""What does a policy file say, and on which line? YAML read into plain JSON values, with nothing left to guess.

YAML 1.2's core values only: text, whole numbers, decimals, true, false, null. Dates stay text, and so do "no" and
"on". Anchors, aliases, tags, several documents, duplicate keys and files beyond 1 MiB or 16 levels are refused, so that
a short file cannot unfold into a long one and no two readers can read it differently.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import yaml

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 16
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,15})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,15})\.[0-9]{1,15}")
_WORDS: Mapping[str, object] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. line: from 1; field: JSON pointer, "" for the whole document."""

    line: int
    field: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.field or '/'}: {self.message}"


class PackError(ValueError):
    """A policy file that cannot stand; `problems` lists what is wrong with it, in the file's order."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.line, problem.field)))
        super().__init__("; ".join(str(problem) for problem in self.problems))


@dataclass(frozen=True, slots=True)
class Located:
    """The document, and the line on which each JSON pointer into it begins."""

    value: object
    lines: Mapping[str, int]

    def line_of(self, pointer: str) -> int:
        """The line of this field, or of the nearest one around it that the file does hold."""
        while pointer and pointer not in self.lines:
            pointer = pointer.rpartition("/")[0]
        return self.lines.get(pointer, 1)


def read(content: bytes) -> Located:
    """Raises PackError, with one problem."""
    if len(content) > MAX_BYTES:
        raise PackError(Problem(1, "", f"the file has {len(content):,} bytes; at most {MAX_BYTES:,} are read"))
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise PackError(Problem(line, "", "this is not UTF-8 text")) from error
    try:
        _refuse_cunning(text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PackError(Problem(line, "", f"not YAML: {error.problem}")) from error
    except yaml.YAMLError as error:
        raise PackError(Problem(1, "", f"not YAML: {error}")) from error
    if node is None:
        raise PackError(Problem(1, "", "the file is empty"))
    lines: dict[str, int] = {}
    return Located(_value(node, "", lines), lines)


def _refuse_cunning(text: str) -> None:
    """Look at the events first: they come one by one, so nothing has been unfolded yet."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise PackError(Problem(line, "", "anchors and aliases are not accepted; write the value out"))
        if getattr(event, "tag", None) is not None:
            raise PackError(Problem(line, "", "tags are not accepted"))
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        documents += isinstance(event, yaml.DocumentStartEvent)
        if depth > MAX_DEPTH:
            raise PackError(Problem(line, "", f"nested more than {MAX_DEPTH} levels deep"))
        if documents > 1:
            raise PackError(Problem(line, "", "one file holds one document"))


def _value(node: yaml.Node, pointer: str, lines: dict[str, int]) -> object:
    lines.setdefault(pointer, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, pointer, lines)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, f"{pointer}/{position}", lines) for position, item in enumerate(node.value)]
    assert isinstance(node, yaml.ScalarNode)
    return _scalar(node)


def _mapping(node: yaml.MappingNode, pointer: str, lines: dict[str, int]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise PackError(Problem(line, pointer, "a key is plain text"))
        inner = f"{pointer}/{key.value.replace('~', '~0').replace('/', '~1')}"
        if key.value in found:
            raise PackError(Problem(line, inner, f"the key “{key.value}” occurs twice"))
        lines[inner] = line
        found[key.value] = _value(value, inner, lines)
    return found


def _scalar(node: yaml.ScalarNode) -> object:
    text = str(node.value)
    if node.style is not None:  # quoted or block text is text, whatever it looks like
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


class _Plain(yaml.SafeDumper):
    """Writes no anchors: `read` refuses them."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def written(value: object) -> str:
    """A document as a file that `read` understands in the same way, for people to go on writing."""
    return yaml.dump(value, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=100)
