"""Receivers of webhooks that misbehave are waited for so long and no longer; nothing is asked of a private address."""

from contextlib import ExitStack

import pytest

from calls.models import User
from predictions.models import WebhookDelivery
from predictions.tasks import deliver_event, score_call
from tests import factories
from tests.faults.changing_names import ALLOWED, CHANGING, INSIDE, PRIVATE
from tests.faults.crew import all_done, soon
from tests.faults.orders import scored, scores
from tests.predictions import watching
from tests.predictions.webhooks.receiver import answered, receiving, silent, without_end
from tests.small_models import WON

pytestmark = [pytest.mark.faults, pytest.mark.long]

SAID = {
    "hangs": "No answer: ReadTimeout.",
    "fails": "Answered 500.",
    "leads": "Redirects are not followed.",
    "endless": "Answered 500.",
    "changes": "",
    "inside": "The host has an address that is not public.",
}


def targets(elsewhere: str, opened: ExitStack) -> dict[str, str]:
    """The address of each."""
    answers = {"hangs": silent, "fails": answered(500), "leads": answered(307, Location=elsewhere)}
    answers |= {"endless": without_end, "changes": answered(200)}
    urls = {name: opened.enter_context(receiving(answer)).url for name, answer in answers.items()}
    urls["changes"] = urls["changes"].replace(ALLOWED, CHANGING)
    return urls | {"inside": elsewhere.replace(PRIVATE, INSIDE)}


@pytest.mark.fault("A webhook's target hangs, fails, redirects to loopback, never ends, or its name changes")
def test_each_target_is_told_apart_and_scoring_goes_on(crew, active, trial):
    crm = factories.user("crm", role=User.Role.INTEGRATION)
    crew.environment |= {"WEBHOOK_ALLOWED_NETWORKS": f"{ALLOWED}/32", "WEBHOOK_TIMEOUT_SECONDS": "2"}
    with receiving(host=PRIVATE) as elsewhere, ExitStack() as opened:
        for name, url in targets(elsewhere.url, opened).items():
            deliver_event.delay(watching.delivery(crm, webhook=watching.webhook(crm, name=name, url=url)).pk)
        call = factories.call(WON).pk
        score_call.delay(call)
        trial.strikes()
        crew.start("webhooks", app="tests.faults.changing_names")
        crew.start("scoring")
        soon(lambda: scored([call]) and all_done("webhooks", "scoring"))
        trial.settle([call], scores())
        assert elsewhere.received == []
    said = WebhookDelivery.objects.values_list("webhook__name", "log__error", "log__number")
    assert sorted(said) == sorted((name, error, 1) for name, error in SAID.items())
