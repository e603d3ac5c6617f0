"""Letters for ranges of probability, by limits that an admin edits."""

from collections.abc import Sequence

from predictions.models import Band


def bands() -> list[Band]:
    """Highest first; read once for a batch."""
    return list(Band.objects.order_by("-lower"))


def band_for(probability: float | None, limits: Sequence[Band] | None = None) -> str:
    """The letter; empty without a probability, or below the lowest limit."""
    if probability is None:
        return ""
    limits = bands() if limits is None else limits
    return next((band.letter for band in limits if probability >= band.lower), "")
