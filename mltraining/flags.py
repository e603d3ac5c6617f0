"""What became of the data that a version learned from, where somebody must act on it."""

from dataclasses import dataclass

from django.db.models import BigIntegerField, F, Func, JSONField, QuerySet
from django.db.models.functions import Cast

from calls.models import Call
from mltraining.models import ModelVersion


@dataclass(frozen=True)
class Flag:
    code: str  # for programs
    message: str
    hint: str  # what to do


def flags(version: ModelVersion) -> list[Flag]:
    """A call that was erased, alone or with its customer, leaves its number with the version and nothing else."""
    erased = len(version.call_ids) - Call.objects.filter(pk__in=learned_from(version)).count()
    if not erased:
        return []
    return [
        Flag(
            "trained_with_erased_calls",
            f"{version} learned from {len(version.call_ids):,} calls, and {erased:,} of them "
            f"{'has' if erased == 1 else 'have'} been erased since.".capitalize(),
            "Train anew, promote the version that comes of it and retire this one.",
        )
    ]


class Each(Func):
    """The elements of a JSON list, one a row."""

    function = "jsonb_array_elements"
    output_field = JSONField()
    set_returning = True


def learned_from(version: ModelVersion) -> QuerySet[ModelVersion, int]:
    """Ids of calls, as the database unfolds them: tens of thousands need not travel there and back."""
    own = ModelVersion.objects.filter(pk=version.pk)
    return own.annotate(call_id=Cast(Each(F("call_ids")), BigIntegerField())).values_list("call_id", flat=True)
