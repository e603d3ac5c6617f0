"""Which version serves: promoted with its vectors, gone back from, retired."""

from datetime import timedelta

import pytest
from django.utils import timezone

from calls import progress
from calls.models import Call
from mltraining import registry
from mltraining.ml.model import ConversionModel
from mltraining.models import ModelVersion, Promotion
from predictions import promotion, scoring, tasks
from predictions.call_page import shown_prediction
from predictions.models import Embedding
from tests import factories, small_models

pytestmark = pytest.mark.django_db

CANDIDATE = ModelVersion.State.CANDIDATE


@pytest.fixture(autouse=True)
def enqueued(monkeypatch) -> list[tuple]:
    sent: list[tuple] = []
    for name in ("score_pending", "write_vectors"):
        monkeypatch.setattr(
            getattr(tasks, name), "delay_on_commit", lambda *args, name=name: sent.append((name, *args))
        )
    return sent


@pytest.fixture
def candidate(db) -> ModelVersion:
    return small_models.version(CANDIDATE)


def promoted(version: ModelVersion, by=None) -> Promotion:
    job = promotion.promote(version, by)
    promotion.write_vectors(job.pk)
    job.refresh_from_db()
    version.refresh_from_db()
    return job


def test_a_version_serves_once_its_vectors_are_written(candidate, admin, enqueued):
    factories.call()
    job = promotion.promote(candidate, admin)
    candidate.refresh_from_db()
    assert (job.state, candidate.state) == ("writing vectors", "candidate")
    promotion.write_vectors(job.pk)
    job.refresh_from_db()
    candidate.refresh_from_db()
    assert (job.state, candidate.state, job.requested_by) == ("done", "active", admin)
    assert (job.calls_done, job.calls_total) == (1, 1)
    assert Embedding.objects.of_windows().filter(version=candidate).count() == 4
    assert enqueued == [("write_vectors", job.pk), ("score_pending",)]


def test_whoever_waits_is_told_how_long_by_the_pace_of_the_vectors_so_far(candidate, admin, settings, monkeypatch):
    settings.SCORING_BATCH, seconds = 1, iter(range(0, 1000, 60))
    monkeypatch.setattr(progress, "time", lambda: float(next(seconds)))  # a minute for each look at the clock
    told, advance = [], promotion.advance

    def advanced(job, **changes):
        advance(job, **changes)
        told.append(Promotion.objects.get(pk=job.pk).seconds_left)

    monkeypatch.setattr(promotion, "advance", advanced)
    for _ in range(3):
        factories.call()
    promoted(candidate, admin)
    assert told == [None, pytest.approx(120, abs=5), pytest.approx(60, abs=5), 0]


def test_the_version_before_stays_a_candidate(active, candidate):
    job = promoted(candidate)
    active.refresh_from_db()
    assert active.state == "candidate"
    assert job.previous == active


def test_a_version_that_is_not_ready_needs_a_reason(db, admin):
    weak = small_models.version(CANDIDATE, "not_ready", verdict_reasons=[{"passed": False, "text": "Too weak."}])
    with pytest.raises(promotion.NotReady) as refused:
        promotion.promote(weak, admin, "  ")
    assert refused.value.fields["reasons"][0]["text"] == "Too weak."
    assert not Promotion.objects.exists()
    assert promotion.promote(weak, admin, "for a trial").override == "for a trial"


def test_asking_twice_gives_the_same_job(candidate, enqueued):
    assert promotion.promote(candidate, None) == promotion.promote(candidate, None)
    assert len(enqueued) == 1


def test_a_reason_given_while_the_job_runs_is_kept_and_the_first_one_stays(candidate):
    promotion.promote(candidate, None)
    assert promotion.promote(candidate, None, "for a\0 trial").override == "for a trial"
    assert promotion.promote(candidate, None, "another").override == "for a trial"


def test_an_active_or_retired_version_cannot_be_promoted(active):
    with pytest.raises(promotion.PromotionRefused) as refused:
        promotion.promote(active, None)
    assert refused.value.code == "already_active"


def test_a_killed_job_goes_on_where_it_stopped(candidate, monkeypatch, settings):
    settings.SCORING_BATCH = 1
    for _ in range(3):
        factories.call()
    sizes = killed_at_the_third_batch(monkeypatch)
    job = promotion.promote(candidate, None)
    with pytest.raises(KeyboardInterrupt):
        promotion.write_vectors(job.pk)
    lapse(job)
    promotion.write_vectors(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.calls_done, len(sizes)) == ("done", 2, 3, 4)


def killed_at_the_third_batch(monkeypatch) -> list[int]:
    sizes: list[int] = []
    original = ConversionModel.encode

    def encode(self, examples):
        sizes.append(len(examples))
        if len(sizes) == 3:
            raise KeyboardInterrupt
        return original(self, examples)

    monkeypatch.setattr(ConversionModel, "encode", encode)
    return sizes


def lapse(job: Promotion) -> None:
    """Its holder has been silent for long."""
    Promotion.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_second_delivery_of_the_task_finds_nothing_to_do(candidate):
    job = promotion.promote(candidate, None)
    assert promotion.claim(job.pk)
    assert promotion.claim(job.pk) is None


def test_a_worker_that_lost_the_job_changes_nothing(candidate):
    job = promotion.promote(candidate, None)
    slow = promotion.claim(job.pk)
    lapse(job)
    assert promotion.claim(job.pk)
    with pytest.raises(promotion.PromotionOver):
        promotion.complete(slow)
    assert registry.active() is None


def test_a_failure_is_told_on_the_row(candidate):
    factories.call()
    job = promotion.promote(candidate, None)
    (registry.local_folder(candidate) / "model.json").unlink()
    promotion.write_vectors(job.pk)
    job.refresh_from_db()
    assert job.state == "failed"
    assert "model.json is missing" in job.error


def test_the_sweep_queues_a_lost_job_again_and_gives_up_in_the_end(candidate, enqueued, settings):
    job = promotion.promote(candidate, None)
    lapse(job)
    enqueued.clear()
    promotion.sweep()
    promotion.sweep()
    assert enqueued == [("write_vectors", job.pk)]
    Promotion.objects.filter(pk=job.pk).update(attempts=settings.MAX_ATTEMPTS)
    promotion.sweep()
    job.refresh_from_db()
    assert job.state == "failed"


def test_going_back_is_immediate(active, candidate, admin):
    factories.call()
    promoted(second := small_models.version(CANDIDATE))
    promoted(candidate)
    back = promotion.revert(candidate, admin)
    assert (back.state, registry.active(), back.version) == ("done", second, second)


def test_going_back_is_done_once_where_its_message_reaches_a_worker_at_once(active, candidate, monkeypatch):
    promoted(candidate)
    monkeypatch.setattr(tasks.write_vectors, "delay_on_commit", promotion.write_vectors)
    back = promotion.revert(candidate, None)
    assert (back.state, registry.active()) == ("done", active)
    assert Promotion.objects.filter(action=Promotion.Action.REVERT).count() == 1


def test_going_back_first_writes_the_vectors_of_newer_calls(active, candidate):
    promoted(candidate)
    factories.call()
    back = promotion.revert(candidate, None)
    assert (back.state, registry.active()) == ("writing vectors", candidate)
    promotion.write_vectors(back.pk)
    assert registry.active() == active


def test_going_back_twice_goes_further_back_never_forth(db):
    first, second, third = (small_models.version(CANDIDATE) for _ in range(3))
    for version in (first, second, third):
        promoted(version)
    promotion.revert(third, None)
    promotion.revert(second, None)
    assert registry.active() == first
    with pytest.raises(promotion.PromotionRefused, match="no earlier version"):
        promotion.revert(first, None)


def test_a_retired_version_is_not_gone_back_to(db):
    first, second, third = (small_models.version(CANDIDATE) for _ in range(3))
    for version in (first, second, third):
        promoted(version)
    second.refresh_from_db()
    promotion.retire(second, None)
    promotion.revert(third, None)
    assert registry.active() == first


def test_the_active_version_cannot_be_retired(active, admin):
    with pytest.raises(promotion.PromotionRefused):
        promotion.retire(active, admin)
    active.refresh_from_db()
    assert active.is_active


def test_retiring_is_written_down(candidate, admin):
    row = promotion.retire(candidate, admin)
    candidate.refresh_from_db()
    assert (candidate.state, row.action, row.requested_by) == ("retired", "retire", admin)
    with pytest.raises(promotion.PromotionRefused):
        promotion.promote(candidate, admin)


@pytest.fixture
def kestrel(active) -> Call:
    """A call that the active version has scored."""
    call = factories.call()
    scoring.score_pending()
    return call


def scored_by(call: Call) -> list[ModelVersion]:
    return [prediction.version for prediction in call.predictions.order_by("pk")]


def test_a_promotion_keeps_the_scores_of_the_version_before_and_adds_its_own(active, candidate, kestrel):
    before = kestrel.predictions.get()
    promoted(candidate)
    scoring.score_pending()
    assert scored_by(kestrel) == [active, candidate]
    assert kestrel.predictions.get(version=active) == before
    assert shown_prediction(kestrel, factories.user()).version == candidate


def test_going_back_shows_the_old_score_again_and_scores_nothing_twice(active, candidate, kestrel):
    old = kestrel.predictions.get()
    promoted(candidate)
    scoring.score_pending()
    promotion.revert(candidate, None)
    scoring.score_pending()
    assert scored_by(kestrel) == [active, candidate]
    assert shown_prediction(kestrel, factories.user()) == old
