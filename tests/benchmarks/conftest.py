"""The stage of every benchmark: the pretrained encoder behind a real head, and a table that ends in var/benchmarks.

`BENCHMARK_SIZE=0.1` takes fewer calls and vectors, to see whether it runs.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings

from calls.models import User
from calls.sample_calls.simulate import sample_calls
from mltraining import registry
from mltraining.examples import Said, plain_example
from mltraining.ml.calibration import Calibration
from mltraining.ml.classifier import FACTS, TEXT, WORDS, fit_head
from mltraining.ml.config import TrainConfig
from mltraining.ml.embedding import encode, pooled_all, text_view
from mltraining.ml.encoder import encoder_for
from mltraining.ml.example import Example
from mltraining.ml.model import ConversionModel
from mltraining.ml.projection import Projection
from mltraining.models import ModelVersion, TrainingRun
from predictions import serving
from salesconv.celery import app
from tests import factories
from tests.benchmarks.table import Table
from tests.faults.crew import Crew
from tests.faults.trials import Trial

SIZE = float(os.environ.get("BENCHMARK_SIZE", "1"))
LEARNED_FROM = 80  # calls
TABLE = Table()


def pytest_terminal_summary(terminalreporter) -> None:
    if TABLE.figures:
        folder = Path(settings.BASE_DIR) / "var" / "benchmarks"
        TABLE.write(folder)
        terminalreporter.write_line(f"\n{TABLE.markdown}\n\nKept in {folder}")


@pytest.fixture(scope="session")
def table() -> Table:
    return TABLE


@pytest.fixture(scope="session")
def sized():
    """How many, at this size, of so many at full size."""
    return lambda count: max(4, round(count * SIZE))


@pytest.fixture(scope="session")
def rows() -> list[dict]:
    """Simulated calls, of which the first LEARNED_FROM taught the head."""
    return list(sample_calls(LEARNED_FROM + 600, 5, until=datetime(2026, 1, 1, tzinfo=UTC)))


@pytest.fixture(scope="session")
def learned(rows) -> list[Example]:
    return [example_of(row) for row in rows[:LEARNED_FROM]]


def example_of(row: dict) -> Example:
    turns = [Said(turn["speaker"], turn["text"], turn["start"], turn["end"]) for turn in row["turns"]]
    return plain_example(turns, row["metadata"], {}, name=row["id"], label=row["outcome"], group=row["group"])


@pytest.fixture(scope="session")
def model(learned) -> ConversionModel:
    """Every part that a trained model has; only the encoder is as it was pretrained, which costs the same."""
    config = TrainConfig(tune="none")
    encoder, projection = encoder_for(config.encoder), Projection.untrained()
    text = text_view(pooled_all(encode(encoder, learned, config)), projection)
    groups = np.unique([each.group for each in learned], return_inverse=True)[1]
    head = replace(fit_head(learned, text, groups, config).head, calibration=counting((TEXT, WORDS, FACTS)))
    return ConversionModel(encoder, projection, head, config)


def counting(parts: tuple[str, ...]) -> Calibration:
    """As if so many calls had been learned from that these parts proved useful."""
    return Calibration(parts, np.ones(len(parts)), 0.0, np.zeros((0, 2)))


@pytest.fixture
def rep(transactional_db) -> User:
    return factories.user("rita", role=User.Role.REP, team=factories.team("North"))


@pytest.fixture
def active(transactional_db, empty_cache, model) -> Iterator[ModelVersion]:
    """The model as the version that serves, loaded."""
    run = TrainingRun.objects.create(state=TrainingRun.State.SUCCEEDED, config=model.config.to_dict())
    stored = registry.store(model, run)
    serving.forget()
    version = ModelVersion.objects.create(
        run=run,
        state=ModelVersion.State.ACTIVE,
        verdict="ready",
        encoder=model.config.encoder,
        **stored.columns,
        format_version=stored.format_version,
    )
    serving.served()
    yield version
    serving.forget()


@pytest.fixture
def crew(active, tmp_path: Path) -> Iterator[Crew]:
    """Workers in processes of their own, at empty queues; nothing goes wrong here."""
    app.control.purge()
    folders = {"MODELS_DIR": str(tmp_path / "models"), "SPOOL_DIR": str(tmp_path / "spool")}
    people = Crew(tmp_path, Trial("none"), **folders)
    yield people
    people.dismiss()
    app.control.purge()
