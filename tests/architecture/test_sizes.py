"""Files and functions stay small enough to be read in one sitting."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = ("config", "registry", "audits", "governance", "client", "tests", "bench")
FILE_LINES, TEST_FILE_LINES, FUNCTION_LINES = 400, 500, 40
BANNED_NAMES = {"utils", "helpers", "common", "manager", "misc"}


def sources() -> Iterator[Path]:
    for folder in OURS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the function itself; its docstring explains and does not count."""
    whole = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return whole - ((first.end_lineno or first.lineno) - first.lineno + 1 if documented else 0)


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_and_function_is_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    limit = TEST_FILE_LINES if "tests" in path.parts else FILE_LINES
    assert text.count("\n") <= limit
    too_long = [f"{node.name}: {length(node)}" for node in functions(ast.parse(text)) if length(node) > FUNCTION_LINES]
    assert not too_long


def test_packages_have_empty_init_files_and_honest_names() -> None:
    assert [path for path in sources() if path.name == "__init__.py" and path.read_text().strip()] == []
    assert [path for path in sources() if path.stem in BANNED_NAMES] == []


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_first_line_says_which_question_a_file_answers(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if text.strip():
        assert ast.get_docstring(ast.parse(text)), "a file starts with a docstring"
