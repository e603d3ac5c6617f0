"""What tests of erasing share."""

import pytest

from calls import tasks


@pytest.fixture
def enqueued(monkeypatch) -> list[int]:
    """The erasures whose message was sent; no worker hears of them."""
    sent: list[int] = []
    monkeypatch.setattr(tasks.erase, "delay_on_commit", sent.append)
    return sent


@pytest.fixture
def desk(client, admin):
    """The browser of somebody who works in the admin."""
    client.force_login(admin)
    return client
