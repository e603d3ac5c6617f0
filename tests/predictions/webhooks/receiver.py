"""A small HTTP server on loopback that takes webhooks, and does with each what the test has said."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[["Handler"], None]


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Answers in the order of `answers`, and then with the last of them."""

    answers: list[Answer]
    received: list[Received] = field(default_factory=list)
    url: str = ""
    lock: Any = field(default_factory=threading.Lock)
    over: threading.Event = field(default_factory=threading.Event)

    def take(self, request: Received) -> Answer:
        with self.lock:
            self.received.append(request)
            return self.answers[min(len(self.received), len(self.answers)) - 1]


class Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.receiver.take(Received(self.path, {k.lower(): v for k, v in self.headers.items()}, body))(self)

    def do_GET(self) -> None:
        self.receiver.take(Received(self.path, dict(self.headers), b""))(self)

    def log_message(self, *args: Any) -> None:
        pass


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever hangs up early is what some tests are about."""


@contextmanager
def receiving(*answers: Answer, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    receiver = Receiver(list(answers) or [answered(200)])
    handler = type("Handler", (Handler,), {"receiver": receiver})
    server = Quiet((host, 0), handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver.url = f"http://{host}:{server.server_address[1]}/in"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def answered(status: int, body: bytes = b"", **headers: str) -> Answer:
    def answer(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in ({"Content_Type": "text/plain"} | headers).items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def without_end(handler: Handler) -> None:
    """A body that goes on until the other side hangs up."""
    handler.send_response(500)
    handler.send_header("Content-Type", "text/plain")
    handler.end_headers()
    while not handler.receiver.over.is_set():
        handler.wfile.write(b"no. " * 4096)


def silent(handler: Handler) -> None:
    """Takes the request and says nothing until the test is over."""
    handler.receiver.over.wait()


def dripping(handler: Handler) -> None:
    """Never long enough without a byte for a limit between two of them to be reached."""
    while not handler.receiver.over.wait(0.01):
        handler.wfile.write(b"H")
