"""From stored calls to stored scores, beside the encoder alone on the same windows."""

import time

import psutil
import pytest
from django.db import connection

from calls.models import Call
from mltraining.examples import examples_from
from mltraining.ml.embedding import windows_for
from predictions import scoring, serving
from predictions.models import Embedding, Prediction
from salesconv.celery import app
from tests import factories
from tests.benchmarks.conftest import LEARNED_FROM
from tests.benchmarks.timing import Spread, by_turns, ratio, seconds

pytestmark = pytest.mark.benchmark
MINUTES = {"1 minute": 150, "10 minutes": 1_500, "1 hour": 9_000, "3 hours": 27_000}  # words, 150 a minute


@pytest.fixture(autouse=True)
def no_messages_left(active):
    """Scoring asks for insights; nobody here writes them."""
    yield
    app.control.purge()


def stored_call(turns: list[dict], **fields) -> Call:
    return factories.call([(turn["speaker"], turn["text"]) for turn in turns], **fields)


def rescored() -> None:
    """Everything that waits, as a worker scores it: task after task."""
    while scoring.pending(serving.served().version).exists():
        scoring.score_pending()


def unscore() -> None:
    Prediction.objects.all().delete()
    Embedding.objects.all().delete()


class Spent:
    """Wall seconds of a work as they pass, and the CPU seconds of each time: ours and those of our session's server."""

    def __init__(self, work, before=lambda: None) -> None:
        self.work, self.before, self.times = work, before, []

    def seconds(self) -> float:
        self.before()
        started = cpu_seconds()
        took = seconds(self.work)
        self.times.append(cpu_seconds() - started)
        return took

    @property
    def cpu(self) -> Spread:
        return Spread(tuple(self.times))


def cpu_seconds() -> float:
    server = psutil.Process(connection.connection.info.backend_pid).cpu_times()
    return time.process_time() + server.user + server.system


def test_bulk_scoring_beside_the_encoder_alone(table, rows, sized, active):
    chosen = rows[LEARNED_FROM:][: sized(200)]
    customers = {name: factories.customer(name) for name in {row["group"] for row in chosen}}
    for row in chosen:
        stored_call(row["turns"], customer=customers[row["group"]], customer_metadata=row["metadata"])
    model = serving.served().model
    windows = [each for call in examples_from(Call.objects.all()) for each in windows_for(call, model.config)]
    tokens = sum(len(each.ids) for each in model.encoder.passes(windows))
    encoding, scored = Spent(lambda: model.encoder.encode(windows)), Spent(rescored, before=unscore)
    bare, whole = by_turns(encoding.seconds, scored.seconds, rounds=5)
    share, of_cpu = ratio(bare, whole), ratio(encoding.cpu, scored.cpu)
    assert Prediction.objects.count() == len(chosen)
    size = f"{len(chosen)} calls, {len(windows)} windows, {tokens:,} tokens read"
    table.add("Bulk scoring as a share of the bare encoder", share.median, "×", at_least=0.95, note=f"{share}; {size}")
    table.add("The same in CPU seconds, Postgres included", of_cpu.median, "×", note=str(of_cpu))
    for name, took in (("Bulk scoring", whole), ("The encoder alone", bare)):
        table.add(name, len(chosen) / took.median, "calls/s", note=f"{tokens / took.median:,.0f} tokens/s")


def test_a_call_costs_what_its_words_cost(table, rows, active):
    turns = [turn for row in rows[LEARNED_FROM:] for turn in row["turns"]]
    spent = {name: by_turns(lambda t=t: a_word(t), rounds=r)[0] for name, t, r in talks(turns)}
    first, *_, last = spent
    cost = spent[last].median / spent[first].median
    for name, each in spent.items():
        table.add(f"Scoring a call of {name}", each.median * 1e6, "µs a word", note=f"{MINUTES[name]:,} words")
    table.add(f"A word of {last} beside one of {first}", cost, "×", at_most=1.2, note="1: it grows with the text")


def talks(turns: list[dict]):
    """Calls of each length, and how often to measure them."""
    for place, (name, words) in enumerate(MINUTES.items()):
        said, total = [], 0
        while total < words:
            turn = turns[len(said) % len(turns)]
            said.append(turn)
            total += len(turn["text"].split())
        yield name, said, (15, 7, 3, 2)[place]


def a_word(turns: list[dict]) -> float:
    call = stored_call(turns)
    return seconds(lambda: scoring.score([call.pk])) / call.word_count
