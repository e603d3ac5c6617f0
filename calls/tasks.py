"""Doors for the workers: calls that wait to be parsed, the spool, and answers that are kept for a day."""

from celery import shared_task
from django.utils import timezone

from calls import ingest, keyed_requests, spool


@shared_task
def parse_call(pk: int) -> None:
    ingest.parse(pk)


@shared_task
def sweep() -> None:
    ingest.sweep()


@shared_task
def purge_spool() -> None:
    spool.purge()


@shared_task
def forget_answers() -> None:
    keyed_requests.sweep(timezone.now())
