"""Doors for the workers; which queue each stands at is told in salesconv/queues.py."""

from celery import shared_task

from predictions import insights, predict, preview, promotion, scoring, search, sweeping
from predictions import watch as watching
from predictions.live import hearing
from predictions.risks import anew, finding
from predictions.webhooks import delivering, fanning_out


@shared_task
def score_call(pk: int) -> None:
    scoring.score([pk])


@shared_task
def score_pending(chain: str = "") -> None:
    scoring.score_pending(chain)


@shared_task
def score_live_call(pk: int) -> None:
    hearing.hear(pk)


@shared_task
def write_insight(pk: int) -> None:
    insights.write(pk)


@shared_task
def write_insight_job(pk: int) -> None:
    insights.jobs.write(pk)


@shared_task
def find_risks(pk: int) -> None:
    finding.find(pk)


@shared_task
def find_risks_anew() -> None:
    anew.go_on()


@shared_task
def write_vectors(promotion_pk: int) -> None:
    promotion.write_vectors(promotion_pk)


@shared_task
def write_preview(pk: int) -> None:
    preview.write(pk)


@shared_task
def answer_prediction(key: str) -> None:
    predict.answer(key)


@shared_task
def encode_query(key: str) -> None:
    search.encode(key)


@shared_task
def fan_out_events() -> None:
    fanning_out.fan_out()


@shared_task
def deliver_event(delivery_pk: int) -> None:
    delivering.deliver(delivery_pk)


@shared_task
def sweep() -> None:
    sweeping.sweep()


@shared_task
def watch() -> None:
    watching.watch()
