"""Before a promotion: what a candidate would say of open calls, made by a worker and seen by whom the calls are for."""

from datetime import timedelta

import pytest
from django.utils import timezone

from calls import progress
from calls.models import Call
from mltraining.models import ModelVersion
from predictions import preview, scoring, tasks
from predictions.models import Band, Preview
from predictions.seen_preview import SeenPreview, preview_for
from tests import factories, small_models
from tests.predictions import watching

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def enqueued(monkeypatch) -> list[tuple]:
    sent: list[tuple] = []
    monkeypatch.setattr(tasks.write_preview, "delay_on_commit", lambda *args: sent.append(args))
    return sent


@pytest.fixture
def candidate(active) -> ModelVersion:
    return small_models.version(ModelVersion.State.CANDIDATE)


def scored(turns=small_models.WON, probability: float | None = 0.5, band: str = "B", **fields) -> Call:
    """An open call, with a score by the active version."""
    call = factories.call(turns, **fields)
    watching.prediction(call, probability, band=band)
    return call


def made(candidate: ModelVersion) -> Preview:
    preview.write(preview.ask(candidate).pk)
    return Preview.objects.get(version=candidate)


def seen(candidate: ModelVersion, by) -> SeenPreview:
    made(candidate)
    return preview_for(by, candidate)


def test_a_preview_says_what_the_candidate_would_say(candidate, admin):
    call = scored(small_models.WON, 0.1, "D")
    [mover] = seen(candidate, admin).movers
    [said] = small_models.model().score([scoring.unscored(candidate, [call.pk])[0].example])
    assert (mover.call, mover.before.probability) == (call, 0.1)
    assert mover.after.probability == pytest.approx(said.probability)
    assert mover.after.band == "A"


def test_nothing_of_it_becomes_a_score_of_the_call(candidate):
    call = scored()
    made(candidate)
    assert not call.predictions.filter(version=candidate).exists()
    assert not candidate.embeddings.exists()


def test_whoever_waits_is_told_how_long_by_the_pace_of_the_calls_so_far(candidate, settings, monkeypatch):
    settings.SCORING_BATCH, seconds = 1, iter(range(0, 1000, 60))
    monkeypatch.setattr(progress, "time", lambda: float(next(seconds)))  # a minute for each look at the clock
    told, change = [], preview.change

    def changed(asked, **values):
        change(asked, **values)
        told.append(Preview.objects.get(pk=asked.pk).seconds_left)

    monkeypatch.setattr(preview, "change", changed)
    for _ in range(3):
        scored()
    made(candidate)
    assert told[:3] == [None, pytest.approx(120, abs=5), pytest.approx(60, abs=5)]


def test_calls_are_counted_by_the_band_now_and_then(candidate, admin):
    for turns, band in ((small_models.WON, "D"), (small_models.WON, "A"), (small_models.LOST, "D")):
        scored(turns, 0.5, band)
    found = seen(candidate, admin)
    assert found.moves == {("D", "A"): 1, ("A", "A"): 1, ("D", "D"): 1}
    assert (found.calls, found.changing) == (3, 1)
    assert found.table[0] == ("A", [("A", 1), ("B", 0), ("C", 0), ("D", 0)], 1)
    assert found.totals == [2, 0, 0, 1]


def test_a_call_that_has_too_little_text_for_either_version_is_counted_and_no_mover(candidate, admin):
    scored([("rep", "Hello.")], None, "")
    found = seen(candidate, admin)
    assert (found.moves, found.movers, found.letters[-1]) == ({("", ""): 1}, [], "")


def test_the_ten_largest_moves_come_first(candidate, admin):
    calls = [scored(small_models.LOST, 0.4 + step / 20) for step in range(12)]
    assert [mover.call for mover in seen(candidate, admin).movers] == calls[:1:-1]


def test_one_sees_what_becomes_of_ones_own_calls_only(candidate, rep, stranger):
    call = scored(rep=rep)
    scored()
    assert [mover.call for mover in seen(candidate, rep).movers] == [call]
    assert preview_for(rep, candidate).calls == 1
    assert preview_for(stranger, candidate).calls == 0


def test_only_open_calls_that_the_active_version_has_scored_are_compared(candidate, admin):
    scored(outcome="won")
    scored(state=Call.State.REJECTED)
    factories.call()
    watching.prediction(factories.call(), version=candidate)
    call = scored()
    watching.prediction(call, 0.7, band="B")
    [mover] = seen(candidate, admin).movers
    assert (mover.call, mover.before.probability) == (call, 0.7)


def test_of_too_many_calls_the_newest_are_compared_and_it_says_so(candidate, admin, monkeypatch):
    monkeypatch.setattr(preview, "MOST_CALLS", 1)
    scored(started_at=factories.NOW - timedelta(days=1))
    newest = scored()
    found = seen(candidate, admin)
    assert [mover.call for mover in found.movers] == [newest]
    assert found.preview.open_calls == 2


def test_asking_again_while_it_is_under_way_asks_no_second_worker(candidate, enqueued):
    asked = preview.ask(candidate)
    preview.claim(asked.pk)
    assert preview.ask(candidate) == asked
    assert enqueued == [(asked.pk,)]


def test_a_message_that_comes_twice_changes_nothing(candidate):
    scored()
    first = made(candidate)
    preview.write(first.pk)
    assert Preview.objects.get().attempts == 1
    assert first.scores.count() == 1


def test_made_anew_it_replaces_the_one_before(candidate, admin):
    scored()
    first = made(candidate)
    scored()
    assert seen(candidate, admin).calls == 2
    assert Preview.objects.get().made_at >= first.made_at


def test_while_it_is_made_anew_the_result_before_can_be_read(candidate, admin):
    scored()
    made(candidate)
    preview.claim(preview.ask(candidate).pk)
    found = preview_for(admin, candidate)
    assert (found.preview.is_under_way, found.calls) == (True, 1)


def lapse(asked: Preview) -> None:
    Preview.objects.filter(pk=asked.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_fast_clock_takes_none_for_lost(candidate, monkeypatch):
    found, fast = preview.claim(preview.ask(candidate).pk), timezone.now() + timedelta(hours=7)
    monkeypatch.setattr(timezone, "now", lambda: fast)
    assert found.is_under_way


def test_a_lost_one_can_be_asked_for_again_and_its_slow_worker_writes_nothing(candidate, enqueued):
    scored()
    slow = preview.claim(preview.ask(candidate).pk)
    lapse(slow)
    assert Preview.objects.get().has_stopped
    preview.claim(preview.ask(candidate).pk)
    with pytest.raises(preview.PreviewOver):
        preview.keep(slow, [])
    assert len(enqueued) == 2


def test_a_call_that_is_erased_meanwhile_is_left_out(candidate):
    call = scored()
    job = preview.claim(preview.ask(candidate).pk)
    rows = [preview.PreviewedScore(preview=job, before=call.predictions.get(), probability=0.5)]
    call.delete()
    preview.keep(job, rows)
    assert not job.scores.exists()


def test_what_a_preview_says_of_a_call_goes_with_the_call(candidate, admin):
    call = scored()
    made(candidate)
    call.delete()
    assert preview_for(admin, candidate).calls == 0


def test_a_preview_beside_a_version_that_serves_no_more_is_outdated(candidate, active, admin):
    assert not seen(candidate, admin).is_outdated
    ModelVersion.objects.filter(pk=active.pk).update(state="candidate")
    watching.version()
    assert preview_for(admin, candidate).is_outdated


def test_it_follows_the_limits_of_the_bands(candidate, admin):
    scored(small_models.WON, 0.9, "A")
    assert seen(candidate, admin).changing == 0
    raise_limit("A", 0.999999)
    assert preview_for(admin, candidate).changing == 1


def raise_limit(letter: str, lower: float) -> None:
    Band.objects.filter(letter=letter).update(lower=lower)


def test_a_damaged_artefact_is_told_on_the_row(candidate):
    scored()
    ModelVersion.objects.filter(pk=candidate.pk).update(checksum="1" * 64)
    failed = made(candidate)
    assert failed.state == "failed"
    assert "manifest was changed" in failed.error


def test_a_version_in_use_has_no_preview(active):
    with pytest.raises(preview.PreviewRefused) as refused:
        preview.ask(active)
    assert refused.value.code == "not_a_candidate"


def test_without_a_version_in_use_there_is_nothing_to_compare_with(db):
    with pytest.raises(preview.PreviewRefused) as refused:
        preview.ask(watching.version("candidate"))
    assert refused.value.code == "nothing_to_compare_with"
