"""What a report says of single calls and of kinds of calls, by ids of calls: not everybody may see each of them."""

from typing import TYPE_CHECKING, Any

from calls.models import Call
from mltraining.examples import Snapshot

if TYPE_CHECKING:
    from mltraining.ml.pipeline import Trained

ROWS_AT_ONCE = 5000


def about_tested_calls(taken: Snapshot, trained: "Trained") -> dict[str, Any]:
    """`segments` by rep (a call of theirs), segment, language and length; `extremes`: where it was most wrong."""
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
    """Each call's value of each kind; empty where it is not known, or the call is gone.

    A rep, whether a user or only a name, is the id of the first call of theirs: no report keeps a name.
    """
    columns = ("pk", "rep_id", "rep_name", "customer_metadata__segment", "language")
    rows = Call.objects.filter(pk__in=call_ids).order_by("pk").values_list(*columns)
    reps: dict[tuple[int | None, str], str] = {}
    known: dict[int, dict[str, str]] = {}
    for pk, rep_id, rep_name, segment, language in rows.iterator(ROWS_AT_ONCE):
        who = (rep_id, "" if rep_id else rep_name)
        rep = reps.setdefault(who, str(pk)) if any(who) else ""
        known[pk] = {"rep": rep, "segment": segment if isinstance(segment, str) else "", "language": language}
    return {kind: [known.get(pk, {}).get(kind, "") for pk in call_ids] for kind in ("rep", "segment", "language")}
