import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from mltraining.models import ModelVersion, Promotion
from predictions.models import MetricPoint, Preview
from tests import factories
from tests.predictions import watching

HTMX = {"HX-Request": "true"}
REPORT = {
    "rows": [
        {"name": "base_rate", "auc": 0.5, "auc_low": None, "auc_high": None, "brier": 0.25},
        {"name": "fine_tuned", "auc": 0.86, "auc_low": 0.83, "auc_high": 0.89, "brier": 0.148, "ece": 0.04},
    ],
    "chosen": "fine_tuned",
    "by_share": [{"share": 0.25, "auc": 0.6, "brier": 0.2}, {"share": 1.0, "auc": 0.86, "brier": 0.148}],
    "by_words": [{"words": 8, "n": 1234, "auc": 0.6, "brier": 0.2, "base_rate_brier": 0.24, "ece": 0.03}],
    "reliability": [{"mean_predicted": 0.2, "observed": 0.25, "count": 10}],
    "confusion": {"threshold": 0.4, "tp": 9, "fp": 1, "fn": 3, "tn": 7},
    "paired": [
        {"against": "bag_of_words", "metric": "auc", "difference": 0.05, "low": -0.01, "high": 0.1},
        {"against": "base_rate", "metric": "auc", "difference": 0.36, "low": 0.33, "high": 0.39},
        {"against": "base_rate", "metric": "brier", "difference": -0.1, "low": -0.12, "high": -0.08},
    ],
    "counts": {"won": 40, "lost": 60},
}


@pytest.fixture
def visitor(client, admin):
    client.force_login(admin)
    return client


def address(version, name="model"):
    return reverse(f"predictions:{name}", args=[version.pk])


def test_without_versions_the_page_says_what_to_do(visitor):
    assert "No model yet" in visitor.get(reverse("predictions:models")).text


def test_the_list_names_verdicts_and_which_version_serves(visitor):
    watching.version(report=REPORT)
    watching.version("candidate", verdict="not_ready")
    text = visitor.get(reverse("predictions:models")).text
    assert "Serves now" in text
    assert "Not ready" in text
    assert "0.860" in text


def test_the_page_shows_the_numbers_beside_the_baselines(visitor):
    version = watching.version(report=REPORT, verdict_reasons=[{"passed": True, "text": "Beats the base rate."}])
    text = visitor.get(address(version)).text
    for expected in ("Base rate", "0.830 to 0.890", "this version", "Beats the base rate.", "could be chance"):
        assert expected in text
    assert "40\u202f%" in text
    assert "Predicted 20\u202f%, won 25\u202f%" in text


def test_both_axes_of_the_reliability_have_numbers(visitor):
    text = visitor.get(address(watching.version(report=REPORT))).text
    chart = text[text.index('aria-label="Reliability') :].split("</svg>")[0]
    assert re.findall(r">([^<>]*)</text>", chart) == [f"{25 * quarter}\u202f%" for quarter in (*range(5), *range(5))]


def cells(text, row):
    """What stands in the table of differences against one baseline, as words."""
    table = text[text.index("This version less each other one") :]
    [found] = re.findall(rf'<th scope="row">{row}</th>(.*?)</tr>', table)
    return [" ".join(re.sub("<[^>]*>", " ", cell).split()) for cell in re.findall("<td.*?</td>", found)]


def test_differences_from_each_baseline_say_which_sign_is_better(visitor):
    text = visitor.get(address(watching.version(report=REPORT))).text
    assert "above 0: this version is better" in text
    assert cells(text, "Base rate") == ["+0.360 better +0.330 to +0.390", "−0.100 better −0.120 to −0.080", "–"]
    assert cells(text, "Bag of words") == ["+0.050 could be chance −0.010 to +0.100", "–", "–"]


def test_the_threshold_says_what_it_decides(visitor):
    text = visitor.get(address(watching.version(report=REPORT))).text
    assert "Called likely from 40\u202f% on" in text
    assert "The threshold for the best F1" in text


def test_what_is_known_early_is_drawn_with_axes_and_values(visitor):
    text = visitor.get(address(watching.version(report=REPORT))).text
    assert "AUC by share of the call heard: 25\u202f% 0.60, 100\u202f% 0.86" in text
    assert "Brier by share of the call heard" in text


def test_what_a_running_call_tells_stands_beside_the_base_rate(visitor):
    text = visitor.get(address(watching.version(report=REPORT))).text
    table = text[text.index('id="running-title"') :].split("</table>")[0]
    assert re.findall(r">([\d.,]+)</td>", table) == ["8", "1,234", "0.200", "0.240", "0.030"]
    assert "lower is better" in text


def test_a_negative_number_has_a_minus_in_the_verdict_too(visitor):
    reasons = [{"passed": True, "text": "Beats the base rate: Brier -0.0563 (95 % interval -0.0700 to -0.0400)."}]
    text = visitor.get(address(watching.version(verdict_reasons=reasons))).text
    assert "Brier −0.0563 (95 % interval −0.0700 to −0.0400)" in text


@pytest.mark.parametrize(("guards", "shown"), [([], "Nothing fired."), ([{"text": "The column <stage>"}], "&lt;stage")])
def test_the_checks_for_leaks_say_what_fired(visitor, guards, shown):
    text = visitor.get(address(watching.version(report={**REPORT, "guards": guards}))).text
    assert shown in text[text.index("Checks for leaks") :]


def test_a_report_from_before_the_checks_does_not_claim_that_nothing_fired(visitor):
    assert "Checks for leaks" not in visitor.get(address(watching.version(report=REPORT))).text


@pytest.mark.parametrize(
    "part", ["Where to draw the line", "How it learned", "For whom does it hold?", "scored highest"]
)
def test_what_an_old_report_lacks_is_left_out(visitor, part):
    assert part not in visitor.get(address(watching.version(report=REPORT))).text


def measured(version, name, *values, count=120):
    for days, value in enumerate(reversed(values)):
        end = in_an_hour() - timedelta(days=days)
        MetricPoint.objects.create(
            name=name, version=version, value=value, count=count, window_start=end - timedelta(days=28), window_end=end
        )


def test_live_quality_and_drift_since_the_promotion_stand_beside_the_test(visitor):
    version = watching.version(report=REPORT, promoted_at=timezone.now() - timedelta(days=2, hours=1))
    measured(version, "quality_auc", 0.111, 0.81, 0.84, 0.79)  # the first is of a day before the promotion
    measured(version, "feature_psi", 0.3, count=12)
    card = section(visitor.get(address(version)).text, "fared")
    assert "How often a won call had the higher score; 0.5 is chance. 0.860 0.790 120 calls" in card
    assert "0.790 to 0.840" in card
    assert "12 calls too few to judge" in card
    assert "cannot be told yet" not in card
    assert "Monitoring shows both over time" in card


def test_a_version_without_known_outcomes_says_so_and_tells_nothing_of_others(visitor):
    measured(watching.version("candidate"), "quality_auc", 0.7)
    card = section(visitor.get(address(watching.version(promoted_at=timezone.now()))).text, "fared")
    assert "0.700" not in card
    assert "of no call that it had scored has the outcome become known" in card


def test_a_version_that_never_served_has_no_such_part(visitor):
    assert "Since its promotion" not in visitor.get(address(watching.version("candidate"))).text


def section(text, name):
    """The words of one card."""
    card = text[text.index(f'id="{name}-title"') :].split("</section>")[0]
    return " ".join(re.sub("<[^>]*>", " ", card).split())


def test_a_version_without_a_report_still_has_a_page(visitor):
    assert visitor.get(address(watching.version("candidate"))).status_code == 200


def test_a_version_that_learned_from_a_call_erased_since_says_what_to_do(visitor):
    version = watching.version(call_ids=[(call := factories.call(outcome="won")).pk])
    assert "Train anew" not in visitor.get(address(version)).text
    call.delete()
    assert "Train anew, promote the version that comes of it" in visitor.get(address(version)).text


def test_an_admin_promotes_a_ready_version_with_one_click(visitor):
    version = watching.version("candidate")
    answer = visitor.post(address(version, "promote"), follow=True)
    assert Promotion.objects.get().version == version
    assert "Promotion under way" in answer.text


def test_a_version_that_is_not_ready_needs_a_reason(visitor):
    version = watching.version("candidate", verdict="not_ready")
    assert 'name="override" required' in visitor.get(address(version)).text
    assert "not ready" in visitor.post(address(version, "promote"), follow=True).text
    assert not Promotion.objects.exists()
    visitor.post(address(version, "promote"), {"override": "A pilot with one team."})
    assert Promotion.objects.get().override == "A pilot with one team."


def test_a_candidate_can_be_retired_and_the_active_one_cannot(visitor):
    active, candidate = watching.version(), watching.version("candidate")
    visitor.post(address(candidate, "retire"))
    assert "is the active one" in visitor.post(address(active, "retire"), follow=True).text
    assert set(ModelVersion.objects.values_list("state", flat=True)) == {"active", "retired"}


def test_without_an_earlier_version_there_is_nothing_to_go_back_to(visitor):
    version = watching.version()
    assert "Go back" not in visitor.get(address(version)).text
    assert "no earlier version" in visitor.post(address(version, "revert"), follow=True).text


def test_an_earlier_version_is_named_where_one_may_go_back_to_it(visitor):
    before, version = watching.version("candidate"), watching.version()
    Promotion.objects.create(version=version, previous=before, action="promote", state="done")
    assert f"Go back to version {before.pk}" in visitor.get(address(version)).text


@pytest.mark.parametrize("action", ["promote", "revert", "retire", "preview"])
def test_a_rep_reads_the_page_but_changes_nothing(client, rep, action):
    version = watching.version("candidate")
    client.force_login(rep)
    assert "Promote version" not in client.get(address(version)).text
    assert client.post(address(version, action)).status_code == 403
    assert client.get(address(version, action)).status_code == 405


@pytest.fixture
def candidate(db) -> ModelVersion:
    watching.version()
    return watching.version("candidate")


def in_an_hour():
    return timezone.now() + timedelta(hours=1)


def test_a_job_that_takes_longer_than_it_had_seemed_promises_nothing(visitor):
    version, past = watching.version("candidate"), timezone.now() - timedelta(minutes=1)
    Promotion.objects.create(version=version, action="promote", state="writing vectors", expected_end=past)
    assert " left" not in visitor.get(address(version, "promotion"), headers=HTMX).text


def test_an_admin_asks_what_a_promotion_would_change(visitor, candidate):
    assert "A worker scores the newest 1,000 open calls" in visitor.get(address(candidate)).text
    answer = visitor.post(address(candidate, "preview"), follow=True)
    assert "Waiting for a worker" in answer.text
    assert Preview.objects.get().version == candidate


def test_a_preview_shows_its_progress_and_the_page_comes_anew_at_the_end(visitor, candidate):
    lease = timezone.now() + timedelta(minutes=1)
    watching.preview(
        candidate, state="running", lease_until=lease, calls_done=4, calls_total=8, expected_end=in_an_hour()
    )
    assert (
        "4 of 8 calls scored, about 1\u202fh 00 left."
        in visitor.get(address(candidate, "preview_progress"), headers=HTMX).text
    )
    Preview.objects.update(state="done")
    answer = visitor.get(address(candidate, "preview_progress"), headers=HTMX)
    assert answer.headers["HX-Refresh"] == "true"


def test_a_preview_shows_counts_by_band_and_the_calls_that_move_most(visitor, candidate):
    call = factories.call(customer=factories.customer(name="Kestrel"))
    watching.preview(candidate, (call, 0.6, 0.9), open_calls=3411)
    text = visitor.get(address(candidate)).text
    assert "Compared are the newest 1,000 of 3,411 calls without an outcome." in text
    assert "<strong>1</strong> of 1 open call would change band" in " ".join(text.split())
    assert re.search(r">Kestrel</a>.*60\u202f%.*90\u202f%", text)


def test_a_preview_shows_nobody_the_calls_of_others(client, stranger, candidate):
    call = factories.call(customer=factories.customer(name="Kestrel"))
    watching.preview(candidate, (call, 0.6, 0.9))
    client.force_login(stranger)
    text = client.get(address(candidate)).text
    assert "is yours to see" in text
    assert "Kestrel" not in text


def test_a_preview_beside_a_version_that_serves_no_more_says_that_it_is_outdated(visitor, candidate):
    watching.preview(candidate, against=watching.version("candidate"))
    assert "Outdated." in visitor.get(address(candidate)).text


def test_a_preview_whose_worker_was_lost_can_be_asked_for_again(visitor, candidate):
    watching.preview(candidate, state="running", lease_until=timezone.now() - timedelta(minutes=1))
    text = visitor.get(address(candidate)).text
    assert "It may be asked for again." in text
    assert "Compare anew" in text


def test_the_first_version_has_no_preview_as_it_takes_no_place(visitor):
    assert "What a promotion would change" not in visitor.get(address(watching.version("candidate"))).text


def test_a_promotion_shows_its_progress_and_the_page_comes_anew_at_the_end(visitor):
    version = watching.version("candidate")
    job = Promotion.objects.create(version=version, action="promote", state="writing vectors", calls_total=8)
    Promotion.objects.filter(pk=job.pk).update(calls_done=4, expected_end=in_an_hour())
    assert "4 of 8 calls, about 1\u202fh 00 left" in visitor.get(address(version, "promotion"), headers=HTMX).text
    Promotion.objects.update(state="done")
    assert visitor.get(address(version, "promotion"), headers=HTMX).headers["HX-Refresh"] == "true"
