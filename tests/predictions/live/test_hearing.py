"""A worker scores running calls as they stand."""

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mltraining.examples import example_from
from mltraining.ml.running import RunningCall
from predictions import scoring
from predictions.live import sweeping
from predictions.live.arriving import append, finish
from predictions.live.hearing import Kept, hear
from predictions.models import Band, Embedding, Tracker
from tests import small_models
from tests.predictions.live import lines
from tests.predictions.live.lines import LOST, WON, heard, kinds, sent


@pytest.fixture(autouse=True)
def two_bands(db, active):
    Band.objects.all().delete()
    Band.objects.create(letter="A", lower=0.5)
    Band.objects.create(letter="B", lower=0.0)


def test_each_turn_moves_the_score_as_along_the_whole_call(live, rep):
    for number, turn in enumerate(WON):
        live = heard(live, [turn], number)
    running = live.curve
    call = finish(live, rep).call
    scored = small_models.model().score([example_from(call)])[0]
    assert running[:-1] == pytest.approx(scored.curve[:-1], abs=1e-4)
    assert live.heard == len(live.moves) == len(WON)
    assert (live.band, live.version_id) == ("A", scoring.serving.served().version.pk)


def test_the_last_score_is_that_of_the_whole_call(live, rep):
    heard(live, WON[:2])
    append(live, sent(WON[2:], 2))  # nobody has heard these yet
    call = finish(live, rep).call
    hear(live.pk)
    prediction, live.curve = call.predictions.get(), []
    live.refresh_from_db()
    whole = small_models.model().score([example_from(call)])[0]
    assert prediction.probability == pytest.approx(whole.probability, abs=1e-4)
    assert live.probability == prediction.probability
    told = live.events.filter(kind="score").last().content
    assert (told["is_final"], told["conversion_probability"]) == (True, prediction.probability)
    assert kinds(live)[-1] == "finished"


def test_what_was_read_while_the_call_ran_is_not_read_again(live, rep, monkeypatch):
    heard(live, WON)
    call = finish(live, rep).call
    model = scoring.serving.served().model
    monkeypatch.setattr(type(model.encoder), "encode", lambda *args: 1 / 0)
    hear(live.pk)
    assert call.predictions.exists()
    assert Embedding.objects.filter(call=call).count() == 1 + len(WON)
    assert not Kept.followed


def test_a_killed_worker_costs_nothing_but_the_way_back(live):
    steady = heard(live, WON).curve
    Kept.followed.clear()
    live = heard(live, [("customer", "Goodbye.")], len(WON))
    assert live.curve[:-1] == pytest.approx(steady)
    assert live.heard == len(WON) + 1


def test_a_turn_at_which_hearing_broke_off_counts_once(live, rep, monkeypatch):
    steady = heard(lines.opened(rep, "steady"), WON).curve
    heard(live, WON[:1])
    append(live, sent(WON[1:], 1))
    with monkeypatch.context() as patch:
        patch.setattr(RunningCall, "after", lambda *args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            hear(live.pk)
    hear(live.pk)
    live.refresh_from_db()
    assert live.curve == pytest.approx(steady)


def test_turns_after_a_gap_wait_until_it_is_closed(live):
    heard(live, WON[:1])
    live = heard(live, WON[2:], 2)
    assert live.heard == 1
    assert heard(live, WON[1:2], 1).heard == len(WON)


def test_a_turn_without_words_moves_nothing(live):
    live = heard(live, [WON[0], ("customer", "[laughter]"), *WON[1:]])
    assert live.curve[1] == live.curve[0]
    assert live.moves[1] == 0


def test_hearing_twice_tells_nothing_twice(live):
    heard(live, WON)
    before = kinds(live)
    hear(live.pk)
    assert kinds(live) == before


def test_watched_words_are_told_with_their_turn(live):
    Tracker.objects.all().delete()
    Tracker.objects.create(name="Budget", kind="price", phrases=["budget"])
    live = heard(live, WON)
    hit = live.events.get(kind="tracker_hit").content
    assert hit == {"tracker": "Budget", "kind": "price", "phrase": "budget", "turn": 1}


def test_a_score_that_falls_crosses_a_band_and_is_a_risk(live):
    live = heard(live, WON)
    live = heard(live, [*LOST, *LOST, *LOST], len(WON))
    crossed, risk = live.events.get(kind="band_crossed"), live.events.get(kind="risk")
    assert (crossed.content["before"], crossed.content["after"]) == ("A", "B")
    assert risk.content["kind"] == "falling"
    assert risk.content["before"] - risk.content["after"] >= 0.15


def test_another_version_hears_the_call_from_its_beginning(live):
    heard(live, WON)
    scoring.serving.served().version.__class__.objects.update(state="candidate")
    scoring.serving.forget()
    other = small_models.version()
    live = heard(live, [("customer", "Goodbye.")], len(WON))
    assert live.version == other
    assert len(live.curve) == len(WON) + 1


def test_without_a_model_watched_words_are_told_all_the_same(live):
    scoring.serving.served().version.delete()
    Tracker.objects.create(name="Signing", kind="buying signal", phrases=["sign the contract"])
    live = heard(live, WON)
    assert "tracker_hit" in kinds(live)
    assert (live.heard, live.probability, live.curve) == (len(WON), None, [])


def test_events_are_numbered_without_a_gap(live, rep):
    heard(live, WON)
    finish(live, rep)
    hear(live.pk)
    assert list(live.events.values_list("sequence", flat=True)) == list(range(1, live.events.count() + 1))


def test_a_turn_late_in_the_call_asks_the_database_no_more_than_an_early_one(live):
    counts = []
    for number in range(40):
        with CaptureQueriesContext(connection) as asked:
            heard(live, [WON[number % 4]], number)
        counts.append(len(asked))
    assert counts[5] == counts[39]
    assert np.isfinite(live.curve[-1])


def test_the_sweep_brings_back_what_nobody_heard(live, rep, monkeypatch):
    asked = []
    monkeypatch.setattr("predictions.tasks.score_live_call.delay_on_commit", asked.append)
    append(live, sent(WON))
    sweeping.sweep()
    hear(live.pk)
    sweeping.sweep()
    finish(live, rep)
    sweeping.sweep()
    hear(live.pk)
    sweeping.sweep()
    assert asked == [live.pk] * 4  # by append, the sweep, finish, the sweep


def test_a_call_that_nobody_goes_on_with_is_finished(live, settings):
    heard(live, WON[:1])
    settings.LIVE_IDLE_MINUTES = 0
    sweeping.sweep()
    live.refresh_from_db()
    assert (live.state, live.call.turn_count) == ("finished", 1)
