"""Attempts that an outage of the database ended: neither calls nor model had a part in it, so none of them counts."""

from django.db.models import F, QuerySet

OWED: list[QuerySet] = []  # of this process; they could not be taken off the count while the database was away


def owe(attempts: QuerySet) -> None:
    OWED.append(attempts)


def hand_back() -> None:
    """Takes them off the count, as soon as the database can be asked again."""
    while OWED:
        OWED[-1].filter(attempts__gt=0).update(attempts=F("attempts") - 1)
        OWED.pop()
