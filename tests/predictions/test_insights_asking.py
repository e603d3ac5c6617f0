"""A language model is asked within a budget, left alone while it fails, and asked again only where that may help."""

import json
from decimal import Decimal

import pytest
from django.core.cache import cache

from calls.models import Turn
from predictions import insights
from predictions.insights import breaker
from predictions.models import Insight, InsightAttempt, ModelUse
from tests import factories

ADDRESS = "http://llm.test/v1/chat/completions"
TURNS = [Turn(index=0, role="customer", text="We need reports that are ready by noon.")]
ANSWER = {"summary": "Short.", "needs": [{"text": "Reports.", "quotes": [{"turn": 0, "quote": "We need reports"}]}]}
USAGE = {"prompt_tokens": 400, "completion_tokens": 30, "total_tokens": 430}

pytestmark = pytest.mark.usefixtures("db", "empty_cache")


def answer(content: str = json.dumps(ANSWER), ended: str = "stop") -> dict:
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": ended}
    return {"id": "1", "object": "chat.completion", "created": 1, "model": "local", "choices": [choice], "usage": USAGE}


@pytest.fixture
def server(httpx2_mock, settings):
    """A compatible server's one address; the test says what it answers."""
    settings.INSIGHTS_BASE_URL, settings.INSIGHTS_MODEL = "http://llm.test/v1", "openai:local"
    return httpx2_mock.post(ADDRESS)


def asked() -> insights.Answer:
    return insights.analyse(TURNS, model="openai:local")


def code_of_failure() -> str:
    with pytest.raises(insights.InsightFailed) as failure:
        asked()
    return failure.value.code


def test_each_question_leaves_a_row_with_its_prompt_tokens_cost_and_time(server, settings):
    settings.INSIGHTS_PRICE_IN, settings.INSIGHTS_PRICE_OUT = 2.5, 10
    server.respond(json=answer())
    assert (asked().tokens_in, asked().tokens_out) == (400, 30)
    use = ModelUse.objects.first()
    assert (use.kind, use.prompt_version, use.model) == ("sales_analysis", "2", "openai:local")
    assert (use.tokens_in, use.tokens_out, use.cost, use.failure) == (400, 30, Decimal("0.0013"), "")
    assert use.latency_ms > 0


def test_an_insight_keeps_what_it_took(server, settings):
    settings.INSIGHTS_PRICE_IN = 1.0
    server.respond(json=answer())
    insight = insights.write(factories.call().pk)
    assert (insight.tokens_in, insight.tokens_out, insight.cost) == (400, 30, Decimal("0.0004"))


@pytest.mark.parametrize(("status", "tries"), [(503, 2), (429, 2), (400, 1), (422, 1), (401, 1)])
def test_only_what_may_heal_is_tried_once_more(server, status, tries):
    server.respond(status, json={"error": {"message": "no"}})
    code_of_failure()
    assert server.call_count == tries


@pytest.mark.parametrize(
    ("status", "code"), [(503, "overloaded"), (401, "no_access"), (404, "no_access"), (400, "bad_request")]
)
def test_what_was_wrong_is_told_by_its_kind(server, status, code):
    server.respond(status, json={"error": {"message": "no"}})
    assert code_of_failure() == code
    assert ModelUse.objects.get().failure == code


@pytest.mark.parametrize(("ended", "code"), [("length", "outside_schema"), ("content_filter", "bad_request")])
def test_an_answer_that_ended_too_early_is_no_fault_of_the_server(server, ended, code):
    server.respond(json=answer('{"summary": "Obey, obey', ended))
    assert [code_of_failure() for _ in range(breaker.FAILURES + 1)] == [code] * (breaker.FAILURES + 1)


@pytest.mark.parametrize("wrong", ["Roses are red.", json.dumps(ANSWER | {"summary": "See https://evil.example/x."})])
def test_an_answer_that_is_not_taken_counts_with_its_tokens(server, wrong):
    server.respond(json=answer(wrong))
    code_of_failure()
    assert ModelUse.objects.of_today().spent()[0] == 430


def test_an_answer_that_was_cut_off_counts_with_the_most_that_it_may_have_taken(server, settings):
    server.respond(json=answer('{"summary": "Obey, obey', "length"))
    code_of_failure()
    assert ModelUse.objects.get().tokens_out == settings.INSIGHTS_ANSWER_TOKENS


@pytest.mark.parametrize(("name", "code"), [("ReadTimeout", "timeout"), ("ConnectError", "unreachable")])
def test_a_server_that_says_nothing_is_a_failure_of_its_own_kind(server, name, code):
    import httpx2

    server.mock(side_effect=getattr(httpx2, name)("down"))
    assert code_of_failure() == code


def test_a_model_that_keeps_failing_is_left_alone_by_everybody_and_tried_by_one_after_its_rest(server):
    server.respond(503, json={})
    for _ in range(breaker.FAILURES):
        code_of_failure()
    count = server.call_count
    assert code_of_failure() == "resting"
    assert server.call_count == count
    cache.delete("model-rests:openai:local")  # as if its rest were over
    server.respond(json=answer())
    assert asked().quotes_kept == 1
    assert asked().quotes_kept == 1


def test_while_one_finds_out_whether_it_is_well_nobody_else_asks():
    cache.set("model-failures:openai:local", breaker.FAILURES)
    breaker.check("openai:local")
    assert code_of_failure() == "resting"
    assert not ModelUse.objects.exists()


def test_a_wrong_key_is_not_tried_with_the_next_call(server):
    server.respond(401, json={"error": {"message": "no"}})
    assert [code_of_failure(), code_of_failure()] == ["no_access", "resting"]


def test_a_conversation_that_is_refused_says_nothing_of_others_and_is_not_sent_again(server):
    server.respond(400, json={"error": {"message": "too long"}})
    call = factories.call()
    for _ in range(breaker.FAILURES + 1):
        insights.write(call.pk)
        InsightAttempt.objects.update(lease_until=None)  # as if ten minutes had passed
    assert server.call_count == 1
    server.respond(json=answer())
    assert asked().quotes_kept == 1


@pytest.mark.parametrize("limit", [{"INSIGHTS_TOKENS_PER_DAY": 4500}, {"INSIGHTS_COST_PER_DAY": 0.0045}])
def test_what_the_day_may_take_is_reserved_before_asking_and_never_passed(server, settings, limit):
    settings.INSIGHTS_PRICE_IN = settings.INSIGHTS_PRICE_OUT = 1.0
    settings.INSIGHTS_ANSWER_TOKENS = 1500
    for name, value in limit.items():
        setattr(settings, name, value)
    server.respond(json=answer())
    asked()
    assert ModelUse.objects.of_today().spent()[0] == 430
    ModelUse.objects.update(tokens_out=3000, cost=Decimal("0.0034"))
    assert code_of_failure() == "budget_spent"
    assert server.call_count == 1


def test_when_the_budget_is_spent_the_page_says_why_an_extractive_insight_stands_there(settings, client, admin):
    settings.INSIGHTS_MODEL, settings.INSIGHTS_TOKENS_PER_DAY = "openai:local", 10
    call = factories.call()
    insights.write(call.pk)
    client.force_login(admin)
    page = client.get(f"/calls/{call.pk}/").content.decode()
    assert "What language models may use in a day is used up." in page
    assert "no language model read it" in page
    assert not ModelUse.objects.exists()


def test_the_models_own_insight_takes_the_place_of_the_extractive_one(server, settings):
    call = factories.call()
    settings.INSIGHTS_TOKENS_PER_DAY = 10
    assert insights.write(call.pk).model == "extractive"
    settings.INSIGHTS_TOKENS_PER_DAY = 0
    server.respond(json=answer())
    InsightAttempt.objects.update(lease_until=None)  # as if ten minutes had passed
    assert insights.write(call.pk).model == "openai:local"
    assert [one.model for one in Insight.objects.all()] == ["openai:local", "extractive"]
