import pytest

from mltraining import tasks


@pytest.fixture
def enqueued(monkeypatch) -> list[int]:
    """The runs whose message was sent; no worker hears of them."""
    sent: list[int] = []
    monkeypatch.setattr(tasks.train, "delay_on_commit", sent.append)
    return sent
