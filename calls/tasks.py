"""Doors for the workers: calls that wait to be parsed, and the spool."""

from celery import shared_task

from calls import ingest, spool


@shared_task
def parse_call(pk: int) -> None:
    ingest.parse(pk)


@shared_task
def sweep() -> None:
    ingest.sweep()


@shared_task
def purge_spool() -> None:
    spool.purge()
