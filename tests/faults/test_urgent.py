"""Whoever waits is answered while the only worker is at a long work."""

import pytest

from calls.models import Call
from predictions import search
from predictions.models import Embedding, Prediction
from predictions.tasks import score_call
from tests import factories
from tests.faults.crew import soon
from tests.small_models import LOST, WON

pytestmark = pytest.mark.faults


@pytest.fixture
def busy(crew, active) -> Call:
    """The call of ten thousand turns that a worker has begun to score."""
    short, long = factories.call(WON), factories.call((WON + LOST) * 1_250)
    crew.start("urgent", "scoring")
    score_call.delay(short.pk)
    soon(Prediction.objects.filter(call=short).exists)  # it is there, and has loaded the model
    score_call.delay(long.pk)
    soon(Embedding.objects.filter(call=long).exists)
    return long


def test_a_question_is_answered_while_a_call_of_ten_thousand_turns_is_scored(busy, active):
    assert search.query_vector("What does it cost?", active) is not None
    assert not busy.predictions.exists()
    soon(busy.predictions.exists)
