"""Every list of the API that comes in pages."""

import pytest

from calls.erasures import Erasure
from calls.models import Batch
from mltraining.models import TrainingRun
from tests import factories
from tests.api_client import API, assert_error, client_of
from tests.predictions import watching

LISTS = (
    *("calls", "customers", "training-runs", "model-versions", "batches"),
    *("webhooks", "webhooks/deliveries", "erasures"),
)
FEEDS = ("scores",)  # followed forward only, by cursors of their own
PAGED = pytest.mark.parametrize("name", LISTS)
BROKEN = (
    "nonsense",
    "%00",
    "cD1hYmM=",
    "cD0y",
    "WzFd:1aaaaa:xxxx",
    "é",
)  # two are cursors as REST framework makes them


@pytest.fixture
def api(admin):
    """Sees two rows in each list."""
    for _ in range(2):
        factories.call(rep=admin, customer=factories.customer())
        watching.version(state="candidate")
        Batch.objects.create(by=admin, total=1)
        watching.delivery(admin)
        Erasure.objects.create(why="customer", customer_number=0, state="done")
    assert TrainingRun.objects.count() == 2
    return client_of(admin)


def first_page(api, name):
    return api.get(f"{API}{name}/?page_size=1").json()


@PAGED
def test_the_pages_are_walked_forth_and_back(api, name):
    first = first_page(api, name)
    second = api.get(first["next"]).json()
    assert first["results"][0]["id"] > second["results"][0]["id"]
    assert (first["previous"], second["next"]) == (None, None)
    assert api.get(second["previous"]).json()["results"] == first["results"]


@PAGED
@pytest.mark.parametrize("cursor", BROKEN)
def test_a_broken_cursor_is_named(api, name, cursor):
    error = assert_error(api.get(f"{API}{name}/?cursor={cursor}"), 400, "invalid")
    assert set(error["fields"]) == {"cursor"}


@PAGED
@pytest.mark.parametrize("other", LISTS)
def test_a_cursor_of_another_list_is_named(api, name, other):
    url = first_page(api, other)["next"].replace(f"/{other}/", f"/{name}/")
    if name == other:
        assert api.get(url).status_code == 200
    else:
        assert set(assert_error(api.get(url), 400, "invalid")["fields"]) == {"cursor"}


@PAGED
@pytest.mark.parametrize("size", ["0", "-1", "201", "x", "1.5", "0000000019999999"])
def test_a_page_size_that_cannot_be_is_named(api, name, size):
    error = assert_error(api.get(f"{API}{name}/?page_size={size}"), 400, "invalid")
    assert set(error["fields"]) == {"page_size"}


def test_no_list_is_forgotten(api):
    paths = api.get("/api/schema/?format=json").json()["paths"]
    paged = {
        path for path, methods in paths.items()
        if "cursor" in {each["name"] for each in methods.get("get", {}).get("parameters", ())}
    }  # fmt: skip
    assert paged == {f"{API}{name}/" for name in (*LISTS, *FEEDS)}
