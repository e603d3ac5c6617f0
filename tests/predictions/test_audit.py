"""What an admin changes is in the export of the audit, also when it is deleted, and secrets are not."""

import pytest
from axes.models import AccessAttempt
from django.urls import reverse
from django.utils import timezone

from calls.models import AdminAct, Customer, Label, User
from mltraining.models import Promotion
from predictions.exports import audit
from predictions.exports.asked import Asked
from predictions.models import Question, ScorecardTemplate, Tracker
from predictions.webhooks import managing
from tests import factories
from tests.predictions import watching


def told(admin, kind: str) -> list[tuple]:
    return [(row["action"], row["who"], row["values"]) for row in audit.rows(Asked(admin)) if row["kind"] == kind]


@pytest.mark.parametrize("model", [Tracker, User])
def test_what_an_admin_deletes_is_recorded_with_its_values(desk, admin, model):
    row = Tracker.objects.create(name="Law", kind="topic", phrases=[]) if model is Tracker else factories.user("tom")
    desk.post(reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_delete", args=[row.pk]), {"post": "yes"})
    action, who, values = told(admin, model._meta.verbose_name)[-1]
    assert (action, who) == ("delete", "ada")
    assert str(row) in values.values()


def test_a_password_and_a_secret_are_recorded_as_changed_and_never_told(desk, admin, rep):
    webhook, _ = managing.create(rep, "CRM", "https://93.184.216.34/", ["call.scored"])
    fields = {"password1": "another horse battery", "password2": "another horse battery"}
    desk.post(reverse("admin:auth_user_password_change", args=[rep.pk]), fields)
    managing.rotate(webhook)
    action, who, values = told(admin, "user")[-1]
    assert (action, who, values["username"], "password" in values) == ("password changed", "ada", "rita", False)
    action, _, values = told(admin, "webhook")[-1]
    assert (action, "secret" in values) == ("secret changed", False)


def test_questions_of_a_scorecard_are_recorded(admin):
    template = ScorecardTemplate.objects.create(name="First call")
    template.ask([Question(text="Was it friendly?", scale="yes or no")])
    template.ask([])
    assert [(action, values["text"]) for action, _, values in told(admin, "question")] == [
        ("insert", "Was it friendly?"),
        ("delete", "Was it friendly?"),
    ]


def test_freeing_an_account_is_recorded_and_outlasts_who_did_it(desk, admin, rep):
    AccessAttempt.objects.create(username="rita", ip_address="127.0.0.1", failures_since_start=9)
    desk.post(reverse("admin:calls_user_changelist"), {"action": "free", "_selected_action": [rep.pk]})
    other = factories.user("eva", role="admin")
    admin.delete()
    [(action, _, values)] = told(other, "act in the admin")
    assert (action, values["object_repr"], values["content_type"]) == ("noted", "rita", "user")
    assert "Freed" in values["change_message"]
    assert not AdminAct.objects.exists()


def test_why_a_version_that_is_not_ready_was_promoted_is_in_the_audit(admin):
    version = watching.version("candidate")
    Promotion.objects.create(version=version, action="promote", state="done", override="Better than none.")
    [(action, _, values)] = told(admin, "promotion")
    assert (action, values["override"]) == ("asked for", "Better than none.")


def test_the_end_of_what_tells_of_customers_is_recorded_without_a_word(admin):
    customer = factories.customer("c-1", name="Halden", metadata={"plan": "gold"})
    label = factories.label(None, deal="Halden-1", known_at=timezone.now())
    Label.objects.filter(pk=label.pk).delete()
    Customer.objects.filter(pk=customer.pk).delete()
    for kind in ("customer", "label"):
        action, _, values = told(admin, kind)[-1]
        assert action == "delete"
        assert "Halden" not in str(values)
        assert "gold" not in str(values)
