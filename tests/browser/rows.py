"""Calls with everything that a page can show."""

from datetime import timedelta

from django.utils import timezone

from calls.features import interaction_statistics
from calls.models import Call, User
from mltraining.models import RunLogLine, TrainingRun
from predictions.models import Band, Insight
from tests import factories
from tests.predictions import watching

LONG_TURN = "We have set aside a budget of 20,000 dollars for this quarter, and finance has already agreed to it. "
VECTOR = [1.0, 0.5] + [0.0] * 382
BASELINES = (("base_rate", 0.5), ("bag_of_words", 0.8), ("generic_encoder", 0.82), ("fine_tuned", 0.86))
REPORT = {
    "rows": [
        {"name": name, "auc": auc, "auc_low": auc - 0.03, "auc_high": auc + 0.03, "brier": 0.2, "ece": 0.04}
        for name, auc in BASELINES
    ],
    "chosen": "fine_tuned",
    "reliability": [{"mean_predicted": at / 10, "observed": at / 10, "count": 20} for at in range(1, 10)],
    "by_share": [{"share": share, "auc": 0.6 + share / 4, "brier": 0.2} for share in (0.25, 0.5, 0.75, 1.0)],
    "confusion": {"threshold": 0.4, "tp": 90, "fp": 12, "fn": 30, "tn": 70},
    "threshold": {"best_f1": 0.35, "by_cost": 0.5},
    "paired": [
        {"against": name, "metric": metric, "difference": gap, "low": gap - 0.03, "high": gap + 0.03}
        for name, auc in BASELINES[:-1]
        for metric, gap in (("auc", 0.86 - auc), ("brier", auc - 0.84), ("log_loss", auc - 0.9))
    ],
    "counts": {"won": 100, "lost": 120, "customers": 60},
}


def bands() -> None:
    for letter, lower in (("A", 0.75), ("B", 0.5), ("C", 0.25), ("D", 0.0)):
        Band.objects.get_or_create(letter=letter, defaults={"lower": lower})


def scored_calls(rep: User) -> list[Call]:
    """Three scored calls, of which the first is 40 turns long, has reasons and an insight, and came last."""
    version = watching.version(report=REPORT, verdict_reasons=[{"passed": True, "text": "Beats the base rate."}])
    RunLogLine.objects.create(run=version.run, stage="evaluate", text="AUC 0.86")
    turns = [("customer" if number % 2 else "rep", LONG_TURN) for number in range(40)]
    first = scored_call(rep, turns, 0.62, "B", "Halden Logistics", days=1)
    Insight.objects.create(
        call=first, kind="sales_analysis", prompt_version="1", input_hash="h", model="extractive", latency_ms=1,
        content={
            "summary": "The customer wants faster reports.",
            "next_steps": [{"what": "Send the offer", "quotes": [{"turn": 35, "quote": "finance has already agreed"}]}],
        },
    )  # fmt: skip
    others = [scored_call(rep, factories.TURNS, 0.9, "A", "Kestrel", days=2, outcome="won")]
    return [first, *others, scored_call(rep, factories.TURNS, 0.1, "D", "Arden Paper", days=3, outcome="lost")]


def scored_call(rep: User, turns, probability: float, band: str, name: str, *, days: int, outcome: str = "") -> Call:
    call = factories.call(
        turns, rep=rep, team=rep.team, customer=factories.customer(name=name), state=Call.State.SCORED, outcome=outcome,
        started_at=timezone.now() - timedelta(days=days), duration=600.0, deal="D-17",
    )  # fmt: skip
    call.statistics = interaction_statistics(call.turns.all())
    call.save()
    last = len(turns) - 1
    reasons = [
        {"kind": "turn", "name": "", "text": "", "value": None, "turn": last, "contribution": 1.1},
        {"kind": "turn", "name": "", "text": "", "value": None, "turn": 1, "contribution": -0.6},
    ]
    curve = [None, *(0.3 + 0.3 * number / last for number in range(last))]
    watching.prediction(call, probability, band=band, reasons=reasons, curve=curve)
    watching.embedding(call, [1.0, probability] + [0.0] * 382)
    return call


def training_run() -> TrainingRun:
    return TrainingRun.objects.create(state="running", stage="classify", progress=0.4, started_at=timezone.now())
