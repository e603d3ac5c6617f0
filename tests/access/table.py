"""The table of who gets in: each address and method, who may, and what those who may are answered.

A new address needs one line here; tests/access/test_table.py says which. The columns of readers stand in who.py.
Whoever is not signed in is sent to the login by a page and answered 401 by the API, with an expired token, too.
"""

from dataclasses import dataclass

from calls.tokens import Scope
from tests.access.who import (
    ADMINS,
    AUTHOR,
    EDITORS,
    ELSEWHERE,
    KEEPERS,
    LEADERS,
    LEADERS_OF_THE_TEAM,
    OF_THE_CALL,
    OWNER,
    OWNER_AND_ADMIN,
    OWNING_WEBHOOK,
    PEOPLE_OF_THE_CALL,
    SIGNED_IN,
    Readers,
)  # fmt: skip

GET, POST = "GET", "POST"


@dataclass(frozen=True)
class Row:
    name: str  # of the address, as for `reverse`
    method: str
    who: Readers
    status: int = 200  # for those who may
    at: str = ""  # which object of world.py the address names
    query: str = ""
    scope: Scope | None = None  # of the API: what a token needs
    nobody: int | None = None  # what whoever is not signed in is answered, where anybody may ask

    def __str__(self) -> str:
        return f"{self.method} {self.name} {self.at}".strip()

    @property
    def is_api(self) -> bool:
        return self.name.startswith("api:")

    @property
    def reads_tokens(self) -> bool:
        """Refuses one that is no good, also where anybody may ask."""
        return self.name.startswith(("api:", "schema", "docs"))


ROWS = (
    # the way in, and what anybody may read
    *(Row("account_login", method, SIGNED_IN, 302, nobody=200) for method in (GET, POST)),
    Row("account_logout", POST, SIGNED_IN, 302),
    *(Row("account_reauthenticate", method, SIGNED_IN) for method in (GET, POST)),
    *(
        Row(name, method, SIGNED_IN, 302)  # each leads to the one step that is due
        for name in ("mfa_authenticate", "mfa_reauthenticate", "mfa_login_webauthn", "mfa_reauthenticate_webauthn")
        for method in (GET, POST)
    ),
    *(Row(name, GET, SIGNED_IN, nobody=200) for name in ("account_inactive", "socialaccount_login_cancelled")),
    Row("openid_connect_login", POST, SIGNED_IN, 404, at="provider", nobody=404),  # as long as none is set
    Row("openid_connect_callback", GET, SIGNED_IN, 404, at="provider", nobody=404),
    # everybody's own second factors: before one is changed, they say once more who they are
    *(Row(name, GET, SIGNED_IN) for name in ("mfa_index", "mfa_list_webauthn")),
    *(
        Row(name, method, SIGNED_IN, 302)
        for name in ("mfa_activate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes")
        for method in (GET, POST)
    ),
    *(Row("mfa_remove_webauthn", method, SIGNED_IN, 302, at="key") for method in (GET, POST)),
    *(Row("mfa_deactivate_totp", method, SIGNED_IN, 404) for method in (GET, POST)),  # nobody in the cast has one
    Row("mfa_view_recovery_codes", GET, SIGNED_IN, 404),
    Row("schema", GET, SIGNED_IN, nobody=200),
    Row("docs", GET, SIGNED_IN, nobody=200),
    Row("metrics", GET, SIGNED_IN, 401, nobody=401),  # has a bearer token of its own
    # calls
    Row("predictions:calls", GET, SIGNED_IN),
    Row("predictions:calls", GET, SIGNED_IN, query="q=budget"),
    Row("predictions:meaning", GET, SIGNED_IN, query="q=budget"),
    Row("predictions:call", GET, OF_THE_CALL, at="call"),
    Row("predictions:call", GET, ELSEWHERE, at="call_elsewhere"),
    Row("predictions:score", GET, OF_THE_CALL, at="call"),
    Row("predictions:similar", GET, OF_THE_CALL, at="call"),
    Row("predictions:similar", GET, ELSEWHERE, at="call_elsewhere"),
    Row("predictions:statistics", GET, OF_THE_CALL, at="call"),
    Row("predictions:statistics", GET, ELSEWHERE, at="call_elsewhere"),
    Row("predictions:find", GET, OF_THE_CALL, at="call"),
    Row("predictions:find", GET, ELSEWHERE, at="call_elsewhere"),
    Row("predictions:guess", POST, OF_THE_CALL, 302, at="call"),
    Row("calls:upload", GET, SIGNED_IN),
    Row("calls:upload", POST, SIGNED_IN, 422),
    Row("calls:draft", GET, OWNER, at="draft"),
    Row("calls:keep_draft", POST, OWNER, 302, at="draft"),
    Row("calls:discard_draft", POST, OWNER, 302, at="draft"),
    Row("calls:draft_call", GET, OWNER, at="draft_call"),
    Row("calls:draft_call", POST, OWNER, 422, at="draft_call"),
    Row("calls:discard_draft_call", POST, OWNER, 302, at="draft_call"),
    Row("calls:labels", GET, OF_THE_CALL, at="call"),
    Row("calls:labels", POST, OF_THE_CALL, 302, at="call"),
    Row("predictions:customer", GET, OF_THE_CALL, at="customer"),
    Row("predictions:guesses", GET, SIGNED_IN),
    Row("predictions:attention", GET, SIGNED_IN),
    Row("predictions:dismiss_risk", POST, OF_THE_CALL, 302, at="risk"),
    Row("predictions:restore_risk", POST, OF_THE_CALL, 302, at="risk"),
    Row("predictions:ask_call", POST, OF_THE_CALL, 302, at="call"),
    Row("predictions:ask", GET, SIGNED_IN),
    Row("predictions:ask", POST, SIGNED_IN, 302),
    Row("predictions:brief", POST, OF_THE_CALL, 302, at="customer"),
    Row("predictions:insight_job", GET, OWNER, at="job"),
    Row("predictions:saved_views", GET, SIGNED_IN),
    Row("predictions:saved_views", POST, SIGNED_IN, 302),
    Row("predictions:delete_view", POST, OWNER, 302, at="view"),
    Row("predictions:live_calls", GET, SIGNED_IN),
    Row("predictions:live_call", GET, OF_THE_CALL, at="live"),
    Row("predictions:finish_live", POST, OF_THE_CALL, 302, at="live"),
    Row("predictions:exports", GET, SIGNED_IN),
    Row("predictions:export", GET, SIGNED_IN, at="scorecards_csv"),
    Row("predictions:export", GET, ADMINS, at="audit_csv"),
    Row("predictions:export_progress", GET, SIGNED_IN, at="calls_table"),
    Row("predictions:export_progress", GET, ADMINS, at="audit_table"),
    # comments and notices
    Row("calls:thread", GET, OF_THE_CALL, at="turn"),
    Row("calls:thread", POST, OF_THE_CALL, 422, at="turn"),
    Row("calls:comment", GET, OF_THE_CALL, 302, at="comment"),
    Row("calls:edit_comment", GET, OWNER, at="comment"),
    Row("calls:edit_comment", POST, OWNER, at="comment"),
    Row("calls:delete_comment", GET, OWNER, at="comment"),
    Row("calls:delete_comment", POST, OWNER, 302, at="comment"),
    Row("calls:notices", GET, SIGNED_IN),
    Row("calls:read_notices", POST, SIGNED_IN, 302),
    Row("calls:notice", GET, OWNER, 302, at="notice"),
    # scorecards
    Row("predictions:scorecards", GET, SIGNED_IN),
    Row("predictions:scorecard", GET, OF_THE_CALL, at="scorecard"),
    Row("predictions:scorecard", POST, AUTHOR, at="scorecard"),
    Row("predictions:delete_scorecard", POST, OWNER, 302, at="scorecard"),
    Row("predictions:call_scorecards", GET, OF_THE_CALL, at="call"),
    Row("predictions:begin_scorecard", POST, PEOPLE_OF_THE_CALL, 404, at="call"),
    Row("predictions:new_template", GET, LEADERS),
    Row("predictions:new_template", POST, LEADERS),
    Row("predictions:template", GET, OF_THE_CALL, at="template"),
    Row("predictions:template", POST, EDITORS, at="template"),
    Row("predictions:retire_template", POST, LEADERS_OF_THE_TEAM, 302, at="template"),
    # teams, models, training
    Row("predictions:team", GET, LEADERS),
    Row("predictions:quality", GET, LEADERS),
    Row("predictions:monitoring", GET, SIGNED_IN),
    Row("predictions:models", GET, SIGNED_IN),
    Row("predictions:compare", GET, SIGNED_IN),
    Row("predictions:model", GET, SIGNED_IN, at="version"),
    Row("predictions:report", GET, SIGNED_IN, at="version_md"),
    Row("predictions:report", GET, SIGNED_IN, at="version_json"),
    Row("predictions:preview", POST, ADMINS, 302, at="version"),
    Row("predictions:preview_progress", GET, SIGNED_IN, 302, at="version"),
    Row("predictions:promotion", GET, SIGNED_IN, 302, at="version"),
    Row("predictions:promote", POST, ADMINS, 302, at="version"),
    Row("predictions:revert", POST, ADMINS, 302, at="version"),
    Row("predictions:retire", POST, ADMINS, 302, at="version"),
    Row("mltraining:runs", GET, SIGNED_IN),
    Row("mltraining:runs", POST, ADMINS, 409),
    Row("mltraining:run", GET, SIGNED_IN, at="run"),
    Row("mltraining:run_progress", GET, SIGNED_IN, at="run"),
    # the API
    Row("api:call-list", GET, SIGNED_IN, scope=Scope.VIEW_CALL),
    Row("api:call-list", GET, SIGNED_IN, query="q=budget", scope=Scope.VIEW_CALL),
    Row("api:call-list", POST, SIGNED_IN, 400, scope=Scope.ADD_CALL),
    Row("api:call-detail", GET, OF_THE_CALL, at="call", scope=Scope.VIEW_CALL),
    Row("api:call-detail", GET, ELSEWHERE, at="call_elsewhere", scope=Scope.VIEW_CALL),
    Row("api:call-labels", GET, OF_THE_CALL, at="call", scope=Scope.VIEW_LABEL),
    Row("api:call-labels", POST, OF_THE_CALL, 400, at="call", scope=Scope.ADD_LABEL),
    Row("api:call-predictions", GET, OF_THE_CALL, at="call", scope=Scope.VIEW_PREDICTION),
    Row("api:call-similar", GET, OF_THE_CALL, at="call", scope=Scope.VIEW_CALL),
    Row("api:call-similar", GET, ELSEWHERE, at="call_elsewhere", scope=Scope.VIEW_CALL),
    Row("api:batch-list", GET, SIGNED_IN, scope=Scope.ADD_CALL),
    Row("api:batch-list", POST, SIGNED_IN, 400, scope=Scope.ADD_CALL),
    Row("api:batch-detail", GET, OWNER_AND_ADMIN, at="batch", scope=Scope.ADD_CALL),
    Row("api:batch-rows", GET, OWNER_AND_ADMIN, at="batch", scope=Scope.ADD_CALL),
    Row("api:live-list", POST, SIGNED_IN, 400, scope=Scope.ADD_CALL),
    Row("api:live-detail", GET, OF_THE_CALL, at="live", scope=Scope.VIEW_CALL),
    Row("api:live-turns", POST, OF_THE_CALL, 400, at="live", scope=Scope.ADD_CALL),
    Row("api:live-events", GET, OF_THE_CALL, at="live", scope=Scope.VIEW_CALL),
    Row("api:live-finish", POST, OF_THE_CALL, at="live", scope=Scope.ADD_CALL),
    Row("api:customer-list", GET, SIGNED_IN, scope=Scope.VIEW_CUSTOMER),
    Row("api:customer-detail", GET, OF_THE_CALL, at="customer", scope=Scope.VIEW_CUSTOMER),
    Row("api:customer-erase", GET, ADMINS, at="customer", scope=Scope.DELETE_CUSTOMER),
    Row("api:customer-erase", POST, ADMINS, 400, at="customer", scope=Scope.DELETE_CUSTOMER),
    Row("api:customer-export", GET, ADMINS, at="customer", scope=Scope.EXPORT_CUSTOMER),
    Row("api:erasure-list", GET, ADMINS, scope=Scope.DELETE_CUSTOMER),
    Row("api:erasure-detail", GET, ADMINS, at="erasure", scope=Scope.DELETE_CUSTOMER),
    Row("api:outcomes", POST, SIGNED_IN, 400, scope=Scope.ADD_LABEL),
    Row("api:agreement", GET, SIGNED_IN, scope=Scope.VIEW_LABEL),
    Row("api:scores", GET, SIGNED_IN, scope=Scope.VIEW_PREDICTION),
    Row("api:insight-list", POST, SIGNED_IN, 400, scope=Scope.ADD_INSIGHT),
    Row("api:insight-detail", GET, OWNER, at="job", scope=Scope.ADD_INSIGHT),
    Row("api:search", GET, SIGNED_IN, query="q=budget", scope=Scope.VIEW_CALL),
    Row("api:predict", POST, SIGNED_IN, 400, scope=Scope.ADD_PREDICTION),
    Row("api:predict-result", GET, OWNER, 202, at="question", scope=Scope.ADD_PREDICTION),
    Row("api:training-run-list", GET, SIGNED_IN, scope=Scope.VIEW_RUN),
    Row("api:training-run-list", POST, ADMINS, 409, scope=Scope.ADD_RUN),
    Row("api:training-run-forecast", GET, SIGNED_IN, scope=Scope.VIEW_RUN),
    Row("api:training-run-detail", GET, SIGNED_IN, at="run", scope=Scope.VIEW_RUN),
    Row("api:model-version-list", GET, SIGNED_IN, scope=Scope.VIEW_VERSION),
    Row("api:model-version-detail", GET, SIGNED_IN, at="version", scope=Scope.VIEW_VERSION),
    Row("api:model-version-preview", GET, SIGNED_IN, at="version", scope=Scope.VIEW_VERSION),
    Row("api:model-version-preview", POST, ADMINS, 202, at="version", scope=Scope.CHANGE_VERSION),
    Row("api:model-version-promote", POST, ADMINS, 202, at="version", scope=Scope.CHANGE_VERSION),
    Row("api:model-version-revert", POST, ADMINS, 409, at="version", scope=Scope.CHANGE_VERSION),
    Row("api:model-version-retire", POST, ADMINS, 200, at="version", scope=Scope.CHANGE_VERSION),
    Row("api:webhook-list", GET, KEEPERS, scope=Scope.VIEW_WEBHOOK),
    Row("api:webhook-list", POST, KEEPERS, 400, scope=Scope.CHANGE_WEBHOOK),
    Row("api:webhook-detail", GET, KEEPERS, at="webhook", scope=Scope.VIEW_WEBHOOK),
    Row("api:webhook-detail", "DELETE", KEEPERS, 204, at="webhook", scope=Scope.CHANGE_WEBHOOK),
    Row("api:webhook-rotate", POST, KEEPERS, at="webhook", scope=Scope.CHANGE_WEBHOOK),
    Row("api:webhook-test", POST, KEEPERS, 202, at="webhook", scope=Scope.CHANGE_WEBHOOK),
    Row("api:webhook-delivery-list", GET, SIGNED_IN, scope=Scope.VIEW_WEBHOOK),
    Row("api:webhook-delivery-detail", GET, OWNING_WEBHOOK, at="delivery", scope=Scope.VIEW_WEBHOOK),
    Row("api:webhook-delivery-replay", POST, OWNING_WEBHOOK, 202, at="delivery", scope=Scope.CHANGE_WEBHOOK),
)  # fmt: skip
