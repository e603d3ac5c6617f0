"""The sidebar of the admin: what there is to do, then what there is to look at."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

# Group → (title, icon, address, the permission without which it is left out)
MENU = {
    "Calls": (
        ("Labelling queue", "rule", "calls_call_queue", "calls.change_call"),
        ("Agreement", "handshake", "calls_call_agreement", "calls.view_label"),
        ("Calls", "call", "calls_call_changelist", "calls.view_call"),
        ("Outcomes", "fact_check", "calls_label_changelist", "calls.view_label"),
        ("Customers", "apartment", "calls_customer_changelist", "calls.view_customer"),
        ("Copies given out", "folder_zip", "calls_disclosure_changelist", "calls.view_disclosure"),
        ("Erasures", "delete_forever", "calls_erasure_changelist", "calls.view_erasure"),
    ),
    "People": (
        ("Users", "person", "calls_user_changelist", "calls.view_user"),
        ("Teams", "groups", "calls_team_changelist", "calls.view_team"),
        ("Field mappings", "conversion_path", "calls_fieldmapping_changelist", "calls.view_fieldmapping"),
        ("API tokens", "key", "calls_token_changelist", "calls.view_token"),
    ),
    "Scores": (
        ("Bands", "stairs", "predictions_band_changelist", "predictions.view_band"),
        ("Trackers", "search", "predictions_tracker_changelist", "predictions.view_tracker"),
        ("Risks", "warning", "predictions_riskrule_changelist", "predictions.view_riskrule"),
        ("Calls set aside", "block", "predictions_scoringattempt_changelist", "predictions.view_scoringattempt"),
        ("Insights set aside", "block", "predictions_insightattempt_changelist", "predictions.view_insightattempt"),
        ("Alerts", "notifications", "predictions_alert_changelist", "predictions.view_alert"),
        ("Model uses", "neurology", "predictions_modeluse_changelist", "predictions.view_modeluse"),
    ),
    "Webhooks": (
        ("Webhooks", "webhook", "predictions_webhook_changelist", "predictions.view_webhook"),
        ("Deliveries", "outgoing_mail", "predictions_webhookdelivery_changelist", "predictions.view_webhookdelivery"),
    ),
    "Training": (
        ("Runs", "model_training", "mltraining_trainingrun_changelist", "mltraining.view_trainingrun"),
        ("Versions", "deployed_code", "mltraining_modelversion_changelist", "mltraining.view_modelversion"),
        ("Promotions", "published_with_changes", "mltraining_promotion_changelist", "mltraining.view_promotion"),
    ),
}


Entry = tuple[str, str, str, str]


def groups(request: HttpRequest) -> list[dict[str, Any]]:
    here = max(filter(request.path.startswith, links()), key=len, default="")  # the queue lies below the calls
    return [{"title": title, "items": items(request, entries, here)} for title, entries in MENU.items()]


def links() -> list[str]:
    return [link(entry) for entries in MENU.values() for entry in entries]


def link(entry: Entry) -> str:
    return reverse(f"admin:{entry[2]}")


def items(request: HttpRequest, entries: tuple[Entry, ...], here: str) -> list[dict[str, Any]]:
    return [
        {"title": entry[0], "icon": entry[1], "link": link(entry), "active": link(entry) == here}
        for entry in entries
        if request.user.has_perm(entry[3])
    ]
