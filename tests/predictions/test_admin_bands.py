"""The limits of the bands are edited together, and each probability keeps falling into exactly one of them."""

import pytest
from django.urls import reverse

from predictions.models import Band

LIST = reverse("admin:predictions_band_changelist")


def saved(desk, **limits: float):
    """The answer to typing these limits over those that are there."""
    bands = list(Band.objects.order_by("letter"))
    data = {"form-TOTAL_FORMS": len(bands), "form-INITIAL_FORMS": len(bands), "_save": "Save"}
    for place, band in enumerate(bands):
        data |= {f"form-{place}-id": band.pk, f"form-{place}-lower": limits.get(band.letter, band.lower)}
    return desk.post(LIST, data)


def limits() -> dict[str, float]:
    return dict(Band.objects.values_list("letter", "lower"))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"A": 0.4}, "A must begin above B"),
        ({"B": 0.75}, "A must begin above B"),
        ({"D": 0.1}, "D must begin at 0, or calls below 0.1 have no band"),
        ({"A": 1}, "A must begin below 1"),
        ({"C": -0.1}, "greater than or equal to 0"),
    ],
)
def test_limits_out_of_order_or_with_a_hole_are_refused_in_words(desk, wrong, words):
    before = limits()
    assert words in saved(desk, **wrong).content.decode()
    assert limits() == before


def test_all_limits_move_at_once_even_to_where_another_one_was(desk):
    assert saved(desk, A=0.5, B=0.25, C=0.1).status_code == 302
    assert limits() == {"A": 0.5, "B": 0.25, "C": 0.1, "D": 0.0}


@pytest.mark.parametrize("address", ["add", "delete"])
def test_no_band_is_added_or_deleted(desk, address):
    key = [] if address == "add" else [Band.objects.get(letter="D").pk]
    assert desk.get(reverse(f"admin:predictions_band_{address}", args=key)).status_code == 403
    desk.post(LIST, {"action": "delete_selected", "_selected_action": list(Band.objects.values_list("pk", flat=True))})
    assert Band.objects.count() == 4


@pytest.mark.parametrize(("model", "named"), [("band", "Lower: A from 75%"), ("riskrule", "On: Customer silent")])
def test_each_input_of_a_list_says_what_it_is_and_of_which_row(desk, model, named):
    shown = desk.get(reverse(f"admin:predictions_{model}_changelist")).content.decode()
    assert f'aria-label="{named}' in shown
