"""What a report says of single calls and of kinds of calls; calls and reps by id, for not everybody may see each."""

from typing import TYPE_CHECKING, Any

from calls.models import Call
from mltraining.examples import Snapshot

if TYPE_CHECKING:
    from mltraining.ml.pipeline import Trained

KINDS = ("rep", "segment", "language")
ROWS_AT_ONCE = 5000


def about_tested_calls(taken: Snapshot, trained: "Trained") -> dict[str, Any]:
    """`segments` by rep (its id), segment, language and length; `extremes`, the calls it was most wrong about."""
    from mltraining.ml.extremes import extremes  # noqa: PLC0415  # heavy packages only inside functions
    from mltraining.ml.segments import segment_rows  # noqa: PLC0415

    config = trained.model.config
    options = {"draws": config.bootstraps, "seed": config.seed}
    most_wrong = extremes(taken.examples, trained.tested)
    for found in [*most_wrong["over"], *most_wrong["under"]]:
        found["call"] = taken.call_ids[found.pop("row")]
    segments = segment_rows(kinds_of(taken.call_ids), taken.examples, trained.tested, **options)
    return {"segments": segments, "extremes": most_wrong}


def kinds_of(call_ids: list[int]) -> dict[str, list[str]]:
    """Each call's value of each kind; empty where it is not known, or the call is gone."""
    columns = ("pk", "rep_id", "customer_metadata__segment", "language")
    found = Call.objects.filter(pk__in=call_ids).order_by().values_list(*columns)
    known = {pk: [as_text(value) for value in values] for pk, *values in found.iterator(ROWS_AT_ONCE)}
    nothing = [""] * len(KINDS)
    return {kind: [known.get(pk, nothing)[place] for pk in call_ids] for place, kind in enumerate(KINDS)}


def as_text(value: object) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
