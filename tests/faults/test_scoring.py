"""A score is written once, whatever happens to messages and workers."""

import pytest

from calls.models import Call
from predictions.models import Embedding, Insight, Prediction
from predictions.tasks import score_call, sweep
from tests import factories
from tests.faults.crew import all_done, blocked, hours_pass, soon
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
    sweep.delay()  # beat, too, notices that the call waits
    hours_pass()
    crew.start("default", "scoring")
    soon(lambda: is_scored(call) and all_done())
    trial.settle([call.pk], scores())
    assert Prediction.objects.get().version == active
    assert Insight.objects.get().call == call


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
    trial.settle([call.pk], list(Insight.objects.values_list("call", flat=True)))
    assert scores() == [call.pk]


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
