"""Where a call's insight is read, it says how it was made."""

import pytest
from django.urls import reverse

from predictions import insights
from tests import factories


@pytest.mark.parametrize("address", ["predictions:call", "admin:calls_call_change"])
def test_whoever_reads_an_insight_sees_that_no_language_model_read_the_call(client, admin, address):
    call = factories.call()
    insights.write(call.pk)
    client.force_login(admin)
    assert "no language model read it" in client.get(reverse(address, args=[call.pk])).content.decode()
