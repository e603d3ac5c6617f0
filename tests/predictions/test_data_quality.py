"""The page of what is wrong with the data: each number leads to the calls behind it."""

import pytest
from django.urls import reverse

from calls.models import Call, User
from tests import factories, small_models

PAGE = reverse("predictions:quality")
LIST = reverse("predictions:calls")
WARNED = [{"code": "roles_guessed", "message": "Who is rep was guessed.", "count": 1, "line": None}]
WHOLE = {"talk_ratio": 0.5}


@pytest.fixture
def visitor(client, manager: User):
    client.force_login(manager)
    return client


def call(rep: User, name: str, **fields) -> Call:
    """One that lacks nothing but what the test takes from it."""
    whole = {
        "customer": factories.customer(),
        "duration": 60.0,
        "statistics": WHOLE,
        "content_hash": name,
        "language": "en",
    }
    return factories.call(external_id=name, rep=rep, team=rep.team, **(whole | fields))


def shown(client, query: str) -> set[str]:
    """The calls that the list shows."""
    page = client.get(f"{LIST}?{query}").context["page"]
    return {row.external_id for row in page.rows}


@pytest.mark.parametrize(
    ("fields", "query"),
    [
        ({"customer": None}, "lacks=customer"),
        ({"duration": None}, "lacks=times"),
        ({"statistics": {}}, "lacks=roles"),
        ({"statistics": {"talk_ratio": None}}, "lacks=roles"),
        ({"statistics": {"talk_ratio": 1.0}}, "lacks=roles"),
        ({"warnings": WARNED}, "warning=roles_guessed"),
        ({"language": "de"}, "language=de"),
        ({"language": ""}, "language=none"),
        ({"state": Call.State.REJECTED, "reason": "Empty."}, "state=rejected"),
    ],
)
def test_each_number_leads_to_the_calls_behind_it(visitor, rep, fields, query):
    call(rep, "whole")
    call(rep, "odd", **fields)
    assert f'href="{LIST}?{query}"' in visitor.get(PAGE).text
    assert shown(visitor, query) == {"odd"}


def test_copies_are_calls_of_the_same_words_that_one_may_see(visitor, rep, stranger):
    for name, words in (("one", "same"), ("two", "same"), ("other", "other")):
        call(rep, name, content_hash=words)
    call(stranger, "hidden", content_hash="other")
    assert f'href="{LIST}?lacks=copies">2</a>' in visitor.get(PAGE).text
    assert shown(visitor, "lacks=copies") == {"one", "two"}


def test_a_rejected_file_is_named_with_its_reason(visitor, rep):
    rejected = call(rep, "bad", state=Call.State.REJECTED, file_name="bad.vtt", reason="Line 3 is no cue.")
    page = visitor.get(PAGE).text
    assert f'<a href="{reverse("predictions:call", args=[rejected.pk])}">bad.vtt</a>' in page
    assert "Line 3 is no cue." in page


def test_nothing_is_counted_that_one_may_not_see(visitor, stranger):
    call(stranger, "hidden", customer=None)
    assert "No calls yet" in visitor.get(PAGE).text


def test_without_calls_the_page_says_what_to_do(visitor):
    assert f'href="{reverse("calls:upload")}">Upload a call</a>' in visitor.get(PAGE).text


@pytest.mark.parametrize(
    ("report", "said"),
    [
        ({"guards": [{"guard": "copied_transcript", "what": "1", "text": "1 tested call is a copy."}]}, "is a copy."),
        ({"guards": []}, "Nothing fired."),
        ({}, "made before there were such checks"),
    ],
)
def test_leaks_of_the_last_training_are_told(visitor, rep, report, said):
    call(rep, "whole")
    small_models.version("candidate", report=report)
    assert said in visitor.get(PAGE).text


def test_a_page_of_many_calls_costs_as_many_queries_as_one_of_few(visitor, rep, django_assert_num_queries):
    call(rep, "first", customer=None, warnings=WARNED)
    call(rep, "bad", state=Call.State.REJECTED)
    with django_assert_num_queries(13):
        visitor.get(PAGE)
    for number in range(20):
        call(
            rep, f"more-{number}", customer=None, warnings=WARNED, state=Call.State.REJECTED if number % 2 else "ready"
        )
    with django_assert_num_queries(13):
        visitor.get(PAGE)


def test_a_rep_has_no_such_page(client, rep):
    client.force_login(rep)
    assert client.get(PAGE).status_code == 403
