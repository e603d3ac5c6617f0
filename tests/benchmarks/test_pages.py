"""Pages among a hundred thousand calls, as an admin asks for them, who sees every one."""

import gc
from collections.abc import Iterator
from time import process_time

import pytest
from django.test import Client
from django.urls import reverse

from calls.models import Call, Team, User
from tests import factories
from tests.benchmarks.crowd import COMMON, LONG, RARE, TURNS, answered_by, crowd, long_call
from tests.benchmarks.timing import percentile, seconds

pytestmark = pytest.mark.benchmark
ROUNDS, WARM_UP = 20, 2
ADMIN = {
    "Labelling queue": "queue/",
    "Admin's list of calls": "",
    "… a month of it": "?started_at__year={month.year}&started_at__month={month.month}",
    "… search for a name": "?q=customer+a",
}
LIST = {
    "newest, and each filter": (
        "", "sort=oldest", "outcome=won", "outcome=open", "period=30", "state=scored", "state=waiting", "rep={rep}",
        "team={team}", "segment=public", "since=2026-01-01&until=2026-02-01", "band=A",
    ),
    "longest first": ("sort=longest",),
    "by customer": ("sort=customer",),
    "by probability": ("sort=likeliest", "sort=unlikeliest"),
    "a band by probability": ("band=A&band=B&sort=likeliest",),
    "of which none is found": ("state=no_evidence",),
    "a word of every call": (f"q={COMMON}",),
    "a word of few calls": (f"q={RARE}",),
    "a name": ("q=customer+a",),
}  # fmt: skip


@pytest.fixture(autouse=True)
def settled() -> Iterator[None]:
    """As a web process is, in which the garbage collector leaves alone what was loaded."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def admin(transactional_db, sized, empty_cache) -> User:
    crowd(sized(100_000))
    return factories.user(role=User.Role.ADMIN, is_staff=True, is_superuser=True)


@pytest.fixture
def client(admin) -> Client:
    browser = Client()
    browser.force_login(admin, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def measured(table, what: str, client: Client, addresses: list[str], *, at_most: float = 300) -> None:
    """One figure for all of them: the 95th percentile of what was waited, with what it cost this process."""
    taken, cost = [], []
    for address in addresses:
        for _ in range(WARM_UP):
            assert client.get(address).status_code == 200, address
        for _ in range(ROUNDS):
            began = process_time()
            taken.append(1000 * seconds(lambda address=address: client.get(address)))
            cost.append(1000 * (process_time() - began))
    note = f"median {percentile(taken, 0.5):.0f} ms, of which this process computed {percentile(cost, 0.5):.0f}"
    table.add(f"{what}: p95", percentile(taken, 0.95), "ms", at_most=at_most, note=note)


def test_pages_answer_at_once_among_many_calls(table, client):
    one = {"rep": User.objects.filter(role=User.Role.REP).first().pk, "team": Team.objects.first().pk}
    for what, queries in LIST.items():
        addresses = [f"{reverse('predictions:calls')}?{query.format(**one)}" for query in queries]
        measured(table, f"List of calls, {what}", client, addresses)
    middle = Call.objects.order_by("pk")[Call.objects.count() // 2]
    for what, call in ((f"{TURNS} turns", middle), (f"{LONG:,} turns", long_call())):
        measured(table, f"Page of a call, {what}", client, [reverse("predictions:call", args=[call.pk])])


def test_the_admin_answers_at_once_among_many_calls_and_labels(table, admin, client):
    answered_by(admin, factories.user("bea", role=User.Role.ADMIN))
    month = Call.objects.latest("started_at").started_at
    for what, query in ADMIN.items():
        measured(table, what, client, [reverse("admin:calls_call_changelist") + query.format(month=month)])
    measured(table, "Agreement of two people", client, [reverse("admin:calls_call_agreement")], at_most=1000)
