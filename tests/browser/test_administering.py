"""An admin brings outcomes by a table and changes which version serves."""

import pytest
from playwright.sync_api import Page, expect

from calls.models import Call
from mltraining.models import ModelVersion
from predictions import preview, promotion
from predictions.models import Preview
from tests import factories, small_models
from tests.predictions import watching

pytestmark = pytest.mark.browser
HEADER = "source,external_id,outcome\n"
GOOD = "test,call-1,won\n"


def chosen(page: Page, table: str) -> None:
    """The file of outcomes is chosen and looked at; nothing is taken yet."""
    page.locator("input[name=import_file]").set_input_files(
        {"name": "outcomes.csv", "mimeType": "text/csv", "buffer": table.encode()}
    )
    page.get_by_role("button", name="Submit").click()


def test_a_table_with_two_bad_rows_is_refused_by_line_and_taken_once_it_is_right(login, admin, bands, live_server):
    call = factories.call(external_id="call-1")
    page: Page = login(admin)
    page.goto(f"{live_server.url}/admin/calls/label/import/")
    chosen(page, f"{HEADER}{GOOD}test,call-9,lost\ntest,call-1,perhaps\n")
    expect(page.get_by_text("Nothing was taken.")).to_be_visible()
    expect(page.get_by_role("row", name="3 external_id There is no call")).to_be_visible()
    expect(page.get_by_role("row", name='4 outcome Expected "won"')).to_be_visible()
    assert not call.labels.exists()
    chosen(page, HEADER + GOOD)
    page.get_by_role("button", name="Confirm import").click()
    page.wait_for_url("**/admin/calls/label/")
    assert Call.objects.get(pk=call.pk).outcome == "won"


@pytest.fixture
def candidate(bands) -> ModelVersion:
    """Beside one that serves and has scored an open call."""
    small_models.version()
    watching.prediction(factories.call(small_models.WON, state=Call.State.SCORED), 0.1, band="D")
    return small_models.version(ModelVersion.State.CANDIDATE)


def test_an_admin_previews_promotes_and_goes_back(login, admin, candidate, live_server):
    before = ModelVersion.objects.active()
    page: Page = login(admin)
    page.goto(f"{live_server.url}/models/{candidate.pk}/")
    page.get_by_role("button", name=f"Compare with version {before.pk}").click()
    page.wait_for_load_state()
    preview.write(Preview.objects.get().pk)  # what a worker does
    expect(page.get_by_role("button", name="Compare anew")).to_be_visible(timeout=15_000)
    page.get_by_role("button", name=f"Promote version {candidate.pk}").click()
    expect(page.get_by_role("heading", name="Promotion under way")).to_be_visible()
    promotion.write_vectors(candidate.promotions.get().pk)
    back = page.get_by_role("button", name=f"Go back to version {before.pk}")
    expect(back).to_be_visible(timeout=15_000)
    assert ModelVersion.objects.active() == candidate
    back.click()
    expect(page.get_by_text(f"Version {candidate.pk} gives way to the one before it.")).to_be_visible()
    promotion.write_vectors(before.promotions.get().pk)  # of the calls that came since
    expect(page.get_by_role("heading", name="Promotion under way")).to_be_hidden(timeout=15_000)
    assert ModelVersion.objects.active() == before
