"""What holds for every page: the strict policy is kept, names are given, strangers are shown to the door."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.urls import reverse

from calls.models import Comment, Notice
from mltraining.models import TrainingRun
from predictions.models import ScorecardTemplate
from predictions.scorecards import filling
from tests import factories
from tests.access.world import drafted
from tests.predictions import watching

TEMPLATES = sorted(Path(settings.BASE_DIR, "templates").rglob("*.html"))
NAMES = (
    "predictions:calls", "predictions:call", "predictions:similar", "predictions:models", "predictions:compare",
    "predictions:model",
    "predictions:meaning", "predictions:monitoring", "mltraining:runs", "mltraining:run", "calls:upload",
    "predictions:guesses", "predictions:customer", "predictions:saved_views",
    "predictions:team", "predictions:attention", "predictions:scorecards", "predictions:scorecard",
    "predictions:template", "predictions:new_template", "predictions:call_scorecards",
    "calls:draft", "calls:draft_call", "calls:notices", "calls:thread", "calls:edit_comment", "calls:delete_comment",
)  # fmt: skip
INLINE = re.compile(r"""\sstyle=|\son[a-z]+=["']|<style|<script(?![^>]*\ssrc=)|javascript:|hx-on""")


@pytest.fixture
def addresses(admin):
    call = factories.call(rep=admin, customer=factories.customer(name="Halden"), outcome="won", warnings=[
        {"code": "x", "message": "A cue without a time.", "count": 2, "line": 4},
    ])  # fmt: skip
    watching.prediction(call, 0.62, band="B", curve=[None, 0.4, 0.5, 0.62])
    comment = Comment.objects.create(turn=call.turns.first(), author=admin, text="Look, @rita.", mentions=["rita"])
    Notice.objects.create(person=admin, comment=comment, why=Notice.Why.REPLY)
    template = ScorecardTemplate.objects.get()
    scorecard = filling.begin(template, call, by=admin)
    draft = drafted(admin)
    keys = {
        "draft": [draft.pk], "draft_call": [draft.calls.first().pk],
        "template": [template.pk], "scorecard": [scorecard.pk], "call_scorecards": [call.pk],
        "call": [call.pk], "similar": [call.pk], "model": [watching.active().pk], "run": [TrainingRun.objects.get().pk],
        "customer": [call.customer_id], "thread": [call.pk, 0],
        "edit_comment": [comment.pk], "delete_comment": [comment.pk],
    }  # fmt: skip
    return {name: reverse(name, args=keys.get(name.split(":")[1], [])) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_every_page_has_one_heading_a_title_and_nothing_inline(client, admin, addresses, name):
    client.force_login(admin)
    answer = client.get(addresses[name])
    assert answer.status_code == 200
    assert not INLINE.search(answer.text)
    assert answer.text.count("<h1") == (0 if name == "predictions:similar" else 1)
    assert "· salesconv</title>" in answer.text
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", NAMES)
def test_every_page_asks_who_is_there(client, addresses, name):
    assert client.get(addresses[name]).url.startswith(reverse("account_login"))


@pytest.mark.parametrize("name", NAMES)
def test_every_control_and_picture_has_a_name(client, admin, addresses, name):
    client.force_login(admin)
    text = client.get(addresses[name]).text
    labelled = set(re.findall(r'<label[^>]*\sfor="([^"]+)"', text))
    for control in re.findall(r"<(?:input|select|textarea)[^>]*>", text):
        if 'type="hidden"' not in control:
            assert re.search(r'\sid="([^"]+)"', control)[1] in labelled
    for picture in re.findall(r"<svg[^>]*>", text):
        assert re.search(r"aria-hidden|aria-label|curve-plot", picture)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_marks_text_as_safe(path):
    assert not re.search(r"\|\s*safe|autoescape off", path.read_text())


def test_every_static_file_that_a_template_names_exists():
    for path in TEMPLATES:
        for name in re.findall(r"{% static '([^']+)'", path.read_text()):
            assert finders.find(name), f"{path.name} names {name}"


def test_a_page_that_is_not_there_says_so_in_the_same_frame(client, admin):
    client.force_login(admin)
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert "nothing here that you can see" in answer.text
    assert 'class="nav"' in answer.text


def test_the_login_page_tells_a_wrong_password(client, db):
    answer = client.post(reverse("account_login"), {"login": "x", "password": "y"})
    assert "do not match" in answer.text


def test_logging_in_leads_to_the_calls(client, rep):
    answer = client.post(reverse("account_login"), {"login": rep.username, "password": "correct horse battery"})
    assert answer.url == reverse("predictions:calls")


def test_the_way_to_the_admin_is_shown_to_staff_only(client, rep, admin):
    for person, shown in ((rep, False), (admin, True)):
        client.force_login(person)
        assert (reverse("admin:index") in client.get(reverse("predictions:calls")).text) is shown
