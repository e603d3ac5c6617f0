"""The commands that train, promote and score."""

import pytest
from django.core.management import CommandError, call_command

from mltraining import attempt, registry, subprocess_run, training
from mltraining.models import ModelVersion, TrainingRun
from predictions import promotion, scoring, serving, tasks
from predictions.management.commands import promote_model
from tests.small_models import small_set

pytestmark = pytest.mark.django_db

QUICK = ["tune=none", "bootstraps=30"]


@pytest.fixture(autouse=True)
def here(settings, monkeypatch, empty_cache) -> None:
    """The child's work is done in this process, and a promotion as soon as it is looked at."""
    settings.MIN_LABELS_PER_CLASS = 6
    serving.forget()

    def work(run: TrainingRun) -> subprocess_run.Ending:
        attempt.work(run.pk, run.attempts)
        return subprocess_run.Ending()

    monkeypatch.setattr(training.subprocess_run, "run", work)
    monkeypatch.setattr(promote_model.time, "sleep", lambda _: None)


def test_it_follows_the_run_and_says_what_came_of_it(capsys):
    small_set(12)
    call_command("train_model", foreground=True, set=QUICK)
    said = capsys.readouterr().out
    assert "6 won and 6 lost calls" in said
    assert "Registered version" in said
    assert TrainingRun.objects.get().config["bootstraps"] == 30


def test_too_few_labels_end_it_with_the_counts():
    small_set(4)
    with pytest.raises(CommandError, match="there are 2 won and 2 lost") as refused:
        call_command("train_model")
    assert refused.value.returncode == 2


@pytest.mark.parametrize("wrong", ["loss=wishful", "nonsense=1", "loss", "steps=-1", "learning_rate=NaN"])
def test_a_wrong_setting_ends_it(wrong):
    small_set(12)
    with pytest.raises(CommandError) as refused:
        call_command("train_model", set=[wrong])
    assert refused.value.returncode == 2


def test_a_failed_run_ends_it_with_the_reason(monkeypatch):
    small_set(12)
    monkeypatch.setattr(training.subprocess_run, "run", lambda run: subprocess_run.Ending("No more disk."))
    with pytest.raises(CommandError, match="No more disk"):
        call_command("train_model", foreground=True)


def test_promote_and_score_from_the_command_line(capsys, monkeypatch):
    calls = small_set(12)
    call_command("train_model", foreground=True, set=QUICK)
    monkeypatch.setattr(tasks.write_vectors, "delay_on_commit", promotion.write_vectors)
    call_command("promote_model", override="a test", wait=True)
    call_command("score_calls", foreground=True, wait=True)
    assert not scoring.pending(registry.active()).exists()
    assert calls[0].predictions.exists()
    assert "Every call has its score." in capsys.readouterr().out


def test_a_run_that_finds_nothing_changed_promotes_the_candidate_that_waits(capsys, monkeypatch):
    small_set(12)
    call_command("train_model", foreground=True, set=QUICK)
    waiting = ModelVersion.objects.get()
    ModelVersion.objects.update(verdict=ModelVersion.Verdict.READY)
    monkeypatch.setattr(tasks.write_vectors, "delay_on_commit", promotion.write_vectors)
    call_command("train_model", foreground=True, promote=True, set=QUICK)
    assert f"There is already {waiting} as candidate" in capsys.readouterr().out
    assert registry.active() == waiting
    call_command("train_model", foreground=True, promote=True, set=QUICK)
    assert "as active" in capsys.readouterr().out


def test_without_an_active_version_nothing_can_be_scored():
    with pytest.raises(CommandError, match="No model version is active"):
        call_command("score_calls")
