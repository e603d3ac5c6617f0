"""What a report tells of the calls it was tested on, and by which names."""

import pytest

from calls.models import Call
from mltraining import attempt, training
from mltraining.models import TrainingRun
from mltraining.tested_calls import kinds_of
from tests import factories
from tests.small_models import small_set

pytestmark = pytest.mark.django_db

QUICK = {"encoder": "hashing", "tune": "none", "bootstraps": 30}


def test_calls_are_told_apart_by_what_is_known_of_them(rep):
    known = factories.call(rep=rep, language="de", customer_metadata={"segment": "public"})
    bare = factories.call(customer_metadata={"segment": ["odd"]})
    assert kinds_of([bare.pk, known.pk, 0]) == {
        "rep": ["", str(known.pk), ""], "segment": ["", "public", ""], "language": ["", "de", ""],
    }  # fmt: skip


def test_a_rep_is_known_by_one_of_their_calls_user_or_not(rep):
    calls = [
        factories.call(rep=who, rep_name=name) for who, name in ((rep, "r"), (None, "Kim"), (None, "Kim"), (rep, ""))
    ]
    first, kim = str(calls[0].pk), str(calls[1].pk)
    assert kinds_of([call.pk for call in calls])["rep"] == [first, kim, kim, first]


def test_the_report_of_a_run_names_calls_and_reps_by_ids_of_calls(settings, rep):
    settings.MIN_LABELS_PER_CLASS = 6
    calls = small_set(48)
    Call.objects.filter(pk__in=[call.pk for call in calls[:24]]).update(rep=rep)
    run = TrainingRun.objects.create(config=training.configuration(QUICK).to_dict())
    report = attempt.work(run.pk, training.claim(run.pk).attempts).report
    reps = {row["value"]: row["n"] for row in report["segments"] if row["kind"] == "rep"}
    assert reps == {str(calls[0].pk): 24, "": 24}
    lost = {call.pk for call in calls if call.outcome == "lost"}
    assert {"call", "probability", "outcome", "turns", "words"} == set(report["extremes"]["over"][0])
    assert {found["call"] for found in report["extremes"]["over"]} <= lost
    assert len(report["extremes"]["under"]) == 10
