"""A score is written once, whatever happens to messages and workers."""

import pytest
from django.urls import reverse

from calls.models import Call
from predictions import scoring_attempts
from predictions.models import Embedding, Insight, Prediction, ScoringAttempt
from predictions.tasks import score_call
from tests import factories
from tests.faults.crew import RECOVERED_WITHIN, Crew, all_done, blocked, hours_pass, soon
from tests.faults.orders import scores
from tests.small_models import WON

pytestmark = pytest.mark.faults


def is_scored(call: Call) -> bool:
    return Call.objects.filter(pk=call.pk, state=Call.State.SCORED).exists()


@pytest.mark.fault("A worker killed while scoring")
def test_a_call_whose_worker_is_killed_while_scoring_is_scored_exactly_once(crew, active, trial):
    call = factories.call(WON)
    score_call.delay(call.pk)
    with blocked("predictions_prediction") as waiting:
        crew.start("scoring")
        soon(waiting)
        crew.kill()
    assert not Prediction.objects.exists()
    assert not is_scored(call)
    crew.beat()
    crew.start("default", "scoring")
    soon(lambda: is_scored(call) and Insight.objects.exists())
    trial.settle([call.pk], scores(), within=RECOVERED_WITHIN)
    assert Prediction.objects.get().version == active
    assert f"scoring call {call.pk} is taken up again: attempt 2 of 3" in crew.said()
    hours_pass()  # the message that the dead held comes back, and finds nothing to do
    soon(lambda: all_done("scoring"))
    assert Insight.objects.get().call == Prediction.objects.get().call == call


@pytest.mark.long
@pytest.mark.fault("A worker killed each time while scoring the same call")
def test_a_call_that_kills_its_worker_each_time_is_set_aside_and_scored_when_it_is_sent_again(
    crew, active, trial, admin, client, settings
):
    settings.MAX_ATTEMPTS = 2
    crew.environment["MAX_ATTEMPTS"] = "2"
    call = factories.call(WON)
    score_call.delay(call.pk)
    for attempt in range(settings.MAX_ATTEMPTS):
        killed_while_scoring(crew, call, attempt)
    client.force_login(admin)
    desk = reverse("admin:predictions_scoringattempt_changelist")
    crew.beat()
    crew.start()
    soon(lambda: scoring_attempts.GAVE_UP in client.get(desk).text)
    assert "is given up after 2 attempts" in crew.said()
    assert scores() == []
    client.post(desk, {"action": "send_again", "_selected_action": [ScoringAttempt.objects.get().pk]})
    soon(lambda: is_scored(call))
    trial.settle([call.pk], scores())


def killed_while_scoring(crew: Crew, call: Call, attempt: int) -> None:
    with blocked("predictions_prediction") as waiting:
        crew.beat()
        crew.start()
        soon(lambda: waiting() and ScoringAttempt.objects.filter(call=call, attempts=attempt + 1).exists())
        crew.kill()


@pytest.mark.fault("A worker killed while writing an insight")
def test_an_insight_whose_worker_is_killed_is_written_once(crew, active, trial):
    call = factories.call(WON)
    score_call.delay(call.pk)
    crew.beat()
    with blocked("predictions_insight") as waiting:
        crew.start()
        soon(waiting)
        crew.kill()
    assert is_scored(call)
    assert not Insight.objects.exists()
    crew.beat()
    crew.start()
    soon(Insight.objects.exists)
    trial.settle([call.pk], list(Insight.objects.values_list("call", flat=True)), within=RECOVERED_WITHIN)
    assert scores() == [call.pk]
    assert f"insight of call {call.pk} is taken up again: attempt 2 of 3" in crew.said()


@pytest.mark.fault("The same message delivered to two workers at once")
def test_one_message_delivered_twice_to_two_workers_gives_one_score(crew, active, trial):
    call = factories.call(WON)
    for _ in range(2):
        score_call.apply_async((call.pk,), task_id="delivered-twice")
    with blocked("predictions_embedding") as waiting:
        crew.start("scoring")
        crew.start("scoring")
        soon(lambda: waiting() == 2)
    trial.strikes()
    soon(lambda: is_scored(call) and all_done("scoring"))
    trial.settle([call.pk], scores())
    assert Prediction.objects.get().call == call
    assert Embedding.objects.of_calls().get().call == call
