"""What beat runs: measure, then decide."""

from datetime import datetime

from calls import clock
from predictions import alerts, monitoring


def watch(now: datetime | None = None) -> None:
    """May run twice, or twice at once: points are written over, and an alert opens once."""
    now = now or clock.now()
    monitoring.measure(now)
    alerts.decide(now)
