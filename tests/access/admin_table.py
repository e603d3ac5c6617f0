"""The admin's part of the table: a line for each of its models, and one for each address that belongs to none.

Answers: IN, NO (403), or ABSENT: a row that one may not see is said not to exist, and one is led to the admin's start.
Whoever is no staff is led to the login. A permission in Django's sense does not widen what role and teams let one see.
"""

from collections.abc import Iterator
from dataclasses import dataclass

IN, NO, ABSENT = "in", "403", "absent"


@dataclass(frozen=True)
class Desk:
    """What can be done with a model's rows, by an admin and by staff who have every permission but see one team."""

    model: str
    at: str  # which object of world.py
    add: str = IN
    change: str = IN  # by POST
    delete: str = IN
    elsewhere: str = IN  # ABSENT: staff of another team do not find the row
    staff: str = IN  # ABSENT: nor do those of the team; NO: nor the list of them
    staff_add: str = ""  # where staff who are no admins may not, what admins may
    staff_change: str = ""
    staff_delete: str = ""


@dataclass(frozen=True)
class AdminRow:
    name: str
    method: str
    admin: str = IN
    staff: str = IN
    elsewhere: str = IN
    at: str = ""
    query: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.name}"


READ_ONLY = {"add": NO, "change": NO, "delete": NO}
OF_ADMINS = {"staff_add": NO, "staff_change": NO, "staff_delete": NO}

DESKS = (
    Desk("calls_user", "rep", **OF_ADMINS),
    Desk("calls_team", "team"),
    Desk("calls_fieldmapping", "mapping"),
    Desk("calls_token", "token", change=NO, delete=NO, staff_add=NO),
    Desk("calls_customer", "customer", delete=NO, elsewhere=ABSENT),
    Desk("calls_disclosure", "disclosure", **READ_ONLY, staff=ABSENT, elsewhere=ABSENT),
    Desk("calls_erasure", "erasure", **READ_ONLY, staff=ABSENT, elsewhere=ABSENT),
    Desk("calls_label", "label", **READ_ONLY, elsewhere=ABSENT),
    Desk("calls_call", "call", add=NO, elsewhere=ABSENT),
    Desk("mltraining_trainingrun", "run", **READ_ONLY),
    Desk("mltraining_modelversion", "version", **READ_ONLY),
    Desk("mltraining_promotion", "promotion", **READ_ONLY),
    Desk("predictions_band", "band", add=NO, delete=NO),
    Desk("predictions_tracker", "tracker"),
    Desk("predictions_riskrule", "rule", add=NO, delete=NO),
    Desk("predictions_alert", "alert", **READ_ONLY),
    Desk("predictions_modeluse", "use", **READ_ONLY),
    Desk("predictions_insightattempt", "insight_attempt", **READ_ONLY, elsewhere=ABSENT),
    Desk("predictions_scoringattempt", "attempt", **READ_ONLY, elsewhere=ABSENT),
    Desk("predictions_webhook", "webhook", change=NO, staff=NO, staff_add=NO, staff_delete=NO),
    Desk("predictions_webhookdelivery", "delivery", **READ_ONLY, staff=ABSENT, elsewhere=ABSENT),
)

OTHERS = (
    AdminRow("admin:index", "GET"),
    AdminRow("admin:search", "GET", query="s=call"),
    AdminRow("admin:app_list", "GET", at="app"),
    AdminRow("admin:jsi18n", "GET"),
    AdminRow("admin:autocomplete", "GET", query="app_label=calls&model_name=call&field_name=shared_with&term=r"),
    AdminRow("admin:view_on_site", "GET", at="on_site"),  # there are none: 404
    AdminRow("admin:password_change", "GET"),
    AdminRow("admin:password_change_done", "GET"),
    AdminRow("admin:auth_user_password_change", "GET", at="rep_id", staff=NO, elsewhere=NO),
    AdminRow("admin:calls_customer_hand_out", "GET", at="customer", staff=NO, elsewhere=NO),
    *(AdminRow("admin:calls_customer_erase", m, at="customer", staff=NO, elsewhere=NO) for m in ("GET", "POST")),
    AdminRow("admin:calls_call_queue", "GET"),
    AdminRow("admin:calls_call_agreement", "GET"),
    AdminRow("admin:calls_call_open_queue", "GET"),
    *(
        AdminRow(f"admin:calls_{model}_{name}", method)
        for model in ("customer", "label")
        for name, method in (("import", "GET"), ("import", "POST"), ("process_import", "POST"), ("export", "GET"))
    ),
)


def rows_of(desk: Desk) -> Iterator[AdminRow]:
    """GET and POST of the five addresses that each model has."""

    def row(name: str, method: str, admin: str = IN, staff: str = "", elsewhere: str = "") -> AdminRow:
        staff = staff or (desk.staff if admin == IN and elsewhere else admin)
        there = elsewhere if staff == IN and elsewhere else staff
        return AdminRow(f"admin:{desk.model}_{name}", method, admin, staff, there, "" if name in BARE else desk.at)

    yield row("changelist", "GET", staff=NO if desk.staff == NO else IN)
    yield row("history", "GET", elsewhere=desk.elsewhere)
    yield row("change", "GET", elsewhere=desk.elsewhere)
    yield row("change", "POST", desk.change, desk.staff_change, desk.elsewhere)
    for method in ("GET", "POST"):
        yield row("add", method, desk.add, desk.staff_add)
        yield row("delete", method, desk.delete, desk.staff_delete, desk.elsewhere)


BARE = ("changelist", "add")
ADMIN_ROWS = (*OTHERS, *(row for desk in DESKS for row in rows_of(desk)))
