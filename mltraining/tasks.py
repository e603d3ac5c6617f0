"""Doors for the workers: training runs."""

from celery import shared_task

from mltraining import training


@shared_task
def train(pk: int) -> None:
    training.run(pk)


@shared_task
def sweep() -> None:
    training.sweep()
