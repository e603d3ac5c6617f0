"""Log lines: what they carry, how they look, and what never stands in them."""

import io
import json
import logging

import pytest
from celery import shared_task
from django.db import IntegrityError, OperationalError
from django.urls import reverse
from structlog.contextvars import bound_contextvars, get_contextvars

from calls.models import Call
from calls.tasks import parse_call
from salesconv import log_lines, request_log
from salesconv.celery import app
from tests import factories
from tests.api_client import API, client_of, posted_call

WORDS = "Meine Katze heisst Schroedinger"


@pytest.fixture
def lines():
    """Asks for what was logged since, as objects."""
    told = io.StringIO()
    handler = logging.StreamHandler(told)
    handler.setFormatter(log_lines.formatter("json"))
    handler.addFilter(log_lines.Discreet())
    logging.getLogger().addHandler(handler)
    yield lambda: [json.loads(line) for line in told.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)


def raised(error: Exception) -> str:
    """What the log says of it."""
    try:
        raise error
    except type(error) as caught:
        return log_lines.told(caught)


def answered(lines) -> dict[str, object]:
    return next(line for line in lines() if line["event"] == "answered")


def test_an_answer_is_one_line_with_route_status_and_time(client, rep, lines):
    client.force_login(rep)
    call = factories.call(rep=rep)
    response = client.get(reverse("predictions:call", args=[call.pk]) + f"?q={WORDS}")
    line = answered(lines)
    assert (line["method"], line["status"], line["user"], line["ids"]) == ("GET", 200, rep.pk, {"pk": call.pk})
    assert line["route"] == "calls/<int:pk>/"
    assert line["milliseconds"] > 0
    assert line["request_id"] == response[request_log.HEADER]
    assert "Katze" not in json.dumps(lines())


@pytest.mark.parametrize(
    ("proxies", "given", "kept"), [(1, "abc-12345", True), (0, "abc-12345", False), (1, "x y", False)]
)
def test_the_id_of_a_trusted_proxy_is_kept(client, db, settings, proxies, given, kept):
    settings.TRUSTED_PROXY_COUNT = proxies
    response = client.get("/login/", headers={"X-Request-ID": given})
    assert (response[request_log.HEADER] == given) is kept


def test_a_failed_login_and_a_locked_account_name_nobody(client, rep, lines, settings):
    settings.AXES_FAILURE_LIMIT = 2
    for _ in range(3):
        client.post("/login/", {"login": rep.username, "password": WORDS})
    assert "locked" in json.dumps(lines())
    assert rep.username not in json.dumps(lines())
    assert "Katze" not in json.dumps(lines())


def test_an_address_that_does_not_exist_is_logged_without_it(client, db, lines):
    assert client.get("/anna.schmidt/").status_code == 404
    assert answered(lines)["status"] == 404
    assert "schmidt" not in json.dumps(lines())


def test_a_call_on_its_way_in_leaves_no_words_of_its_own(rep, lines, empty_queues):
    turns = [{"role": "rep", "text": WORDS}, {"role": "customer", "text": "My name is Anna Schmidt"}]
    sent = posted_call(turns=turns, customer={"external_id": "Schmidt-1", "name": "Schmidt AG"}, external_id="Anna-1")
    assert client_of(rep).post(f"{API}calls/", sent).status_code == 202
    parse_call.apply([Call.objects.get().pk])
    assert Call.objects.get().state == Call.State.READY
    assert [word for word in ("Katze", "Anna", "Schmidt") if word in json.dumps(lines())] == []


def test_an_error_that_is_its_own_cause_is_told_once(lines):
    error = ValueError("of nobody's interest")
    error.__cause__ = KeyError()
    error.__cause__.__context__ = error
    logging.getLogger("a test").error("It failed.", exc_info=error)
    assert lines()[0]["exception"] == "builtins.KeyError\n\nbuiltins.ValueError"


def test_probes_are_not_logged(client, db, lines):
    client.get("/livez")
    assert lines() == []


def test_a_task_knows_the_request_that_sent_it(db, empty_queues):
    with bound_contextvars(request_id="the-request"):
        parse_call.delay(0)
    with app.connection_for_read() as broker:
        message = json.loads(broker.default_channel.client.lindex("default", 0))
    assert message["headers"]["request_id"] == "the-request"


def test_lines_of_a_task_carry_its_id_its_name_and_the_request(lines):
    @shared_task
    def speaking() -> None:
        logging.getLogger("a test").warning("I work")

    with bound_contextvars(request_id="of another", task_id="outer"):
        speaking.apply(task_id="inner", headers={"request_id": "the-request"})
        assert get_contextvars() == {"request_id": "of another", "task_id": "outer"}
    line = next(line for line in lines() if line["event"] == "I work")
    assert (line["task_id"], line["request_id"]) == ("inner", "the-request")
    assert line["task"].endswith("speaking")


def test_a_failed_task_says_where_and_not_what_it_read(lines):
    @shared_task
    def failing() -> None:
        raise ValueError(WORDS)

    failing.apply()
    line = next(line for line in lines() if line["level"] == "error")
    assert "Katze" not in json.dumps(lines())
    assert "in failing" in line["exception"]
    assert line["exception"].endswith("builtins.ValueError")


def test_a_failed_page_says_where_and_not_what_was_sent(client, rep, lines, monkeypatch):
    def fail(*_: object) -> None:
        raise ValueError(WORDS)

    monkeypatch.setattr("calls.models.CallQuerySet.visible_to", fail)
    client.force_login(rep)
    client.raise_request_exception = False
    assert client.get(reverse("predictions:calls"), {"q": WORDS}).status_code == 500
    assert "in fail" in json.dumps(lines())
    assert "Katze" not in json.dumps(lines())


def test_of_a_broken_constraint_the_row_is_left_out():
    error = IntegrityError(f'duplicate key violates "one_name"\nDETAIL:  Key (name)=({WORDS}) already exists.')
    assert raised(error).endswith('IntegrityError: duplicate key violates "one_name"')


def test_what_machines_say_stays_and_causes_are_told():
    try:
        try:
            raise ValueError(WORDS)
        except ValueError as cause:
            raise OperationalError("the server closed the connection") from cause
    except OperationalError as error:
        told = log_lines.told(error)
    assert "builtins.ValueError" in told
    assert told.endswith("OperationalError: the server closed the connection")
    assert "Katze" not in told


def test_a_terminal_gets_columns_and_whole_errors():
    record = logging.LogRecord("a test", logging.ERROR, __file__, 1, "It broke", (), None)
    line = log_lines.formatter("console").format(record)
    assert "It broke" in line
    assert not line.startswith("{")
