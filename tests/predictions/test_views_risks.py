"""The list of calls that need attention, and what one does about them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from calls.models import User
from predictions.models import Risk, RiskRule
from predictions.risks import finding
from tests import factories
from tests.predictions import watching

LIST = "/attention/"
HTMX = {"HX-Request": "true"}


def at_risk(rep, name="Halden", probability=0.6, days=30):
    customer = factories.customer(name=name)
    started_at = timezone.now() - timedelta(days=days)
    call = factories.call(rep=rep, team=rep.team, customer=customer, started_at=started_at)
    watching.prediction(call, probability, band="B")
    finding.find(call.pk)
    return call


@pytest.fixture
def visitor(client, rep):
    client.force_login(rep)
    return client


def test_the_call_most_worth_saving_comes_first(visitor, rep):
    for name, probability in (("Low", 0.2), ("High", 0.9), ("Middle", 0.5)):
        at_risk(rep, name, probability)
    answer = visitor.get(LIST)
    assert [call.customer.name for call in answer.context["page"].rows] == ["High", "Middle", "Low"]
    assert "Customer silent" in answer.text


def test_nobody_sees_the_risks_of_strangers(client, rep, stranger):
    at_risk(rep)
    client.force_login(stranger)
    assert "Halden" not in client.get(LIST).text
    assert client.post(reverse("predictions:dismiss_risk", args=[Risk.objects.first().pk])).status_code == 404
    assert not Risk.objects.filter(dismissed_at__isnull=False).exists()


def test_a_manager_chooses_a_rep(client, manager, rep):
    other = factories.user(team=rep.team)
    at_risk(rep)
    at_risk(other, "Kestrel")
    client.force_login(manager)
    rows = client.get(LIST, {"rep": other.pk}).context["page"].rows
    assert [call.customer.name for call in rows] == ["Kestrel"]


def test_one_kind_of_risk_can_be_chosen(visitor, rep):
    at_risk(rep)
    falling = RiskRule.objects.get(kind="falling")
    assert not visitor.get(LIST, {"rule": falling.pk}).context["page"].rows
    assert "No call fits these filters" in visitor.get(LIST, {"rule": falling.pk}).text


def test_dismissing_takes_a_risk_off_the_list_and_undo_brings_it_back(visitor, rep):
    call = at_risk(rep)
    (risk,) = call.risks.filter(rule__kind="silent")
    text = visitor.post(reverse("predictions:dismiss_risk", args=[risk.pk]), headers=HTMX).text
    assert "Dismissed by rita" in text
    assert not visitor.get(LIST).context["page"].rows
    assert [call.pk for call in visitor.get(LIST, {"shown": "dismissed"}).context["page"].rows] == [call.pk]
    visitor.post(reverse("predictions:restore_risk", args=[risk.pk]), headers=HTMX)
    assert len(visitor.get(LIST).context["page"].rows) == 1


def test_without_scripts_dismissing_leads_back_to_the_call(visitor, rep):
    call = at_risk(rep)
    risk = call.risks.get(rule__kind="silent")
    answer = visitor.post(reverse("predictions:dismiss_risk", args=[risk.pk]), follow=True)
    assert "Dismissed: Customer silent." in answer.text


def test_a_call_page_shows_its_risks(visitor, rep):
    call = at_risk(rep)
    assert "Customer silent" in visitor.get(reverse("predictions:call", args=[call.pk])).text


def test_an_empty_list_says_what_is_looked_for(visitor):
    text = visitor.get(LIST).text
    assert "Nothing needs attention" in text
    assert "after 14 days" in text


def test_where_every_rule_is_off_the_list_says_so(visitor, rep):
    at_risk(rep)
    RiskRule.objects.update(is_on=False)
    assert "an admin has switched all of them off" in visitor.get(LIST).text


@pytest.mark.parametrize("query", ["rule=0", "rep=x", "cursor=\0", "sort=customer", "shown=x"])
def test_the_list_opens_whatever_stands_in_its_address(visitor, rep, query):
    at_risk(rep)
    assert visitor.get(f"{LIST}?{query}").status_code == 200


def test_the_team_page_counts_the_calls_at_each_risk(client, manager, rep, stranger):
    at_risk(rep)
    at_risk(stranger)
    client.force_login(manager)
    counts = {rule.kind: count for rule, count in client.get("/team/").context["risks"]}
    assert counts["silent"] == 1


@pytest.mark.parametrize("count", [1, 12])
def test_the_list_costs_the_same_for_any_number_of_calls(client, manager, rep, count, django_assert_max_num_queries):
    for number in range(count):
        at_risk(rep, f"C{number}")
    client.force_login(manager)
    with django_assert_max_num_queries(12):
        assert client.get(LIST).context["total"] == count


def test_an_admin_tunes_the_rules_and_it_is_recorded(desk):
    rules = list(RiskRule.objects.order_by("pk"))
    form = {"form-TOTAL_FORMS": 4, "form-INITIAL_FORMS": 4, "_save": "Save"}
    for at, rule in enumerate(rules):
        form |= {f"form-{at}-id": rule.pk, f"form-{at}-delay_days": 9}
    desk.post(reverse("admin:predictions_riskrule_changelist"), form)
    assert set(RiskRule.objects.values_list("delay_days", "is_on")) == {(9, False)}
    assert "ada" in desk.get(reverse("admin:predictions_riskrule_history", args=[rules[0].pk])).text


def test_a_service_account_has_no_such_page_in_its_menu(client, team):
    client.force_login(factories.user(role=User.Role.INTEGRATION, teams=[team]))
    assert LIST not in client.get("/").text
