"""The app of facts that arrive: people, customers, mltraining and labels."""

from django.apps import AppConfig


class TrainingConfig(AppConfig):
    name = "mltraining"
