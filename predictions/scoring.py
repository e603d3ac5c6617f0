"""Scores calls by the active version: in batches, once for each input, never overwriting."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING
from uuid import uuid4

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from calls import leases
from calls.models import Call
from mltraining.examples import Example, content_hash, examples_from
from mltraining.models import ModelVersion
from predictions import scoring_attempts, serving, urgent, vectors
from predictions.bands import band_for, bands
from predictions.handing_back import hand_back
from predictions.models import Band, Prediction, ScoringAttempt
from predictions.serving import MODEL_ERRORS, NoActiveModel, Served
from predictions.webhooks import telling

if TYPE_CHECKING:
    from mltraining.model_types import Encoded, Score

log = logging.getLogger(__name__)

CHAIN = "score-pending"  # names the chain of score_pending tasks that runs, until it has said nothing for a lease


@dataclass(frozen=True)
class Input:
    call: Call
    example: Example
    hash: str


def score(call_ids: Iterable[int], read: "Mapping[int, Encoded] | None" = None) -> int:
    """Scores those of the calls that are readable, have no score of this input by the active version and were not
    given up.

    Returns how many were scored; without an active version none, they wait. `read` is what was read of some already.
    """
    try:
        served = serving.served()
    except NoActiveModel:
        return 0
    hand_back()
    inputs = unscored(served.version, call_ids)
    if inputs:
        with scoring_attempts.begun(served.version, [each.call.pk for each in inputs]):
            started = urgent.clock()
            examples = [each.example for each in inputs]
            with leases.kept(partial(scoring_attempts.prolong, served.version, [each.call.pk for each in inputs])):
                encoded = vectors.encode(served, [each.call for each in inputs], examples, urgent.stand_back, read)
                scores = served.model.score(examples, encoded, urgent.stand_back)
            keep(served.version, inputs, encoded, scores, (urgent.clock() - started) * 1000 / len(inputs))
    return len(inputs)


def unscored(version: ModelVersion, call_ids: Iterable[int]) -> list[Input]:
    given_up = ScoringAttempt.objects.given_up().filter(version=version)
    calls = list(
        Call.objects.ready().filter(pk__in=list(call_ids)).exclude(pk__in=given_up.values("call")).order_by("pk")
    )
    inputs = [
        Input(call, example, input_hash(example, version))
        for call, example in zip(calls, examples_from(calls, urgent.stand_back), strict=True)
    ]
    scored = Prediction.objects.filter(version=version, call__in=calls).values_list("call_id", "input_hash")
    known = set(scored)
    return [each for each in inputs if (each.call.pk, each.hash) not in known]


def input_hash(example: Example, version: ModelVersion) -> str:
    """Of everything that the score depends on beside the version's weights."""
    return f"{version.format_version}-{content_hash(example)[:60]}"


def keep(
    version: ModelVersion,
    inputs: Sequence[Input],
    encoded: "Sequence[Encoded]",
    scores: "Sequence[Score]",
    latency_ms: float,
) -> None:
    """Vectors of windows some at a time, then all else in one transaction; insights are asked for once it is committed.

    Of calls that were erased meanwhile nothing is kept. The scores last: from then on no other worker can write any
    until the transaction ends.
    """
    from predictions.tasks import write_insight  # noqa: PLC0415  # the task's module imports this one

    limits = bands()
    predictions = [
        prediction(each, version, scored, latency_ms, limits) for each, scored in zip(inputs, scores, strict=True)
    ]
    read = list(zip(inputs, encoded, scores, strict=True))
    parts = (vectors.of_windows(version, each.call, windows) for each, windows, _ in read)
    vectors.write(chain.from_iterable(parts), urgent.stand_back)
    wholes = (vectors.of_call(version, each.call, windows, scored.call_vector) for each, windows, scored in read)
    with transaction.atomic():
        there = Call.objects.staying(each.call.pk for each in inputs)
        vectors.write(row for row in chain.from_iterable(wholes) if row.call_id in there)
        Call.objects.filter(pk__in=there, state=Call.State.READY).update(state=Call.State.SCORED)
        Prediction.objects.bulk_create([each for each in predictions if each.call_id in there], ignore_conflicts=True)
        scoring_attempts.end(version, there)
        telling.scored(version, there, [each.hash for each in inputs])
        for call_id in there:
            write_insight.delay_on_commit(call_id)


def prediction(
    given: Input, version: ModelVersion, scored: "Score", latency_ms: float, limits: Sequence[Band]
) -> Prediction:
    return Prediction(
        call=given.call,
        version=version,
        input_hash=given.hash,
        probability=scored.probability,
        band=band_for(scored.probability, limits),
        reason=scored.reason,
        reasons=[asdict(reason) for reason in scored.reasons],
        curve=list(scored.curve),
        turns_seen=scored.turns_seen,
        latency_ms=latency_ms,
    )


def score_pending(name: str = "") -> None:
    """One batch, then the rest as another task: a call that comes in meanwhile is scored in between.

    `name` is that of the chain that goes on, empty at the start of one. Of two the one that spoke last goes on.
    """
    from predictions.tasks import score_pending as next_batch  # noqa: PLC0415  # the task's module imports this one

    if name and cache.get(CHAIN, name) != name:
        return
    name = name or uuid4().hex
    go_on = partial(cache.set, CHAIN, name, settings.LEASE_SECONDS)
    with leases.kept(go_on):
        count = score_batch()
    if count:
        go_on()
        next_batch.delay_on_commit(name)
    else:
        cache.delete(CHAIN)


def score_batch() -> int:
    """Scores the newest calls that the served version has not scored; returns how many it took on, 0 at the end.

    Calls at which a worker was killed come last and alone: whichever of them it was, keeps no other from its score.
    """
    try:
        served = serving.served()
    except NoActiveModel:
        return 0
    waiting = pending(served.version).values_list("pk", flat=True)
    tried = ScoringAttempt.objects.filter(version=served.version).values("call")
    batch = list(waiting.exclude(pk__in=tried)[: settings.SCORING_BATCH]) or list(waiting[:1])
    score_all(batch, served)
    return len(batch)


def pending(version: ModelVersion) -> "QuerySet[Call]":
    """Readable calls without a score by the version, newest first, but those that were set aside or are at work."""
    scored = Prediction.objects.filter(call=OuterRef("pk"), version=version, is_partial=False)
    resting = ScoringAttempt.objects.resting().filter(version=version)
    return (
        Call.objects.ready()
        .filter(~Exists(scored))
        .exclude(pk__in=resting.values("call"))
        .order_by("-started_at", "-pk")
    )


def score_all(batch: Sequence[int], served: Served) -> None:
    """A call that the model cannot take must not keep the others from their scores."""
    try:
        score(batch)
    except MODEL_ERRORS:
        log.exception("A batch of %s calls failed; each is scored alone", len(batch))
        for call_id in batch:
            score_alone(call_id, served)


def score_alone(call_id: int, served: Served) -> None:
    try:
        score([call_id])
    except MODEL_ERRORS as error:
        log.exception("Call %s cannot be scored by %s and is set aside for a while", call_id, served.version)
        scoring_attempts.set_aside(served.version, call_id, type(error).__name__)


def sweep() -> None:
    """Starts a chain for calls that wait for a score and whose task was lost."""
    from predictions.tasks import score_pending as next_batch  # noqa: PLC0415  # the task's module imports this one

    scoring_attempts.give_up()
    active, name = ModelVersion.objects.active(), uuid4().hex
    if active and pending(active).exists() and cache.add(CHAIN, name, settings.LEASE_SECONDS):
        next_batch.delay_on_commit(name)
