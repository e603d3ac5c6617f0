"""The app of scores: the active version applied to calls, and watched."""

from django.apps import AppConfig, apps


class PredictionsConfig(AppConfig):
    name = "predictions"
    verbose_name = "Scores"

    def ready(self) -> None:
        from predictions import receivers  # noqa: F401, PLC0415  # connects the two custom signals

        # For the admin. An AppConfig of our own would not do: the package looks for its own name in INSTALLED_APPS.
        apps.get_app_config("authtoken").verbose_name = "API tokens"
