"""A worker that has just started, for every test of this folder."""

from collections.abc import Iterator

import pytest

from mltraining.models import ModelVersion
from predictions import serving
from tests import small_models


@pytest.fixture(autouse=True)
def fresh_worker(empty_cache) -> Iterator[None]:
    serving.forget()
    yield
    serving.forget()


@pytest.fixture
def active(db) -> ModelVersion:
    return small_models.version()


@pytest.fixture
def desk(client, admin):
    """The browser of somebody who works in the admin."""
    client.force_login(admin)
    return client


@pytest.fixture
def language_model(monkeypatch, settings):
    """What is set, and answers from `responses`, in turn."""
    from tests.language_models import FakeModel

    settings.INSIGHTS_MODEL = "openai:fake"
    fake = FakeModel(responses=[], asked=[])
    monkeypatch.setattr("langchain.chat_models.init_chat_model", lambda name, **options: fake)
    return fake
