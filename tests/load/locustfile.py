"""People who read and label calls, and a program that delivers them, on the server of a running `make demo`.

Runs in an environment of its own, as locust changes sockets for its whole process: nothing of the product is imported.
"""

import itertools
import json
import os
import random
import re
import uuid
from pathlib import Path

import gevent
import requests
from locust import HttpUser, between, events, task

DEMO = json.loads((Path(os.environ.get("VAR_DIR", "var")) / "demo.json").read_text())
PEOPLE = [user for user in DEMO["users"] if user["role"] != "integration"]
SAID = (
    ("rep", "Good morning, what made you look for a new system?"),
    ("customer", "Our reports take two days every month, and nobody trusts the numbers."),
    ("rep", "What would it be worth to have them in an hour?"),
    ("customer", "A lot. We have the budget this year; who would look after the move?"),
)
CALL = re.compile(r'href="/calls/(\d+)/"')
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


def signed_in(who: dict[str, str]) -> requests.Session:
    session, address = requests.Session(), f"{DEMO['url']}/login/"
    form = {"login": who["username"], "password": who["password"]}
    form["csrfmiddlewaretoken"] = TOKEN.search(session.get(address).text)[1]
    session.post(address, form, headers={"Referer": address}).raise_for_status()
    return session


SIGNED_IN = itertools.cycle([signed_in(who).cookies for who in PEOPLE])  # before anything is measured


class Person(HttpUser):
    """Looks at the list, opens calls, now and then records an outcome."""

    weight = 8
    wait_time = between(3, 12)
    calls: tuple[str, ...] = ()

    def on_start(self) -> None:
        self.client.cookies.update(next(SIGNED_IN))
        self.calls = tuple(set(CALL.findall(self.client.get("/", name="list").text)))

    @task(4)
    def list(self) -> None:
        self.client.get(f"/{random.choice(('', '?band=A', '?band=B'))}", name="list")

    @task(1)
    def search(self) -> None:
        self.client.get("/?q=budget", name="list, searched")

    @task(6)
    def review(self) -> None:
        call = random.choice(self.calls)
        self.client.get(f"/calls/{call}/", name="call")
        for part in ("similar", "scorecards"):
            self.client.get(f"/calls/{call}/{part}/", name=f"call, {part}", headers={"HX-Request": "true"})

    @task(1)
    def label(self) -> None:
        call = random.choice(self.calls)
        page = self.client.get(f"/calls/{call}/labels/", name="label, form")
        form = {"outcome": random.choice(("won", "lost")), "csrfmiddlewaretoken": TOKEN.search(page.text)[1]}
        self.client.post(f"/calls/{call}/labels/", form, headers={"Referer": page.url}, name="label")


class Program(HttpUser):
    """What speaks to the API."""

    abstract = True
    wait_time = between(3, 12)

    def on_start(self) -> None:
        self.client.headers["Authorization"] = f"Token {DEMO['token']}"

    def new_call(self) -> dict[str, object]:
        return {"source": "load", "external_id": uuid.uuid4().hex, "customer": {"external_id": "load"}}


class Crm(Program):
    """Delivers calls and asks for what became of them."""

    weight = 1

    @task
    def ingest(self) -> None:
        turns = [{"role": role, "text": text} for role, text in SAID]
        made = self.client.post("/api/v1/calls/", json=self.new_call() | {"turns": turns}, name="ingest")
        if made.ok:
            self.client.get(f"/api/v1/calls/{made.json()['id']}/", name="delivered call")


class Telephony(Program):
    """Tells a call while it runs, and follows its events until the last turn is heard."""

    weight = 1

    @task
    def call(self) -> None:
        opened = self.client.post("/api/v1/live/", json=self.new_call(), name="running call, opened")
        if not opened.ok:
            return
        live = opened.json()
        follower = gevent.spawn(self.follow, live["events_url"])
        for number, (role, text) in enumerate(SAID):
            turn = {"sequence": number, "role": role, "text": text}
            self.client.post(live["turns_url"], json={"turns": [turn]}, name="running call, a turn")
            gevent.sleep(2)
        self.client.post(live["finish_url"], name="running call, finished")
        follower.join()

    def follow(self, address: str) -> None:
        """The stream closes when the call has ended."""
        name = "running call, its events"
        with self.client.get(address, name=name, stream=True, catch_response=True, timeout=60) as stream:
            told = stream.text
            if "event: score" not in told or "event: finished" not in told:
                stream.failure(f"It ended without a score or the word that it was finished: {told[-300:]}")


@events.quitting.add_listener
def judge(environment, **_: object) -> None:
    """One failed request fails the run."""
    environment.process_exit_code = 1 if environment.stats.total.num_failures else 0
