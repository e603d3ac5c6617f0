"""What the admin notes of each act there, recorded by the database as well: Django's log goes with whoever acted."""

import pghistory
from django.contrib.admin.models import LogEntry


@pghistory.track(pghistory.InsertEvent("noted"), model_name="AdminActEvent")
class AdminAct(LogEntry):
    class Meta:
        proxy = True
        verbose_name = "act in the admin"


AdminActEvent = AdminAct.pgh_event_model  # type: ignore[attr-defined]  # made by the decorator
