"""Keeps the import rule, light web processes and the house limits of size."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

LONGEST_FILE, LONGEST_FUNCTION, LONGEST_TEST = 400, 60, 20  # lines
ROOT = Path(__file__).resolve().parent.parent
OURS = ("salesconv", "calls", "predictions", "mltraining")
HEAVY = {
    "torch", "transformers", "sentence_transformers", "accelerate", "peft", "onnxruntime", "cleanlab", "pandas",
    "langchain", "langchain_core", "langchain_openai", "langchain_anthropic", "langchain_ollama", "langsmith",
}  # fmt: skip
LANGUAGE_MODELS = {name for name in HEAVY if name.startswith("lang")}

# Part of the tree -> what it may import of ours, and heavy packages at module level and inside functions.
# The first row whose name fits a module is its rule.
RULES: dict[str, tuple[set[str], set[str], set[str]]] = {
    "calls.transcripts": ({"calls.transcripts"}, set(), set()),
    "calls": ({"calls"}, set(), set()),
    "mltraining.ml": ({"mltraining.ml"}, HEAVY - LANGUAGE_MODELS, HEAVY - LANGUAGE_MODELS),
    "mltraining": ({"calls", "mltraining"}, set(), HEAVY - LANGUAGE_MODELS),
    "predictions.insights.local_folder": ({"predictions"}, set(), LANGUAGE_MODELS | {"transformers"}),
    "predictions.insights": ({"calls", "mltraining", "predictions"}, set(), LANGUAGE_MODELS),
    "predictions": ({"calls", "mltraining", "predictions"}, set(), set()),
    "salesconv": (set(OURS), set(), set()),
}
FORBIDDEN = {"predictions": {"mltraining.ml"}}  # within what the rule above allows
WITHOUT_DJANGO = ("calls.transcripts", "mltraining.ml")


def sources(*, tests: bool = False) -> list[Path]:
    tops = [*OURS, "tests"] if tests else OURS
    return sorted(p for top in tops for p in (ROOT / top).rglob("*.py") if "migrations" not in p.parts)


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Every module that a file names in an import, and whether it is loaded with the file."""
    tree = tree_of(path)
    inside = {id(node) for each in ast.walk(tree) if loads_later(each) for node in ast.walk(each)}
    package = module_name(path) if path.name == "__init__.py" else module_name(path).rpartition(".")[0]
    for node in ast.walk(tree):
        at_top = id(node) not in inside
        if isinstance(node, ast.Import):
            yield from ((alias.name, at_top) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parents, base] if base else parents)
            yield base, at_top
            yield from ((f"{base}.{alias.name}", at_top) for alias in node.names)


def is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def loads_later(node: ast.AST) -> bool:
    """A function, or a block that only a type checker reads."""
    return is_function(node) or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")


def within(module: str, parts: set[str] | tuple[str, ...]) -> bool:
    return any(module == part or module.startswith(f"{part}.") for part in parts)


def rule_of(module: str) -> str:
    return next(part for part in RULES if within(module, {part}))


def test_each_module_imports_only_what_the_rule_allows():
    assert [f"{module_name(path)}: {fault}" for path in sources() for fault in import_faults(path)] == []


def import_faults(path: Path) -> Iterator[str]:
    part = rule_of(module_name(path))
    allowed, heavy_at_top, heavy_inside = RULES[part]
    forbidden = FORBIDDEN.get(part.split(".")[0], set())
    for name, at_top in imports(path):
        package = name.split(".")[0]
        if within(name, OURS) and name not in OURS and (not within(name, allowed) or within(name, forbidden)):
            yield f"must not import {name}"
        if package in HEAVY and package not in (heavy_at_top if at_top else heavy_inside):
            yield f"must not import {name} {'at module level' if at_top else 'at all'}"
        if part in WITHOUT_DJANGO and package in {"django", "rest_framework", "celery"}:
            yield f"must not know {package}"


def test_no_model_signals_are_used():
    hooks = {"django.db.models.signals"}
    assert [module_name(path) for path in sources() if any(within(name, hooks) for name, _ in imports(path))] == []


def test_a_web_process_loads_no_heavy_package():
    code = """
import importlib, os, sys
import django
django.setup()
from django.urls import get_resolver
for app in ("calls", "mltraining", "predictions"):
    for module in ("urls", "tasks", "admin", "api"):
        if os.path.exists(f"{app}/{module}.py"):
            importlib.import_module(f"{app}.{module}")
import salesconv.urls, salesconv.wsgi, salesconv.celery
get_resolver().url_patterns
print(" ".join(sorted({name.split(".")[0] for name in sys.modules})))
"""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "salesconv.settings"}
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert not HEAVY & set(answer.stdout.split())


@pytest.mark.parametrize("app", ["calls", "mltraining", "predictions"])
def test_tasks_are_doors_of_at_most_five_lines(app):
    tree = tree_of(ROOT / app / "tasks.py")
    for task in [node for node in tree.body if is_function(node)]:
        assert sum(1 for node in ast.walk(task) if isinstance(node, ast.stmt)) - 1 <= 5, task.name


def test_files_and_functions_stay_short():
    assert [fault for path in sources(tests=True) for fault in too_long(path)] == []


def too_long(path: Path) -> Iterator[str]:
    if len(path.read_text().splitlines()) > LONGEST_FILE:
        yield f"{module_name(path)} is longer than {LONGEST_FILE} lines"
    for node in ast.walk(tree_of(path)):
        if is_function(node):
            longest = LONGEST_TEST if node.name.startswith("test_") else LONGEST_FUNCTION
            if node.end_lineno - node.lineno >= longest:
                yield f"{module_name(path)}.{node.name} is longer than {longest} lines"


def test_no_module_is_named_for_nothing():
    empty_names = {"utils", "helpers", "common", "misc", "services"}
    assert [path for path in sources() if empty_names & set(path.relative_to(ROOT).with_suffix("").parts)] == []
