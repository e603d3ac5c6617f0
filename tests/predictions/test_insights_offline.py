"""Without a language model nothing leaves the machine: not even a socket is opened but that of the database."""

import socket

import pytest

from predictions import insights
from predictions.insights import jobs
from tests import factories


@pytest.mark.django_db
def test_extractive_insights_and_answers_open_no_socket(monkeypatch, empty_cache, rep):
    call = factories.call(rep=rep, team=rep.team, customer=factories.customer())
    asked = [jobs.ask("follow_up", rep, call=call), jobs.ask("call_brief", rep, customer=call.customer),
             jobs.ask("ask", rep, call=call, question="What budget?")]  # fmt: skip

    def refused(self, *args, **kwargs):
        raise AssertionError("a socket was opened")

    with monkeypatch.context() as patched:
        for way in ("connect", "connect_ex"):
            patched.setattr(socket.socket, way, refused)
        assert insights.write(call.pk).model == "extractive"
        for job in asked:
            jobs.write(job.pk)
    assert {job.state for job in type(asked[0]).objects.all()} == {"done"}
