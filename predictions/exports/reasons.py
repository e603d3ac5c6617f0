"""What spoke for and against a conversion in each score, one reason a row, the strongest of a score first."""

from collections.abc import Iterator

from django.db.models import Func, IntegerField, Sum
from django.db.models.functions import Coalesce

from predictions.exports.asked import ROWS_AT_ONCE, Asked
from predictions.exports.lines import Row
from predictions.exports.scores import named, seen

COLUMNS = (
    "source", "external_id", "started_at", "scored_at", "version", "rank", "kind", "name", "text", "value", "turn",
    "contribution",
)  # fmt: skip
OF_REASON = COLUMNS[6:]


def count(asked: Asked) -> int:
    how_many = Func("reasons", function="jsonb_array_length", output_field=IntegerField())
    found: int = seen(asked).order_by().aggregate(all=Coalesce(Sum(how_many), 0))["all"]
    return found


def rows(asked: Asked) -> Iterator[Row]:
    scores = seen(asked).select_related("call").defer("curve").order_by("pk")
    for score in scores.iterator(ROWS_AT_ONCE):
        score_named = named(score)
        for rank, reason in enumerate(score.reasons, start=1):
            yield {**score_named, "rank": rank, **{name: reason.get(name) for name in OF_REASON}}
