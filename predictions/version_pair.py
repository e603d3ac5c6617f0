"""Two versions on the same calls: what each said of them, how they moved between bands, and which came closer."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from calls.models import Call, User
from mltraining.comparing import FEWEST_COMPARED, differences, enough_to_compare
from mltraining.flags import learned_from
from mltraining.models import ModelVersion
from predictions.band_moves import BandMoves, counted
from predictions.bands import band_for, bands
from predictions.guesses import awaiting_guess
from predictions.model_comparison import METRICS, Comparison, Gap, Metric, comparisons
from predictions.models import Prediction, PreviewedScore

MOST_CALLS = 5000  # the newest of them


@dataclass(frozen=True)
class Graded:
    """Both versions against what became of calls that neither had learned from."""

    first: ModelVersion
    second: ModelVersion
    calls: int
    won: int
    comparison: Comparison | None  # second less first; None: too few calls

    @property
    def in_words(self) -> str:
        if self.comparison is None:
            return self.too_few
        ranking, error = (self.told(index) for index in (0, 1))
        return (
            f"On {self.calls:,} calls that neither has learned from, version {self.second.pk} {ranking} by AUC "
            f"and {error} by Brier score, beside version {self.first.pk}."
        )

    @property
    def rows(self) -> list[tuple[Metric, Gap | None]]:
        return list(zip(METRICS, self.comparison.gaps, strict=True)) if self.comparison else []

    def told(self, index: int) -> str:
        gap = self.comparison.gaps[index] if self.comparison else None
        if gap is None or gap.verdict == "could be chance":
            return "differs no more than chance allows"
        return f"is clearly {gap.verdict}"

    @property
    def too_few(self) -> str:
        settled = f"{self.calls:,} such call{'' if self.calls == 1 else 's'}, {self.won:,} of them won"
        return f"Too few to say which is better: there are {settled}. It takes {FEWEST_COMPARED}, won and lost ones."


def scored_by_both(user: User, first: ModelVersion, second: ModelVersion) -> QuerySet[Call]:
    """Calls of which this person may see the scores, with `said_first` and `said_second`; newest first."""
    calls = Call.objects.visible_to(user).ready().exclude(pk__in=awaiting_guess(user))
    said = calls.annotate(said_first=said_by(first), said_second=said_by(second)).order_by("-started_at", "-pk")
    return said.filter(said_first__isnull=False, said_second__isnull=False)


def said_by(version: ModelVersion) -> Coalesce:
    """The probability of an outer query's call: the newest that was given, else that of the version's preview."""
    given = Prediction.objects.filter(call=OuterRef("pk"), version=version, is_partial=False).newest_first()
    previewed = PreviewedScore.objects.filter(before__call=OuterRef("pk"), preview__version=version)
    return Coalesce(
        Subquery(given.values("probability")[:1]), Subquery(previewed.order_by("-pk").values("probability")[:1])
    )


def moves_between(user: User, first: ModelVersion, second: ModelVersion) -> BandMoves:
    """By the limits of bands as they are now, over the newest MOST_CALLS that both have scored."""
    limits = bands()
    calls = scored_by_both(user, first, second)
    said = calls.values_list("said_first", "said_second")[:MOST_CALLS]  # type: ignore[misc]  # annotated there
    return counted(((band_for(one, limits), band_for(two, limits)) for one, two in said), limits)


def graded(user: User, first: ModelVersion, second: ModelVersion) -> Graded:
    """Over the newest MOST_CALLS with an outcome that neither version was trained or tested on."""
    calls = scored_by_both(user, first, second).exclude(outcome="")
    unseen = calls.exclude(pk__in=learned_from(first)).exclude(pk__in=learned_from(second))
    columns = ("outcome", "said_first", "said_second", "group")
    grouped = unseen.annotate(group=Coalesce("customer", -F("pk")))
    rows = list(grouped.values_list(*columns)[:MOST_CALLS])
    won = [row[0] == "won" for row in rows]
    return Graded(first, second, len(rows), sum(won), compared(won, rows))


def compared(won: Sequence[bool], rows: Sequence[tuple[str, float, float, int]]) -> Comparison | None:
    if not enough_to_compare(won):
        return None
    _, first, second, customers = zip(*rows, strict=True)
    return comparisons(differences(won, first, second, customers))[0]
