"""The app of learning: training runs, the versions they make, and the promotions of those."""

from django.apps import AppConfig


class TrainingConfig(AppConfig):
    name = "mltraining"
    verbose_name = "Training"
