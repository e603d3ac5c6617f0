"""The stage of every fault: an empty database, an empty broker, one active version, a crew of workers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mltraining.models import ModelVersion
from predictions import serving
from predictions.models import Band
from salesconv.celery import app
from tests import small_models
from tests.faults.crew import LEASE_SECONDS, Crew, broker


@pytest.fixture
def crew(transactional_db, empty_cache, settings, tmp_path: Path) -> Iterator[Crew]:
    settings.LEASE_SECONDS = LEASE_SECONDS
    settings.MIN_LABELS_PER_CLASS = 6
    app.control.purge()
    broker().delete("unacked", "unacked_index")  # what a killed worker held would come back an hour later
    people = Crew(
        tmp_path,
        LEASE_SECONDS=str(LEASE_SECONDS),
        MIN_LABELS_PER_CLASS="6",
        SPOOL_DIR=str(tmp_path / "spool"),
        MODELS_DIR=str(tmp_path / "models"),
    )
    yield people
    people.dismiss()


@pytest.fixture
def active(crew: Crew) -> ModelVersion:
    """The version that serves while something goes wrong."""
    Band.objects.all().delete()  # whether the migrations' rows are there depends on the tests before
    Band.objects.create(letter="A", lower=0.0)
    serving.forget()
    return small_models.version()
