"""A worker that remembers no running call."""

from collections.abc import Iterator

import pytest

from predictions.live.hearing import Kept
from predictions.live.models import LiveCall
from tests.predictions.live import lines


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    Kept.followed.clear()
    yield
    Kept.followed.clear()


@pytest.fixture
def live(rep) -> LiveCall:
    return lines.opened(rep)
