"""What became of the data that a version learned from, where somebody must act on it."""

from dataclasses import dataclass

from calls.models import Call
from mltraining.models import ModelVersion


@dataclass(frozen=True)
class Flag:
    code: str  # for programs
    message: str
    hint: str  # what to do


def flags(version: ModelVersion) -> list[Flag]:
    """A call that was erased, alone or with its customer, leaves its number with the version and nothing else."""
    erased = len(version.call_ids) - Call.objects.filter(pk__in=version.call_ids).count()
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
