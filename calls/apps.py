"""The app of facts that arrive: people, customers, calls and labels."""

from django.apps import AppConfig


class CallsConfig(AppConfig):
    name = "calls"
    verbose_name = "Calls and people"
