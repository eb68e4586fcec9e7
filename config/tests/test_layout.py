"""The shape of the code: small files, small functions, a sentence at the head of each, and names that say something."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 50
FORBIDDEN_NAMES = frozenset({"utils", "util", "helpers", "helper", "manager", "managers", "misc", "common"})
OTHERS = frozenset({".venv", "var", "migrations", "node_modules"})

# Longer truly reads better: path, or path::function, and why.
LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {
    "workflow/client.py::start": "one keyword for each thing a caller may say of a start",
    "workflow/core/definition.py::step": "one keyword, and one line of help, for each thing an author may declare",
}


def python_files() -> Iterator[Path]:
    for path in sorted(ROOT.rglob("*.py")):
        if not OTHERS & set(path.relative_to(ROOT).parts):
            yield path


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    lengths = {name(path): len(path.read_text().splitlines()) for path in python_files()}
    too_long = {path: lines for path, lines in lengths.items() if lines > FILE_LINES_MAX and path not in LONG_FILES}
    assert not too_long


def test_no_function_is_longer_than_a_screen() -> None:
    too_long = [
        f"{name(path)}::{function.name} ({length(function)} lines)"
        for path in python_files()
        for function in functions(path)
        if length(function) > FUNCTION_LINES_MAX and f"{name(path)}::{function.name}" not in LONG_FUNCTIONS
    ]
    assert not too_long


def test_every_exception_is_still_needed() -> None:
    assert all(len((ROOT / path).read_text().splitlines()) > FILE_LINES_MAX for path in LONG_FILES)
    found = {f"{name(path)}::{each.name}": length(each) for path in python_files() for each in functions(path)}
    assert all(found.get(where, 0) > FUNCTION_LINES_MAX for where in LONG_FUNCTIONS)


def test_every_file_opens_with_what_it_is_for() -> None:
    silent = [name(path) for path in python_files() if path.read_text().strip() and not docstring(path)]
    assert not silent


def docstring(path: Path) -> str | None:
    return ast.get_docstring(ast.parse(path.read_text()))


@pytest.mark.parametrize("word", sorted(FORBIDDEN_NAMES))
def test_no_module_is_named_for_nothing(word: str) -> None:
    assert [name(path) for path in python_files() if word in {path.stem, *path.relative_to(ROOT).parts[:-1]}] == []
