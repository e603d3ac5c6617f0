"""A call's insight is written once for each input, and a failure leaves nothing behind but a later attempt."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from calls.models import Call
from predictions import insights
from predictions.insights import providers, writing
from predictions.models import Insight, InsightAttempt, Tracker
from tests import factories
from tests.predictions import watching

pytestmark = pytest.mark.usefixtures("db", "empty_cache")


@pytest.fixture
def failing(monkeypatch, settings) -> list[str]:
    """A language model that never answers; the list grows with each time it is asked."""
    settings.INSIGHTS_MODEL = "openai:down"
    asked: list[str] = []

    def down(name, schema):
        asked.append(name)
        raise insights.InsightFailed("down")

    monkeypatch.setattr(providers, "language_model", down)
    return asked


def test_an_insight_is_written_once_and_holds_words_of_its_call_only():
    call = factories.call()
    factories.call(turns=[("customer", "Another customer's secret need.")])
    insight = insights.write(call.pk)
    assert insights.write(call.pk) == insight
    assert Insight.objects.count() == 1
    assert "budget of 20,000 dollars" in str(insight.content)
    assert "secret" not in str(insight.content)
    assert (insight.kind, insight.prompt_version, insight.model) == ("sales_analysis", "2", "extractive")
    assert (insight.quotes_kept > 0, insight.quotes_dropped) == (True, 0)


def test_a_new_score_or_a_new_tracker_gives_a_new_insight():
    call = factories.call()
    first = insights.write(call.pk)
    watching.prediction(call, reasons=[{"kind": "turn", "turn": 1, "contribution": -0.3}])
    second = insights.write(call.pk)
    assert first != second
    assert second.content["objections"][0]["quotes"][0]["turn"] == 1
    Tracker.objects.create(name="Team", kind="topic", phrases=["the team"])
    assert insights.write(call.pk) not in (first, second)


@pytest.mark.parametrize("state", [Call.State.RECEIVED, Call.State.REJECTED])
def test_a_call_that_is_not_readable_has_no_insight(state):
    assert insights.write(factories.call(state=state).pk) is None
    assert insights.write(0) is None


def test_a_failing_model_is_logged_and_asked_only_so_often_and_an_extractive_insight_says_so(failing, caplog, settings):
    call = factories.call()
    for _ in range(5):
        insights.write(call.pk)
        release(call)
    assert len(failing) == settings.MAX_ATTEMPTS
    insight = Insight.objects.get()
    assert (insight.model, insight.instead_of) == ("extractive", "The language model that is set cannot be used.")
    assert insight.content["notice"].startswith(insight.instead_of)
    assert f"No insight of call {call.pk}: down" in caplog.text


def release(call: Call) -> None:
    """As if ten minutes had passed."""
    InsightAttempt.objects.filter(call=call).update(lease_until=None)


def test_a_language_model_that_failed_may_be_asked_as_often_again_the_next_day(failing, settings):
    settings.MAX_ATTEMPTS = 1
    call = factories.call()
    watching.prediction(call, created_at=timezone.now() - timedelta(days=2))
    insights.write(call.pk)
    release(call)
    assert insights.overdue() == []
    InsightAttempt.objects.update(begun_at=timezone.now() - timedelta(hours=25))
    assert insights.overdue() == [call.pk]
    insights.write(call.pk)
    assert len(failing) == 2


def test_two_workers_do_not_ask_for_the_same_call_at_once(failing):
    call = factories.call()
    insights.write(call.pk)
    insights.write(call.pk)
    assert len(failing) == 1


def test_an_insight_that_another_worker_writes_just_before_is_not_asked_for_again(monkeypatch):
    call, asked = factories.call(), []
    analyse = writing.chain.analyse
    monkeypatch.setattr(
        writing.chain, "analyse", lambda *parts, **options: asked.append(1) or analyse(*parts, **options)
    )

    def overtaken(execute, sql, params, many, context):
        """Once this worker has seen that there is no insight, another one writes it."""
        seen = execute(sql, params, many, context)
        if 'FROM "predictions_insight"' in sql and not overtaking:
            overtaking.append(None)
            overtaking.append(insights.write(call.pk))
        return seen

    overtaking: list[Insight | None] = []
    with connection.execute_wrapper(overtaken):
        assert insights.write(call.pk) == overtaking[1]
    assert (len(asked), InsightAttempt.objects.count()) == (1, 0)


def test_a_call_erased_while_the_model_thinks_leaves_no_insight(monkeypatch):
    call = factories.call()
    answer = insights.analyse([], model="extractive")

    def erased(*args, **options):
        Call.objects.filter(pk=call.pk).delete()
        return answer

    monkeypatch.setattr(writing.chain, "analyse", erased)
    assert insights.write(call.pk) is None


@pytest.mark.django_db(transaction=True)
def test_no_database_connection_is_held_while_a_language_model_thinks(monkeypatch, settings):
    settings.INSIGHTS_MODEL = "openai:slow"
    held = []
    monkeypatch.setattr(
        providers, "language_model", lambda name, schema: held.append(connection.connection) or answering()
    )
    assert insights.write(factories.call().pk).model == "openai:slow"
    assert held == [None]


def answering():
    from langchain_core.runnables import RunnableLambda

    from predictions.insights.schema import SalesAnalysis

    return RunnableLambda(lambda prompt: {"parsed": SalesAnalysis(summary="Short."), "parsing_error": None})


def test_scores_without_an_insight_are_overdue_after_a_while_and_named_once():
    scored, written = factories.call(), factories.call()
    watching.prediction(factories.call())
    for call in (scored, written):
        watching.prediction(call, created_at=timezone.now() - timedelta(minutes=3))
    insights.write(written.pk)
    assert insights.overdue() == [scored.pk]
    assert insights.overdue() == []
