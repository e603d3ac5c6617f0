"""Docs are tested: what exists is described, and what is described exists."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands
from django.urls import get_resolver

ROOT = Path(settings.BASE_DIR)
DOCS = "\n".join(path.read_text() for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))])


def names_in_settings() -> list[str]:
    return sorted(set(re.findall(r'env\.\w+\(\s*"(\w+)"', (ROOT / "salesconv/settings.py").read_text())))


def own_commands() -> list[str]:
    return sorted(
        name for name, app in get_commands().items() if app in ("calls", "mltraining", "predictions", "salesconv")
    )


def api_paths() -> list[str]:
    paths = {str(path) for path in walk(get_resolver().url_patterns) if str(path).startswith("api/v1/")}
    return sorted(re.sub(r"<[^>]*:?\w+>|\(\?P<\w+>[^)]*\)", "{id}", path).strip("^$") for path in paths)


def walk(patterns, prefix=""):
    for pattern in patterns:
        here = prefix + str(pattern.pattern).lstrip("^").rstrip("$").replace("\\Z", "")
        if hasattr(pattern, "url_patterns"):
            yield from walk(pattern.url_patterns, here)
        elif "format" not in here:
            yield here


@pytest.mark.parametrize("name", names_in_settings())
def test_every_setting_is_documented(name):
    assert f"`{name}`" in (ROOT / "docs/settings.md").read_text()


@pytest.mark.parametrize("name", own_commands())
def test_every_command_is_documented(name):
    assert name in DOCS


@pytest.mark.parametrize("path", api_paths())
def test_every_endpoint_is_documented(path):
    assert path.removeprefix("api/v1/") in (ROOT / "docs/api.md").read_text()


def test_links_inside_the_docs_lead_somewhere():
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_decisions_are_numbered_without_a_gap():
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs/adr").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
