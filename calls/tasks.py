"""Doors for the workers: calls, drafts, batches, erasures, notices to be mailed, the spool, kept answers, sessions."""

from celery import shared_task
from django.core.management import call_command
from django.db.models.functions import Now

from calls import batch_ingest, drafting, erasing, ingest, keyed_requests, notifying, retention, spool


@shared_task
def parse_call(pk: int) -> None:
    ingest.parse(pk)


@shared_task
def read_draft(pk: int) -> None:
    drafting.read(pk)


@shared_task
def take_batch(pk: int) -> None:
    batch_ingest.take(pk)


@shared_task
def mail_notices(comment_pk: int) -> None:
    notifying.mail(comment_pk)


@shared_task
def erase(pk: int) -> None:
    erasing.carry_out(pk)


@shared_task
def erase_old_calls() -> None:
    retention.erase_what_is_over()


@shared_task
def sweep() -> None:
    ingest.sweep()
    notifying.sweep()
    batch_ingest.sweep(Now())
    drafting.sweep(Now())
    erasing.sweep()


@shared_task
def purge_spool() -> None:
    spool.purge()


@shared_task
def forget_answers() -> None:
    keyed_requests.sweep(Now())


@shared_task
def forget_sessions() -> None:
    call_command("clearsessions")
