"""The application for a worker to which names of hosts stand for what a test wants, and later for something else."""

import socket
from collections import Counter
from typing import Any

from salesconv.celery import app

__all__ = ["app"]  # what celery looks for

ALLOWED, PRIVATE = "127.0.0.1", "127.0.0.2"
CHANGING, INSIDE = "changing.example.com", "inside.example.com"

ask_really, asked = socket.getaddrinfo, Counter[str]()


def ask(host: Any, *args: Any, **options: Any) -> Any:
    name = str(host)
    asked[name] += 1
    stands_for = {CHANGING: ALLOWED if asked[name] == 1 else PRIVATE, INSIDE: PRIVATE}
    return ask_really(stands_for.get(name, host), *args, **options)


socket.getaddrinfo = ask
