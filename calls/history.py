"""The base of the audit tables that pghistory's triggers fill: wide ids, from the first migration on."""

import pghistory.models
from django.db import models


class BigEvent(pghistory.models.Event):
    pgh_id = models.BigAutoField(primary_key=True)

    class Meta:
        abstract = True
