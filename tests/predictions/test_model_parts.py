"""The parts of a version's page that tell more than one number: thresholds, training, segments, single calls."""

import re

import pytest
from django.urls import reverse

from calls.models import Call
from tests import factories
from tests.api_client import API, client_of
from tests.predictions import watching

pytestmark = pytest.mark.django_db


def choice(rule, at, **numbers):
    known = {"precision": 0.9, "recall": 0.6, "f1": 0.72, "flagged": 30, "cost": 41.0}
    limits = {"threshold": at, "threshold_low": at, "threshold_high": at}
    return {"rule": rule, "in_use": rule == "f1", **limits, **known, **numbers}


THRESHOLDS = {
    "n": 1200, "cost_false_positive": 1.0, "cost_false_negative": 4.0, "cost_of_all": 700.0, "cost_of_none": 2000.0,
    "rows": [
        choice("f1", 0.4, threshold_low=0.35, threshold_high=0.44),
        choice("cost", 0.2, precision=None, cost=1250.5),
    ],
}  # fmt: skip

AT_PERCENT = [[600 - percent, 60, percent, 540] for percent in range(101)]
MOVABLE = {
    "confusion": {"threshold": 0.4, "tp": 9, "fp": 1, "fn": 3, "tn": 7},
    "thresholds": {**THRESHOLDS, "at_percent": AT_PERCENT},
}


def segment(kind, value, n=40, **numbers):
    measured = {"mean_predicted": 0.4, "observed": 0.35, "auc": 0.81, "auc_low": 0.7, "auc_high": 0.9, "brier": 0.161}
    measured |= {"ece": 0.05, "ece_noise": 0.12} | numbers
    row = {"kind": kind, "value": value, "n": n, "won": 3, "too_small": n < 20}
    return row | (dict.fromkeys(measured) if n < 20 else measured)


def mistake(call, probability=0.97):
    return {"call": call.pk, "probability": probability, "outcome": 0, "turns": 4, "words": 1234}


def page(client, user, **report):
    client.force_login(user)
    return client.get(reverse("predictions:model", args=[watching.version(report=report).pk])).text


def rows_of(text, section):
    """The rows of the tables of one card, as words."""
    card = text[text.index(f'id="{section}-title"') :].split("</section>")[0]
    return [" ".join(re.sub("<[^>]*>", " ", row).split()) for row in re.findall("<tr.*?</tr>", card, re.DOTALL)]


def test_both_thresholds_stand_side_by_side_with_what_they_give(client, admin):
    text = page(client, admin, thresholds=THRESHOLDS)
    rows = rows_of(text, "thresholds")
    assert rows[0] == "Best F1 in use Least cost"
    assert rows[1] == "Likely from 40 % 35 % to 44 % 20 %"
    assert "Precision 90 % –" in rows
    assert "Cost 41 1,250.5" in rows
    assert "A false alarm costs 1, a missed call 4. Calling all likely would cost 700, calling none 2,000." in text


def hits_at(client, asked, **options):
    address = reverse("predictions:model", args=[watching.version(report=MOVABLE).pk])
    return client.get(address, {"threshold": asked}, **options).text


def test_the_threshold_can_be_moved_without_scripts(client, admin):
    client.force_login(admin)
    text = hits_at(client, "30")
    assert 'type="range" name="threshold" min="0" max="100" step="1" value="30"' in text
    assert rows_of(text, "confusion")[1:] == ["called likely 570 60", "called unlikely 30 540"]
    for number in ("90\u202f%", "95\u202f%", "180"):  # precision, recall, cost: a missed call costs four false alarms
        assert f"<dd>{number}</dd>" in text


def test_the_moved_threshold_comes_alone_to_whoever_has_scripts(client, admin):
    client.force_login(admin)
    text = hits_at(client, "100", headers={"HX-Request": "true"})
    assert "<form" not in text
    assert ">500</td>" in text


@pytest.mark.parametrize("asked", ["", "101", "-1", "nonsense", "9" * 5000])
def test_a_threshold_that_is_no_percent_leaves_the_one_in_use(client, admin, asked):
    client.force_login(admin)
    text = hits_at(client, asked)
    assert 'value="40"' in text
    assert "In use is 40\u202f%, the threshold for the best F1" in text
    assert rows_of(text, "confusion")[1] == "called likely 9 1"


def test_a_report_from_before_thresholds_could_be_moved_shows_the_one_in_use(client, admin):
    text = page(client, admin, **MOVABLE | {"thresholds": THRESHOLDS})
    assert 'type="range"' not in text
    assert "Called likely from 40\u202f% on" in text


def test_the_reliability_curve_has_intervals_and_a_table(client, admin):
    point = {"mean_predicted": 0.2, "observed": 0.25, "low": 0.1, "high": 0.4, "count": 1000}
    text = page(client, admin, reliability=[point])
    assert '<line class="whisker" x1="20.0" x2="20.0" y1="60.0" y2="90.0" />' in text
    assert rows_of(text, "reliability")[1] == "20 % 25 % 10 % to 40 % 1,000"


@pytest.mark.parametrize("judged", [{"validation_loss": 2.5}, {}])
def test_the_training_curve_is_drawn_and_told(client, admin, judged):
    curve = [{"step": step, "loss": 3.0 - step / 10, **judged} for step in range(1, 11)]
    text = page(client, admin, training_curve=curve)
    assert "Loss by step of fine-tuning: step 1 2.90," in text
    assert ("dashed: calls that it did not learn from" in text) == bool(judged)


def test_where_fine_tuning_did_not_win_the_curve_says_so(client, admin):
    curve = [{"step": 1, "loss": 3.0}, {"step": 2, "loss": 2.0}]
    assert "did not win" in page(client, admin, training_curve=curve, chosen="generic_encoder")


def test_a_comparison_on_fewer_calls_says_on_how_many(client, admin):
    gap = {"metric": "auc", "difference": 0.1, "low": 0.0, "high": 0.2}
    rows = [gap | {"against": "base_rate", "n": 90}, gap | {"against": "active_version", "n": 57}]
    text = page(client, admin, rows=[{"name": "fine_tuned"}], paired=rows, counts={"tested": 90})
    assert "57 calls" in text
    assert "90 calls" not in text


def test_segments_are_told_by_kind_and_small_ones_without_numbers(client, admin):
    segments = [segment("segment", "public"), segment("segment", "", n=7), segment("length", "30-1200", auc=None)]
    text = page(client, admin, segments=segments)
    rows = rows_of(text, "segments")
    assert rows[1:3] == ["Customer segment", "public 40 3 40 % 35 % 0.810 0.700 to 0.900 0.161 0.050 0.120"]
    assert rows[4] == "30 to 1,200 words 40 3 40 % 35 % too few of one outcome 0.161 0.050 0.120"
    assert "Customer segment, too small for numbers: Not known (3 of 7 won)." in text


@pytest.fixture
def told(rep, stranger):
    """A report on two reps of two teams, each with a call that was scored wrongly."""
    calls = [factories.call(rep=who, team=who.team, external_id=who.username) for who in (rep, stranger)]
    segments = [segment("rep", str(call.pk)) for call in calls] + [segment("length", "1-9")]
    return {"segments": segments, "extremes": {"over": [mistake(call) for call in calls], "under": []}}


@pytest.mark.parametrize(("who", "seen"), [("admin", {"rita", "sam"}), ("manager", {"rita"}), ("stranger", {"sam"})])
def test_reps_and_calls_are_shown_to_whom_they_may(client, told, request, who, seen):
    text = page(client, request.getfixturevalue(who), **told)
    for section in ("segments", "over"):
        words = " ".join(rows_of(text, section))
        assert {name for name in ("rita", "sam") if name in words} == seen
    hidden = len(seen) < 2
    assert ("1 rep more" in text, "1 of the tested calls" in text) == (hidden, hidden)


def test_a_shared_call_is_shown_and_opens_no_figures_of_its_rep(client, told, stranger):
    Call.objects.get(external_id="rita").shared_with.add(stranger)
    text = page(client, stranger, **told)
    assert "rita" in " ".join(rows_of(text, "over"))
    assert "rita" not in " ".join(rows_of(text, "segments"))


def test_the_api_tells_of_reps_and_calls_what_the_page_does(told, manager, admin):
    version = watching.version(report=told)
    path = f"{API}model-versions/{version.pk}/"
    mine, all_of_it = (client_of(user).get(path).json()["report"] for user in (manager, admin))
    assert [row.get("name") for row in mine["segments"]] == ["rita", None]
    assert (len(mine["extremes"]["over"]), mine["extremes"]["hidden"]) == (1, 1)
    assert (len(all_of_it["extremes"]["over"]), all_of_it["hidden_segments"]) == (2, 0)


def test_a_call_that_is_gone_leaves_the_rest(client, told, admin):
    Call.objects.filter(external_id="rita").delete()
    text = page(client, admin, **told)
    assert [row.split()[0] for row in rows_of(text, "over")[1:]] == ["sam"]
    assert "gone" in text


def test_the_machine_is_named(client, admin):
    used = {"device": "cuda", "device_name": "Some GPU", "minutes": 3.21, "peak_memory_mb": 2140}
    text = page(client, admin, **used, peak_gpu_memory_mb=5210)
    for said in ("cuda", "3.2 min", "up to 2,140 MB of memory", "up to 5,210 MB of Some GPU"):
        assert f"<span>{said}</span>" in text
