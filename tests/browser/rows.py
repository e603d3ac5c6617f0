"""Calls with everything that a page can show."""

from datetime import timedelta

from django.utils import timezone

from calls.features import interaction_statistics
from calls.models import Call, User
from mltraining.models import ModelVersion, RunLogLine, TrainingRun
from predictions.live.arriving import append
from predictions.live.models import LiveCall
from predictions.models import Band, Insight, Question, RiskRule, ScorecardTemplate, Tracker
from predictions.risks import finding
from tests import factories
from tests.predictions import watching
from tests.predictions.live.lines import opened, sent

LONG_TURN = "We have set aside a budget of 20,000 dollars for this quarter, and finance has already agreed to it. "
VECTOR = [1.0, 0.5] + [0.0] * 382
BASELINES = (("base_rate", 0.5), ("bag_of_words", 0.8), ("generic_encoder", 0.82), ("fine_tuned", 0.86))


def threshold(rule: str, at: float, *, cost: float) -> dict:
    numbers = {"precision": 0.88, "recall": 0.75, "f1": 0.81, "flagged": 102, "cost": cost}
    limits = {"threshold": at, "threshold_low": at - 0.04, "threshold_high": at + 0.06}
    return {"rule": rule, "in_use": rule == "f1", **limits, **numbers}


def segment(kind: str, value: str, n: int) -> dict:
    numbers = {"mean_predicted": 0.41, "observed": 0.38, "auc": 0.84, "auc_low": 0.78, "auc_high": 0.91}
    numbers |= {"brier": 0.151, "ece": 0.06, "ece_noise": 0.11}
    small = n < 20
    return {"kind": kind, "value": value, "n": n, "won": n // 3, "too_small": small} | (
        dict.fromkeys(numbers) if small else numbers
    )


REPORT = {
    "rows": [
        {"name": name, "auc": auc, "auc_low": auc - 0.03, "auc_high": auc + 0.03, "brier": 0.2, "ece": 0.04}
        for name, auc in BASELINES
    ],
    "chosen": "fine_tuned",
    "reliability": [
        {"mean_predicted": at / 16, "observed": at / 16, "low": at / 20, "high": at / 16 + 0.1, "count": 20}
        for at in range(1, 15)
    ],
    "by_share": [{"share": share, "auc": 0.6 + share / 4, "brier": 0.2} for share in (0.25, 0.5, 0.75, 1.0)],
    "by_words": [
        {"words": 8 * 2**k, "n": 1200 >> k, "auc": 0.6 + k / 20, "brier": 0.2, "base_rate_brier": 0.24, "ece": 0.03}
        for k in range(5)
    ],
    "confusion": {"threshold": 0.4, "tp": 90, "fp": 12, "fn": 30, "tn": 70},
    "thresholds": {
        "n": 202,
        "cost_false_positive": 1.0,
        "cost_false_negative": 3.0,
        "cost_of_all": 82.0,
        "cost_of_none": 360.0,
        "rows": [threshold("f1", 0.4, cost=102.0), threshold("cost", 0.25, cost=70.5)],
        "at_percent": [[120 - at, max(0, 82 - at), at, min(82, at)] for at in range(101)],
    },
    "training_curve": [
        {"step": step, "loss": 3 / step**0.3 + 0.2 * (step % 3)} | ({"validation_loss": 2.2} if step % 20 == 0 else {})
        for step in range(1, 121)
    ],
    "device": "cuda",
    "device_name": "NVIDIA H100",
    "minutes": 3.2,
    "peak_memory_mb": 2140,
    "peak_gpu_memory_mb": 5210,
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


def at_risk(call: Call) -> None:
    """A silence of two months, found."""
    RiskRule.objects.get_or_create(kind=RiskRule.Kind.SILENT, defaults={"delay_days": 14})
    Call.objects.filter(pk=call.pk).update(started_at=timezone.now() - timedelta(days=60))
    finding.find(call.pk)


def scorecard_template() -> ScorecardTemplate:
    made, _ = ScorecardTemplate.objects.get_or_create(name="Discovery call")
    made.ask(
        [
            Question(
                text="Did the rep listen?",
                scale="yes or no",
                automatic="statistic",
                statistic="talk_ratio",
                at_most=0.4,
            ),
            Question(text="How were needs understood?", scale="1 to 5"),
        ]
    )
    return made


def scored_calls(rep: User) -> list[Call]:
    """Three scored calls, of which the first is 40 turns long, has reasons and an insight, and came last."""
    version = watching.version(verdict_reasons=[{"passed": True, "text": "Beats the base rate."}])
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
    won = scored_call(rep, factories.TURNS, 0.9, "A", "Kestrel", days=2, outcome="won")
    lost = scored_call(rep, factories.TURNS, 0.1, "D", "Arden Paper", days=3, outcome="lost")
    version.report = REPORT | told_of([won, lost])
    version.save()
    return [first, won, lost]


def told_of(calls: list[Call]) -> dict:
    """The parts of a report that name calls, and reps by their calls."""
    kinds = [("rep", str(calls[0].pk), 120), ("rep", "", 82), ("segment", "mid-market", 130), ("segment", "public", 60)]
    kinds += [("segment", "charity", 9), ("segment", "", 3), ("language", "en", 190), ("language", "de", 12)]
    kinds += [("length", "12-480", 68), ("length", "481-1200", 67), ("length", "1201-30000", 67)]
    wrong = [{"call": call.pk, "probability": 0.91, "outcome": 0, "turns": 40, "words": 1840} for call in calls]
    return {"segments": [segment(*kind) for kind in kinds], "extremes": {"over": wrong * 5, "under": wrong}}


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


def previewed_candidate(call: Call) -> ModelVersion:
    """One that would change the band of the call."""
    candidate = watching.version("candidate", call_ids=[0])
    watching.preview(candidate, (call, 0.62, 0.91), open_calls=3411)
    return candidate


def training_run() -> TrainingRun:
    return TrainingRun.objects.create(state="running", stage="classify", progress=0.4, started_at=timezone.now())


def running_call(rep: User, version: ModelVersion) -> LiveCall:
    """Heard for 12 turns, which moved it both ways; of two trackers one was not mentioned yet."""
    Tracker.objects.get_or_create(name="The budget", defaults={"kind": "price", "phrases": ["budget"]})
    Tracker.objects.get_or_create(name="A date", defaults={"kind": "next step", "phrases": ["next Tuesday"]})
    live = opened(rep, "running")
    append(live, sent([("customer" if number % 2 else "rep", LONG_TURN) for number in range(12)]))
    live.refresh_from_db()
    live.version, live.probability, live.band, live.heard = version, 0.62, "B", 12
    live.curve = [None, None, *(0.4 + 0.022 * number for number in range(10))]
    live.moves = [0.3, -0.2] * 6
    live.save()
    return live
