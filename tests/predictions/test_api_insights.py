"""Questions, drafts and briefs through the API."""

import pytest

from predictions.insights import jobs
from predictions.models import InsightJob
from tests import factories
from tests.api_client import API, assert_error, client_of

INSIGHTS = f"{API}insights/"
QUESTION = "What budget is there?"

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(rep):
    return factories.call(rep=rep, team=rep.team, customer=factories.customer())


def test_a_question_is_asked_and_its_answer_fetched(call, rep):
    api = client_of(rep)
    receipt = api.post(INSIGHTS, {"kind": "ask", "call": call.pk, "question": QUESTION})
    assert (receipt.status_code, receipt.data["state"]) == (202, "asked")
    jobs.write(receipt.data["id"])
    answer = api.get(receipt.data["status_url"]).data
    assert (answer["state"], answer["content"]["is_said"]) == ("done", True)
    quote = {"call": call.pk, "turn": 3, "quote": "We have set aside a budget of 20,000 dollars for this quarter."}
    assert answer["content"]["quotes"] == [quote]


@pytest.mark.parametrize(
    ("kind", "about", "field"),
    [
        ("follow_up", [], "call"),
        ("call_brief", [], "customer"),
        ("call_brief", ["call", "customer"], "call"),
        ("follow_up", ["call", "customer"], "customer"),
        ("ask", ["question", "customer"], "customer"),
    ],
)
def test_each_kind_takes_what_it_is_about_and_nothing_else(call, rep, kind, about, field):
    given = {"call": call.pk, "customer": call.customer.pk, "question": QUESTION}
    answer = client_of(rep).post(INSIGHTS, {"kind": kind} | {name: given[name] for name in about})
    assert field in assert_error(answer, 400, "invalid")["fields"]


@pytest.mark.parametrize("kind", ["follow_up", "call_brief", "ask"])
def test_what_one_may_not_see_is_not_there_to_be_asked(call, stranger, kind):
    about = {"customer": call.customer.pk} if kind == "call_brief" else {"call": call.pk}
    answer = client_of(stranger).post(INSIGHTS, {"kind": kind, "question": QUESTION} | about)
    assert_error(answer, 400, "invalid")
    assert not InsightJob.objects.exists()


def test_too_many_open_questions_are_a_conflict(call, rep):
    for _ in range(jobs.MOST_AT_ONCE):
        jobs.ask("ask", rep, question=QUESTION)
    assert_error(client_of(rep).post(INSIGHTS, {"kind": "ask", "question": QUESTION}), 409, "too_many_jobs")


def test_an_empty_question_is_refused(rep):
    assert_error(client_of(rep).post(INSIGHTS, {"kind": "ask"}), 400, "question_missing")
