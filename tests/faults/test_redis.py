"""Without Redis requests are accepted all the same; their work is done when it is back."""

from functools import partial

import pytest

from predictions.models import Insight
from tests.faults import stores
from tests.faults.crew import soon
from tests.faults.orders import posted, scored, scores, uploaded

pytestmark = [pytest.mark.faults, pytest.mark.long]

FAULTS = [
    ("Redis killed and restarted with its data", partial(stores.killed, with_data=True)),
    ("Redis killed and restarted without its data", partial(stores.killed, with_data=False)),
    ("Redis says nothing for 30 s", stores.paused),
    ("Redis emptied (FLUSHALL)", stores.flushed),
    ("Redis out of memory", stores.full),
]
EACH = [pytest.param(break_it, marks=pytest.mark.fault(name), id=name) for name, break_it in FAULTS]


@pytest.mark.parametrize("break_it", EACH)
def test_what_is_handed_in_meanwhile_is_accepted_and_done_afterwards(crew, active, web, trial, break_it):
    crew.start()
    crew.beat()
    before = uploaded(web, 0).json()["id"]
    soon(lambda: scored([before]))
    with break_it():
        answers = [uploaded(web, 1), uploaded(web, 2), posted(web, 3), posted(web, 4)]
    trial.strikes()
    assert {answer.status_code for answer in answers} == {202}
    ids = [before, *(answer.json()["id"] for answer in answers)]
    soon(lambda: scored(ids))
    trial.settle(ids, scores())
    soon(lambda: Insight.objects.filter(call__in=ids).count() == len(ids))


def test_a_question_that_needs_redis_is_answered_to_come_again(crew, active, web):
    conversation = {"transcript": "Rep: Good morning.\nCustomer: We want to sign this week.", "source": "crm"}
    with stores.killed(with_data=True):
        answer = web.post("/api/v1/predict/", json=conversation | {"started_at": "2026-03-02T09:00:00Z"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable"), answer.text
        assert int(answer.headers["Retry-After"]) > 0
        assert web.get("/api/v1/search/", params={"q": "contract"}).json()["by"] == "words"
