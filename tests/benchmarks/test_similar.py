"""Calls like a given one among a hundred thousand, through the filters of permission and outcome."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import connection, transaction

from calls.models import Call, User
from mltraining.models import ModelVersion
from predictions.models import Embedding
from predictions.similar import nearest
from predictions.vectors import search_through_filters
from tests import factories, small_models
from tests.benchmarks.timing import percentile, seconds

pytestmark = pytest.mark.benchmark
NEIGHBOURS, TEAMS, CLUSTERS, ASKED = 10, 8, 300, 200
INDEX = "call_cosine"


@pytest.fixture
def crowd(transactional_db, sized) -> ModelVersion:
    """Vectors of calls that belong to teams; three in ten won. The index is built behind them, as it is declared."""
    version = small_models.version()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no history of a hundred thousand new calls
    teams = [factories.team(f"Team {number}") for number in range(TEAMS)]
    calls = Call.objects.bulk_create(
        [
            Call(
                source="benchmark",
                external_id=str(number),
                content_hash="0" * 64,
                state=Call.State.SCORED,
                started_at=factories.NOW + timedelta(minutes=number),
                team=teams[number % TEAMS],
                outcome="won" if number % 10 < 3 else "lost",
                label_state=Call.LabelState.SINGLE,
            )
            for number in range(sized(100_000))
        ],
        batch_size=5_000,
    )
    copied(version, calls, clustered(len(calls)))
    return version


def clustered(count: int) -> np.ndarray:
    """(count, 384) unit vectors around CLUSTERS directions, as far from them as calls on one subject are."""
    rng = np.random.default_rng(7)
    centres = rng.standard_normal((CLUSTERS, 384)).astype(np.float32)
    vectors = centres[rng.integers(CLUSTERS, size=count)] + rng.standard_normal((count, 384), dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def copied(version: ModelVersion, calls: list[Call], vectors: np.ndarray) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [INDEX])
        [declared] = cursor.fetchone()
        cursor.execute(f"DROP INDEX {INDEX}")
        columns = "call_id, version_id, first_turn, last_turn, vector"
        with cursor.copy(f"COPY predictions_embedding ({columns}) FROM STDIN") as copy:
            for call, vector in zip(calls, vectors, strict=True):
                copy.write_row((call.pk, version.pk, 0, 0, f"[{','.join(map(str, vector))}]"))
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute(declared)
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("ANALYZE")


@pytest.fixture
def people(crowd) -> dict[str, User]:
    return {
        "an admin, who sees every call": factories.user(role=User.Role.ADMIN),
        "a manager, who sees an eighth": factories.user(role=User.Role.MANAGER, teams=[factories.team("Team 0")]),
    }


def test_similar_calls_are_found_at_once_and_are_the_nearest(table, crowd, people, sized):
    vectors = Embedding.objects.count()
    asked = list(Embedding.objects.order_by("?")[: sized(ASKED)])
    for who, user in people.items():
        answers = [won_neighbours(own, user) for own in asked]
        taken = [took for _, took in answers]
        hits = sum(len(set(exactly(own, user)) & set(got)) for own, (got, _) in zip(asked, answers, strict=True))
        note = f"median {percentile(taken, 0.5):.3g} ms; {len(asked)} questions, {vectors:,} vectors"
        table.add(f"Similar won calls for {who}: p95", percentile(taken, 0.95), "ms", at_most=10, note=note)
        recall = hits / (NEIGHBOURS * len(asked))
        table.add(
            f"Similar won calls for {who}: recall@{NEIGHBOURS}", recall, at_least=0.95, note="against all vectors"
        )


def won_neighbours(own: Embedding, user: User) -> tuple[list[int], float]:
    """The calls found as the product finds them, and the milliseconds."""
    found: list[int] = []
    with transaction.atomic():
        search_through_filters()
        took = seconds(lambda: found.extend(each.call_id for each in nearest(own, user, "won")[:NEIGHBOURS]))
    return found, took * 1000


def exactly(own: Embedding, user: User) -> list[int]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_indexscan = off")
        return [each.call_id for each in nearest(own, user, "won")[:NEIGHBOURS]]
