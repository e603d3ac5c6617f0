"""What can happen to the embedded Redis and Postgres while the product runs on them."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import psutil
import psycopg
import redis
from django.conf import settings
from django.db import connection, connections
from psycopg import sql

from salesconv import embedded
from tests.faults.crew import soon

PAUSE_SECONDS = 30


def redis_client() -> redis.Redis:
    return redis.Redis(unix_socket_path=str(settings.EMBEDDED_REDIS_SOCKET))


def redis_process() -> psutil.Process:
    with redis_client() as client:
        return psutil.Process(client.info("server")["process_id"])


@contextmanager
def killed(*, with_data: bool) -> Iterator[None]:
    """Dead while the block lasts, then started again."""
    process = redis_process()
    process.kill()
    soon(lambda: not process.is_running())
    try:
        yield
    finally:
        if not with_data:
            (settings.EMBEDDED_REDIS_SOCKET.parent / "appendonly.aof").unlink()
        embedded.start_redis(settings.EMBEDDED_REDIS_SOCKET)


@contextmanager
def paused() -> Iterator[None]:
    """Takes connections and says nothing, for half a minute at least."""
    process, began = redis_process(), time.monotonic()
    process.suspend()
    try:
        yield
        time.sleep(max(0.0, PAUSE_SECONDS - (time.monotonic() - began)))
    finally:
        process.resume()


@contextmanager
def flushed() -> Iterator[None]:
    yield
    with redis_client() as client:
        client.flushall()


@contextmanager
def full() -> Iterator[None]:
    with redis_client() as client:
        client.config_set("maxmemory", 1)
        try:
            yield
        finally:
            client.config_set("maxmemory", 0)


def postgres_restarts_at_once() -> None:
    """As after a crash: nobody is told, nothing is written back; this process's connections go with it."""
    folder = settings.EMBEDDED_POSTGRES_DIR
    command = [
        embedded.POSTGRES_PROGRAMS / "pg_ctl",
        "-D",
        folder,
        "-m",
        "immediate",
        "-t",
        "180",
        "-l",
        folder / "log",
    ]
    subprocess.run([*command, "restart"], stdout=subprocess.DEVNULL, check=True, **embedded.owner())
    connections.close_all()


@contextmanager
def no_connection_left() -> Iterator[None]:
    """Everybody is sent away, and each place is taken before they come back."""
    with ExitStack() as taken:
        administrator = taken.enter_context(connected())
        send_away(administrator)
        with suppress(psycopg.OperationalError):
            while True:
                taken.enter_context(connected())
        yield


@contextmanager
def read_only() -> Iterator[None]:
    """As a standby answers, or a server whose disk is nearly full."""
    name = sql.Identifier(connection.settings_dict["NAME"])
    with connected() as administrator:
        administrator.execute(sql.SQL("alter database {} set default_transaction_read_only = on").format(name))
        send_away(administrator)
        try:
            yield
        finally:
            administrator.execute(sql.SQL("alter database {} reset default_transaction_read_only").format(name))
            send_away(administrator)


def send_away(administrator: psycopg.Connection) -> None:
    """Ends every session in the test's database, this process's own among them."""
    name = connection.settings_dict["NAME"]
    connections.close_all()
    administrator.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])


def connected() -> psycopg.Connection:
    return psycopg.connect(
        host=str(settings.EMBEDDED_POSTGRES_DIR), user="postgres", dbname="postgres", autocommit=True
    )
