"""Whatever page is open, the navigation says where one is."""

import re

import pytest
from django.urls import reverse

from tests.access import who
from tests.access.table import GET, ROWS

pytestmark = pytest.mark.django_db
NAVIGATION = re.compile(r'<nav class="nav".*?</nav>', re.DOTALL)
MARKED = re.compile(r'<a href="[^"]*" aria-current="page">(.*?)</a>')
OF_ONESELF = ("account_", "mfa_", "socialaccount_", "openid_", "calls:notice")  # reached by name and bell, beside it
PAGES = [row for row in ROWS if row.method == GET and not row.is_api and not row.name.startswith(OF_ONESELF)]


def marked(user, address: str) -> list[str] | None:
    """The entries that are marked; None where the answer is no whole page."""
    answer = who.in_a_browser(user).get(address)
    if answer.streaming or not (navigation := NAVIGATION.search(answer.text)):
        return None
    return MARKED.findall(navigation[0])


@pytest.mark.parametrize("row", PAGES, ids=str)
def test_exactly_one_entry_stands_for_each_page(row, cast, names):
    person = cast["admin" if row.who.admin == who.OK else "rep"]
    found = marked(person, reverse(row.name, kwargs=names[row.at] if row.at else None))
    assert found is None or len(found) == 1, f"Add {row.name} to an entry of salesconv/navigation.py."


@pytest.mark.parametrize(
    ("reader", "name", "entry"),
    [
        ("rep", "predictions:calls", "Calls"),
        ("rep", "predictions:live_calls", "Live"),
        ("rep", "predictions:attention", "Attention"),
        ("manager", "predictions:team", "Team"),
        ("manager", "predictions:scorecards", "Team"),
        ("rep", "predictions:scorecards", "Calls"),
        ("rep", "calls:upload", "Upload"),
        ("rep", "predictions:models", "Models"),
        ("rep", "mltraining:runs", "Training"),
        ("rep", "predictions:monitoring", "Monitoring"),
        ("manager", "predictions:quality", "Monitoring"),
    ],
)
def test_the_entry_is_the_one_through_which_a_page_is_found(cast, names, reader, name, entry):
    assert marked(cast[reader], reverse(name)) == [entry]


def test_an_address_that_is_none_marks_nothing(cast):
    assert marked(cast["rep"], "/nothing-here/") == []
