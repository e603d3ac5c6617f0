"""Whoever can write to a store, a queue or a file of ours must not run code by it: nothing is ever unpickled."""

import ast
import pickle
from collections.abc import Iterator

import pytest
from celery import beat
from celery.apps.beat import Beat
from celery.schedules import crontab
from django.conf import settings
from django.core.cache import cache
from django.urls import reverse
from kombu.exceptions import ContentDisallowed
from kombu.serialization import dumps, loads
from kombu.utils.imports import symbol_by_name
from redis import Redis
from unfold.dataclasses import SearchResult

from salesconv.celery import app
from salesconv.queues import beat_schedule
from tests.test_architecture import imports, module_name, sources, tree_of

UNPICKLERS = {"pickle", "_pickle", "cPickle", "cloudpickle", "dill", "joblib", "jsonpickle", "marshal", "shelve"}
ARRAYS = {"np.load", "numpy.load"}
NEVER = {"read_pickle", "to_pickle", "unsafe_load", "full_load"}


def faults(tree: ast.AST) -> Iterator[str]:
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = ast.unparse(call.func)
        said = {word.arg: ast.unparse(word.value) for word in call.keywords}
        if name == "torch.load" and said.get("weights_only") != "True":
            yield f"{name} without weights_only=True"
        if name in ARRAYS and said.get("allow_pickle", "False") != "False":
            yield f"{name} with allow_pickle"
        if name.rpartition(".")[2] in NEVER:
            yield name


def test_no_module_of_ours_imports_what_unpickles():
    assert [
        f"{module_name(path)}: {name}"
        for path in sources()
        for name, _ in imports(path)
        if name.split(".")[0] in UNPICKLERS
    ] == []


def test_files_with_arrays_and_weights_are_read_without_code():
    assert [f"{module_name(path)}: {fault}" for path in sources() for fault in faults(tree_of(path))] == []


@pytest.mark.parametrize(
    "code",
    ["torch.load(file)", "torch.load(file, weights_only=False)", "np.load(f, allow_pickle=True)", "pd.read_pickle(f)"],
)
def test_a_call_that_unpickles_would_be_found(code):
    assert list(faults(ast.parse(code)))


class Trap:
    def __reduce__(self) -> tuple:
        return exec, ("raise SystemExit('code ran')",)


def test_workers_take_json_alone():
    assert set(app.conf.accept_content) == {"json"}
    assert {app.conf.task_serializer, app.conf.result_serializer, app.conf.event_serializer} == {"json"}
    content_type, encoding, body = dumps([1], serializer="pickle")
    with pytest.raises(ContentDisallowed):
        loads(body, content_type, encoding, accept=app.conf.accept_content)


def test_beat_keeps_nothing_that_would_be_unpickled():
    scheduler = Beat(app=app).scheduler_cls
    assert symbol_by_name(scheduler) is beat.Scheduler


def test_a_beat_that_begins_anew_makes_up_for_a_minute_that_it_missed():
    """It remembers nothing: whatever is due by the clock has further moments soon after."""
    clocks = {name: task["schedule"] for name, task in beat_schedule.items() if isinstance(task["schedule"], crontab)}
    assert {"retrain", "erase-old-calls", "forget-sessions"} <= set(clocks)
    assert all(len(clock.hour) > 3 for clock in clocks.values())


def test_what_somebody_pickled_into_the_cache_is_not_run(empty_cache):
    with Redis.from_url(settings.CACHE_URL) as redis:
        redis.set(cache.make_key("trap"), pickle.dumps(Trap()))
    with pytest.raises(ValueError, match="decode"):
        cache.get("trap")


@pytest.mark.parametrize("value", [0, True, None, 0.1, "é\ud800", [1.5, "a"], {"done": 3}])
def test_the_cache_gives_back_plain_values_as_they_were(empty_cache, value):
    cache.set("value", value, 60)
    assert cache.get("value", "missing") == value
    assert type(cache.get("value")) is type(value)


def test_numbers_in_the_cache_are_counted_up(empty_cache):
    cache.add("count", 0, 60)
    assert cache.incr("count") == 1
    assert cache.get("count") == 1


def test_what_the_admins_search_found_is_kept_by_its_columns(empty_cache):
    cache.set("found", [SearchResult("Calls", "calls", "/admin/calls/call/", "tag")], 60)
    assert cache.get("found")[0]["link"] == "/admin/calls/call/"


@pytest.mark.parametrize("value", [b"bytes", {1, 2}, object(), SearchResult])
def test_the_cache_takes_nothing_that_is_not_plain(value):
    with pytest.raises(TypeError, match="plain data"):
        cache.set("value", value, 60)


@pytest.mark.django_db
def test_the_admins_search_shows_the_same_when_asked_again(client, admin, empty_cache):
    client.force_login(admin, backend="django.contrib.auth.backends.ModelBackend")
    first, again = (client.get(reverse("admin:search"), {"s": "customers"}) for _ in range(2))
    assert reverse("admin:calls_customer_changelist") in first.text
    assert again.text == first.text
