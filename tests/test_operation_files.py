"""The dashboard and the alert rules name only what /metrics tells."""

import json
import re
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from prometheus_client.parser import text_string_to_metric_families

from predictions.alerts import RULES
from predictions.series import COUNTS, MEANINGS
from salesconv import metrics
from salesconv.queues import QUEUES

FOLDER = Path(settings.BASE_DIR) / "docs/operation"
DASHBOARD = json.loads((FOLDER / "grafana-dashboard.json").read_text())
GROUPS = yaml.safe_load((FOLDER / "prometheus-rules.yml").read_text())["groups"]
ALERTS = {rule["alert"]: rule for group in GROUPS for rule in group["rules"]}
PANELS = {panel["title"]: panel for panel in DASHBOARD["panels"]}
EXPRESSIONS = {
    **{name: [rule["expr"]] for name, rule in ALERTS.items()},
    **{title: [target["expr"] for target in panel["targets"]] for title, panel in PANELS.items()},
}
MONITORED = {rule.metric for rule in RULES} | set(MEANINGS) | set(COUNTS) | {"score_mean"}
SUFFIXES = {"counter": ("_total",), "summary": ("_sum", "_count"), "gauge": ("",)}


@pytest.fixture
def told(db) -> set[str]:
    """Every name that a query may use."""
    families = text_string_to_metric_families(metrics.exposition().decode())
    return {family.name + suffix for family in families for suffix in SUFFIXES[family.type]}


@pytest.mark.parametrize("of", EXPRESSIONS)
def test_every_number_asked_for_is_told(of, told):
    for expression in EXPRESSIONS[of]:
        assert set(re.findall(r"salesconv_\w+", expression)) <= told
        assert set(re.findall(r'name="(\w+)"', expression)) <= MONITORED
        assert expression.count("(") == expression.count(")")


def test_every_number_told_is_on_the_dashboard(told):
    shown = " ".join(expression for title in PANELS for expression in EXPRESSIONS[title])
    names = {re.sub(r"_(total|sum|count)$", "", name) for name in told}
    assert {name for name in names if name not in shown} <= {"salesconv_score_mean", "salesconv_score_spread"}


def test_each_alert_says_what_is_wrong_and_what_to_do():
    for name, rule in ALERTS.items():
        assert set(rule["annotations"]) == {"summary", "action"}, name
        assert rule["labels"]["severity"] in ("warning", "critical"), name


def test_queues_that_a_rule_leaves_out_exist():
    named = re.findall(r'queue!?="(\w+)"', json.dumps(EXPRESSIONS).replace('\\"', '"'))
    assert named
    assert set(named) <= set(QUEUES)


def test_panels_lie_side_by_side_and_each_knows_its_number():
    places = [tuple(panel["gridPos"].values()) for panel in PANELS.values()]
    assert len(set(places)) == len(places) == len({panel["id"] for panel in PANELS.values()})


def test_each_alert_stands_in_the_docs():
    docs = (FOLDER.parent / "operation.md").read_text()
    assert [name for name in ALERTS if f"`{name}`" not in docs] == []


def test_each_number_stands_in_the_docs(told):
    docs = (FOLDER.parent / "monitoring.md").read_text()
    names = {re.sub(r"_(sum|count)$", "", name) for name in told}
    assert [name for name in sorted(names) if f"`{name}" not in docs] == []
