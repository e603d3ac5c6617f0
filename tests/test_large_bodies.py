"""Bodies that are too large, endless, or of no told length, as a real server gets them over a connection."""

import select
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest

from calls.models import Batch, Call, DraftCall, Token
from calls.tokens import Scope
from tests import real_server
from tests.api_client import API

TWO_GIGABYTES = 2 * 1024**3
PIECE = b"x" * 1024 * 1024
FORM = "multipart/form-data; boundary=cut"
PART = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="call.txt"\r\n\r\n'
DATA = b'--cut\r\nContent-Disposition: form-data; name="data"\r\n\r\n{"customer": {"external_id": "acme"}}\r\n'
CUT_OFF = [  # what came of them could be taken for all of it
    (f"{API}calls/", FORM, DATA + PART + b"Rep: Good morning.\nCustomer: We want to sign.\n"),
    (f"{API}batches/", "application/x-ndjson", b'{"transcript": "Rep: Good morning."}\n'),
]
MOST_SENT = 200 * len(PIECE)  # far less than what is announced, far more than what buffers of the way hold
MOST_MEMORY = 150 * len(PIECE)
MOST_WRITTEN = len(PIECE)  # log lines

pytestmark = pytest.mark.django_db(transaction=True)


class Server:
    def __init__(self, url: httpx.URL, *who: str) -> None:
        self.address = (url.host, url.port or 80)
        self.who = who

    def connect(self, path: str, kind: str, *about: str) -> socket.socket:
        """A connection on which a POST has begun."""
        lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Type: {kind}", *self.who]
        connection = socket.create_connection(self.address, timeout=60)
        connection.sendall("\r\n".join([*lines, *about, "", ""]).encode())
        return connection

    def processes(self) -> list[psutil.Process]:
        listening = next(each for each in psutil.Process().children() if str(self.address[1]) in each.cmdline())
        return [listening, *listening.children(recursive=True)]

    def memory(self) -> int:
        """The most that it had so far, in bytes."""
        status = "".join(Path(f"/proc/{each.pid}/status").read_text() for each in self.processes())
        return sum(1024 * int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))

    def written(self) -> int:
        """Bytes that it wrote to files so far."""
        return sum(each.io_counters().write_chars for each in self.processes())


@pytest.fixture
def server(admin, client, tmp_path: Path) -> Iterator[Server]:
    """Known to it are a token for the API and a session for the pages."""
    token = f"Authorization: Token {Token.issue(admin, 'a test', scopes=list(Scope.values))}"
    client.force_login(admin)
    session = f"Cookie: sessionid={client.cookies['sessionid'].value}; csrftoken={'x' * 32}"
    with real_server.serving(tmp_path / "web.log", SPOOL_DIR=str(tmp_path / "spool")) as url:
        yield Server(httpx.URL(url), token, session)


def sent_until_answered(connection: socket.socket, first: bytes) -> int:
    """How many bytes of a body that does not end were taken."""
    connection.sendall(first)
    connection.setblocking(False)
    sent = 0
    with suppress(ConnectionError):
        while sent < TWO_GIGABYTES and not select.select([connection], [connection], [], 60)[0]:
            sent += connection.send(PIECE)
    return sent


def answer(connection: socket.socket) -> str:
    """All that comes until the server ends the connection."""
    connection.settimeout(60)
    parts = []
    with suppress(ConnectionError):
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts).decode()


def nothing_is_kept(tmp_path: Path) -> bool:
    rows = any(model.objects.exists() for model in (Call, DraftCall, Batch))
    return not rows and not (tmp_path / "spool").exists()


TOO_LARGE = '"code":"too_large"'
BODIES = [
    (f"{API}calls/", FORM, PART, TOO_LARGE),
    (f"{API}calls/", "application/json", b'{"transcript": "', TOO_LARGE),
    (f"{API}batches/", "application/x-ndjson", b"{}", TOO_LARGE),
    ("/upload/", FORM, PART, "are accepted at once"),
    ("/admin/calls/customer/import/", FORM, PART, ""),  # sent back to its page, which says it
    ("/login/", FORM, PART, "more than is accepted at once"),
]


def test_two_gigabytes_are_refused_before_they_came(server, tmp_path):
    for path, kind, first, said in BODIES:
        memory, written = server.memory(), server.written()
        with server.connect(path, kind, f"Content-Length: {TWO_GIGABYTES}") as connection:
            sent = sent_until_answered(connection, first)
            told = answer(connection)
        assert sent < MOST_SENT
        assert server.memory() - memory < MOST_MEMORY
        assert server.written() - written < MOST_WRITTEN
        assert told.startswith("HTTP/1.1 413" if said else "HTTP/1.1 302"), told
        assert said in told
        assert nothing_is_kept(tmp_path)


def test_a_body_that_does_not_tell_its_length_or_does_not_come_whole_is_not_kept(server, tmp_path):
    for path, said in [(f"{API}calls/", '"length_required"'), ("/upload/", "must tell its length")]:
        with server.connect(path, FORM, "Transfer-Encoding: chunked") as connection:
            connection.sendall(b"5\r\n--cut\r\n")
            told = answer(connection)
        assert told.startswith("HTTP/1.1 411")
        assert said in told
    for path, kind, first in CUT_OFF:
        with server.connect(path, kind, f"Content-Length: {len(first) + 100}") as connection:
            connection.sendall(first)
            connection.shutdown(socket.SHUT_WR)
            answer(connection)
    assert nothing_is_kept(tmp_path)


def test_a_body_sent_to_a_stream_is_dropped_as_it_comes(server):
    memory, written = server.memory(), server.written()
    with server.connect(f"{API}live/1/events/", "text/plain", f"Content-Length: {TWO_GIGABYTES}") as connection:
        sent_until_answered(connection, b"")
        assert answer(connection).startswith("HTTP/1.1 405")
    assert server.memory() - memory < MOST_MEMORY
    assert server.written() - written < MOST_WRITTEN
