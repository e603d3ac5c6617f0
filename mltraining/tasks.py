"""Doors for the workers: training runs."""

from celery import shared_task

from mltraining import retraining, training


@shared_task
def train(pk: int) -> None:
    training.run(pk)


@shared_task
def retrain() -> None:
    retraining.request_if_due()


@shared_task
def sweep() -> None:
    training.sweep()
