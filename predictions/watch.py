"""What beat runs: measure, then decide."""

from datetime import datetime

from django.utils import timezone

from predictions import alerts, monitoring


def watch(now: datetime | None = None) -> None:
    """May run twice, or twice at once: points are written over, and an alert opens once."""
    now = now or timezone.now()
    monitoring.measure(now)
    alerts.decide(now)
