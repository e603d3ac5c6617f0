"""The words that a question is answered from, line by line, each with the call and the turn it stands in."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector
from django.db import transaction
from django.db.models import Q, QuerySet
from pgvector.django import CosineDistance

from calls.models import Call, Turn
from mltraining.models import ModelVersion
from predictions import search
from predictions.insights.relevance import content_words, stem
from predictions.insights.transcript import LONGEST_LINE, harmless, tokens_of
from predictions.models import Embedding
from predictions.vectors import search_through_filters

MOST_CALLS = 8  # of which passages are read for one question
WINDOWS_OF_CALL = 8
TURNS_BY_WORDS = 24
SHARE_OF_OPENING = 0.4  # the end of a call says more about how it stands than its beginning


@dataclass(frozen=True)
class Line:
    call_id: int
    index: int  # of the turn
    role: str
    text: str

    @property
    def tokens(self) -> int:
        return tokens_of(self.text[:LONGEST_LINE]) + 8


def of_call(call_id: int) -> list[Line]:
    return [line_of(turn) for turn in Turn.objects.filter(call=call_id).order_by("index")]


def line_of(turn: Turn) -> Line:
    return Line(turn.call_id, turn.index, turn.role, turn.text)


def both_ends(lines: Sequence[Line], room: int) -> list[Line]:
    """As many lines from the beginning and the end as fit."""
    if sum(line.tokens for line in lines) <= room:
        return list(lines)
    opening = fitting(lines, int(room * SHARE_OF_OPENING))
    ending = fitting(lines[opening:][::-1], room - sum(line.tokens for line in lines[:opening]))
    return [*lines[:opening], *lines[len(lines) - ending :]]


def fitting(lines: Iterable[Line], room: int) -> int:
    """How many of the first lines fit."""
    count = 0
    for line in lines:
        room -= line.tokens
        if room < 0:
            break
        count += 1
    return count


def about(question: str, calls: QuerySet[Call], room: int) -> list[Line]:
    """What is nearest to a question in `calls`, which the asker may see: by meaning where a worker encodes the question
    in time, and by its words; of each call in the order in which it was said."""
    places = [*nearest(question, calls), *by_words(question, calls)]
    wanted = Q(pk__in=[])
    for call_id, first, last in places:
        wanted |= Q(call=call_id, index__gte=first, index__lte=last)
    found = {(turn.call_id, turn.index): line_of(turn) for turn in Turn.objects.filter(wanted).order_by("index")}
    ranked = dict.fromkeys(
        (call_id, index)
        for call_id, first, last in places
        for index in range(first, last + 1)
        if (call_id, index) in found
    )
    best = [found[place] for place in ranked]
    kept = {(line.call_id, line.index) for line in best[: fitting(best, room)]}
    order = {call_id: place for place, call_id in enumerate(dict.fromkeys(line.call_id for line in best))}
    return sorted((found[place] for place in kept), key=lambda line: (order[line.call_id], line.index))


def nearest(question: str, calls: QuerySet[Call]) -> list[tuple[int, int, int]]:
    """Call, first and last turn of the windows nearest in meaning; empty where nobody encodes the question in time."""
    version = ModelVersion.objects.active()
    vector = search.query_vector(question, version) if version else None
    if version is None or vector is None:
        return []
    windows = Embedding.objects.of_windows().filter(version=version, call__in=calls.values("pk"))
    with transaction.atomic():
        search_through_filters()
        if calls.count() == 1:
            rows = windows.order_by(CosineDistance("vector", vector)).values_list("call_id", "first_turn", "last_turn")
            return list(rows[:WINDOWS_OF_CALL])
        best = search.nearest(windows, vector, MOST_CALLS)
    begun = windows.filter(call__in=[call for call, _, _ in best], first_turn__in=[first for _, first, _ in best])
    ends = {(call, first): last for call, first, last in begun.values_list("call_id", "first_turn", "last_turn")}
    return [(call, first, ends[call, first]) for call, first, _ in best if (call, first) in ends]


def by_words(question: str, calls: QuerySet[Call]) -> list[tuple[int, int, int]]:
    """Turns that hold some of the question's words, with the turn before and the one after; the best first."""
    words = {stem(word).replace("'", "''") for word in content_words(question)}
    if not words:
        return []
    query = SearchQuery(" | ".join(f"'{word}':*" for word in sorted(words)), config="simple", search_type="raw")
    vector = SearchVector("text", config="simple")  # as the index has it
    said = Turn.objects.filter(call__in=calls.values("pk")).annotate(words=vector).filter(words=query)
    best = said.annotate(rank=SearchRank(vector, query)).order_by("-rank", "-call__started_at", "index")
    return [(turn.call_id, max(0, turn.index - 1), turn.index + 1) for turn in best[:TURNS_BY_WORDS]]


def written(lines: Sequence[Line], titles: dict[int, str]) -> str:
    """Numbered by their place in `lines`, under the title of their call."""
    return "\n".join(all_written(lines, titles))


def all_written(lines: Sequence[Line], titles: dict[int, str]) -> Iterator[str]:
    numbered = enumerate(lines)
    for call_id, of_call in groupby(numbered, key=lambda pair: pair[1].call_id):
        yield f"({titles[call_id]})"
        for place, line in of_call:
            yield f"[{place}] {line.role}: {harmless(line.text)[:LONGEST_LINE]}"
