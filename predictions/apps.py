"""The app of scores: the active version applied to calls, and watched."""

from django.apps import AppConfig


class PredictionsConfig(AppConfig):
    name = "predictions"
    verbose_name = "Scores"

    def ready(self) -> None:
        from predictions import receivers  # noqa: F401, PLC0415  # connects the two custom signals
