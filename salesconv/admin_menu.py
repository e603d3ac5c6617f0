"""The sidebar of the admin: what there is to do, then what there is to look at."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

# Group → (title, icon, address, the permission without which it is left out)
MENU = {
    "Calls": (
        ("Labelling queue", "rule", "calls_call_queue", "calls.change_call"),
        ("Calls", "call", "calls_call_changelist", "calls.view_call"),
        ("Outcomes", "fact_check", "calls_label_changelist", "calls.view_label"),
        ("Customers", "apartment", "calls_customer_changelist", "calls.view_customer"),
    ),
    "People": (
        ("Users", "person", "calls_user_changelist", "calls.view_user"),
        ("Teams", "groups", "calls_team_changelist", "calls.view_team"),
        ("API tokens", "key", "authtoken_tokenproxy_changelist", "authtoken.view_tokenproxy"),
    ),
    "Scores": (
        ("Bands", "stairs", "predictions_band_changelist", "predictions.view_band"),
        ("Trackers", "search", "predictions_tracker_changelist", "predictions.view_tracker"),
        ("Alerts", "notifications", "predictions_alert_changelist", "predictions.view_alert"),
    ),
    "Training": (
        ("Runs", "model_training", "mltraining_trainingrun_changelist", "mltraining.view_trainingrun"),
        ("Versions", "deployed_code", "mltraining_modelversion_changelist", "mltraining.view_modelversion"),
        ("Promotions", "published_with_changes", "mltraining_promotion_changelist", "mltraining.view_promotion"),
    ),
}


def groups(request: HttpRequest) -> list[dict[str, Any]]:
    return [{"title": title, "items": items(request, entries)} for title, entries in MENU.items()]


def items(request: HttpRequest, entries: tuple[tuple[str, str, str, str], ...]) -> list[dict[str, Any]]:
    return [
        {"title": title, "icon": icon, "link": reverse(f"admin:{address}")}
        for title, icon, address, permission in entries
        if request.user.has_perm(permission)
    ]
