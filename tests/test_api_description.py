"""The OpenAPI description is complete: each endpoint with all that it can answer, and with examples that are right."""

import inspect
import re
import sys
from pathlib import Path

import pytest
from django.conf import settings

from calls.refusal import Refusal
from salesconv.api import STATUSES
from tests.api_description import Operation, operations, served

ROOT = Path(settings.BASE_DIR)


def test_every_address_and_method_is_described():
    assert sorted(served()) == sorted(operations())


@pytest.mark.parametrize("key", sorted(operations()), ids=" ".join)
def test_every_endpoint_names_its_statuses_and_shows_right_examples(key):
    lacking = list(operations()[key].lacks())
    assert not lacking, f"The description of {' '.join(key)} lacks:\n" + "\n".join(lacking)


def documented() -> dict[str, set[str]]:
    """The codes by status, as the table of errors in the docs has them."""
    table = (ROOT / "docs/api.md").read_text().partition("## Errors")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (\d{3}) \| (.+) \|$", table, re.MULTILINE)
    return {status: set(re.findall(r"`([a-z_]+)`", codes)) for status, codes in rows}


def test_the_docs_name_the_codes_of_each_status():
    of_no_endpoint = {("405", "method_not_allowed"), ("503", "not_ready")}  # of other methods, and of /readyz
    described = set().union(*(each.errors() for each in operations().values()))
    told = {(status, code) for status, codes in documented().items() for code in codes}
    assert told == described | of_no_endpoint


@pytest.mark.parametrize("kind", [kind for kind in STATUSES if kind is not Refusal])
def test_a_refusal_is_described_with_the_status_it_is_answered_with(kind):
    described = {code for each in operations().values() for code in each.codes(STATUSES[kind])}
    assert codes_of(kind) <= described


def codes_of(kind: type[Refusal]) -> set[str]:
    """Its own and those of its subclasses, and whatever it is raised with instead."""
    code = inspect.getsource(sys.modules[kind.__module__])
    raised = set(re.findall(rf'raise {kind.__name__}\((?:(?!raise ).)*?\bcode="(\w+)"', code, re.DOTALL))
    own = raised or {kind.code}
    return own.union(*(codes_of(each) for each in kind.__subclasses__()))


def test_what_a_new_endpoint_lacks_is_told_in_words():
    said = {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}, "responses": {}}
    lacking = " ".join(Operation("post", "/api/v1/new/{id}/", said).lacks())
    for what in ("the status 404", "an example of the request", "OncePerKey", "Retry-After"):
        assert what in lacking
