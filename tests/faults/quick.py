"""The application for a beat that does not keep a test waiting for half a minute."""

from datetime import timedelta

from salesconv.celery import app

SECONDS = 3
SWEEPS = ("calls.tasks.sweep", "mltraining.tasks.sweep", "predictions.tasks.sweep")

app.conf.beat_schedule = {name: {"task": name, "schedule": timedelta(seconds=SECONDS)} for name in SWEEPS}
app.conf.beat_max_loop_interval = 1
