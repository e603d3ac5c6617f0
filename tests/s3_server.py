"""As much of S3 on loopback as storing and fetching single objects takes."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Bucket(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.objects: dict[str, bytes] = {}  # by path, the bucket's name first


class Answer(BaseHTTPRequestHandler):
    server: Bucket

    def do_PUT(self) -> None:
        self.server.objects[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self.say(200)

    def do_DELETE(self) -> None:
        self.server.objects.pop(self.path, None)
        self.say(204)

    def do_HEAD(self) -> None:
        kept = self.server.objects.get(self.path)
        self.say(404) if kept is None else self.say(200, kept, with_body=False)

    def do_GET(self) -> None:
        kept = self.server.objects.get(self.path)
        self.say(404) if kept is None else self.say(200, kept)

    def say(self, status: int, body: bytes = b"", *, with_body: bool = True) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
        self.send_header("Last-Modified", "Mon, 02 Mar 2026 09:00:00 GMT")
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@contextmanager
def serving() -> Iterator[Bucket]:
    bucket = Bucket()
    threading.Thread(target=bucket.serve_forever, daemon=True).start()
    try:
        yield bucket
    finally:
        bucket.shutdown()
        bucket.server_close()
