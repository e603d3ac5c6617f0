"""A language model that misbehaves is waited for so long and no longer, and no score suffers for it."""

import pytest

from predictions.models import Insight
from predictions.tasks import score_call
from tests import factories
from tests.faults.crew import soon
from tests.faults.orders import scored, scores
from tests.predictions.webhooks.receiver import Handler, answered, receiving, silent
from tests.small_models import WON

pytestmark = [pytest.mark.faults, pytest.mark.long]


def misbehaving(elsewhere: str):
    """Does what the conversation that it was sent names."""
    ways = {
        b"hanging": silent,
        b"failing": answered(500),
        b"leading": answered(307, Location=elsewhere),
        b"endless": endless,
    }

    def answer(handler: Handler) -> None:
        body = handler.receiver.received[-1].body
        next(way for word, way in ways.items() if word in body)(handler)

    return answer, [word.decode() for word in ways]


def endless(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.end_headers()
    while not handler.receiver.over.is_set():
        handler.wfile.write(b" " * 65_536)


@pytest.mark.fault("A language model hangs, fails, redirects to loopback or never ends")
def test_calls_are_scored_whatever_the_language_model_does(crew, active, trial):
    with receiving() as elsewhere:
        answer, words = misbehaving(elsewhere.url)
        with receiving(answer) as model:
            limits = {"INSIGHTS_MODEL": "openai:any", "INSIGHTS_TIMEOUT_SECONDS": "2", "MAX_ATTEMPTS": "1"}
            crew.environment |= limits | {"INSIGHTS_BASE_URL": model.url}
            calls = [factories.call([*WON, ("rep", f"That is {word}.")]).pk for word in words]
            for call in calls:
                score_call.delay(call)
            trial.strikes()
            crew.start("scoring")
            crew.start("default")
            soon(lambda: scored(calls))
            trial.settle(calls, scores())
            soon(lambda: all(f"No insight of call {call}:" in crew.said() for call in calls))
    assert elsewhere.received == []
    assert set(Insight.objects.values_list("model", flat=True)) <= {"extractive"}
