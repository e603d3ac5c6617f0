"""How long a training will take and what it will tune: told before it starts, and by its own steps while it runs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from django.db.models import Count, Sum, Value
from django.db.models.functions import Length, Replace

from calls.feature_words import figure
from calls.models import Turn
from mltraining import training
from mltraining.ml.config import TrainConfig
from mltraining.ml.duration import Speed, Workload
from mltraining.ml.planning import Size, device_rate, planned
from mltraining.models import TrainingRun

SAMPLED_CALLS = 500  # the newest, whose words stand for those of all
RUNS_REMEMBERED = 5
NOTHING_MEASURED = "nothing was trained here yet, so this goes by a cautious rate and is unknown until the first steps"

OPEN = "are enough on the worker's device, else the projection alone: the run will say"


@dataclass(frozen=True)
class Forecast:
    """Of a run that was not asked for yet."""

    work: Workload
    device: str
    seconds: float
    speed: Speed  # as earlier runs had it; empty: none was like this one

    @property
    def minutes(self) -> int:
        return max(1, round(self.seconds / 60))

    @property
    def is_measured(self) -> bool:
        return bool(self.speed)

    @property
    def steps_per_second(self) -> float | None:
        return steps_per_second(self.work, self.speed)

    @property
    def in_words(self) -> str:
        unit = "minute" if self.minutes == 1 else "minutes"
        if not self.is_measured:
            return f"About {self.minutes} {unit} on {self.device}: {NOTHING_MEASURED}."
        rates = [f"{self.speed['reading']:,.0f} tokens a second"] if "reading" in self.speed else []
        if self.steps_per_second:
            rates.append(f"{figure(self.steps_per_second)} steps a second")
        by = f" ({', '.join(rates)})" if rates else ""
        return f"About {self.minutes} {unit} on {self.device}, by the speed of earlier runs here{by}."


def forecast(counts: Mapping[str, int], config: TrainConfig) -> Forecast | None:
    """Of a run on the labelled calls there are now; None where there are none of both outcomes."""
    if not min(counts["won"], counts["lost"]):
        return None
    before = earlier_runs(config)
    device = before[0].pace["device"] if before else assumed_device(config)
    rounds = 1 if min(counts["won"], counts["lost"]) >= config.comfortable_per_class else config.evaluation_folds + 1
    size = size_of_labelled(counts["won"] + counts["lost"])
    rates = [before[0].pace["work"]["rate"]] if before else rates_of(device)
    plans = [
        planned(size, config.encoder, rate, config, rounds=rounds, minutes=config.budget_minutes) for rate in rates
    ]
    plan, rate = plans[0], rates[0]
    if plan.tune != plans[-1].tune:
        open_yet = f"All layers are fine-tuned if {config.budget_minutes:g} minutes (budget_minutes) {OPEN}."
        plan, rate = replace(plans[-1], why=open_yet), rates[-1]
    work = Workload.of(plan, size, rate, config, rounds)
    speed = speed_of(before, work)
    return Forecast(work, device, sum(work.seconds(speed).values()), speed)


def rates_of(device: str) -> list[float]:
    """What such a device may do, the cautious one first: only the worker knows how its processor computes."""
    kind = device.partition(":")[0]
    return [device_rate(kind, uses_bf16=False), device_rate(kind, uses_bf16=True)]


def next_forecast(counts: Mapping[str, int]) -> Forecast | None:
    """Of a run with the configuration as it is set; None also where that cannot be used, as its request will say."""
    try:
        return forecast(counts, training.configuration({}))
    except training.BadConfiguration:
        return None


def assumed_device(config: TrainConfig) -> str:
    """Where nothing has told yet what the worker has."""
    return "cpu" if config.device == "auto" else config.device


def earlier_runs(config: TrainConfig) -> list[TrainingRun]:
    return list(TrainingRun.objects.timed(config.encoder, config.device)[:RUNS_REMEMBERED])


def earlier_speed(config: TrainConfig, work: Workload) -> Speed:
    return speed_of(earlier_runs(config), work)


def speed_of(before: list[TrainingRun], work: Workload) -> Speed:
    """The newest run's word counts for each kind of work; steps are alike only where the same is tuned."""
    speed: Speed = {}
    for run in reversed(before):
        is_alike = run.pace["work"]["tune"] == work.tune
        speed |= {kind: rate for kind, rate in run.pace["speed"].items() if is_alike or kind != "tuning"}
    return speed


def steps_per_second(work: Workload, speed: Speed) -> float | None:
    """None where nothing is tuned in steps, or none was timed."""
    if not work.step_tokens:
        return speed.get("projecting") if work.steps else None
    return speed["tuning"] / work.step_tokens if "tuning" in speed else None


def size_of_labelled(calls: int) -> Size:
    """Words and turns of so many calls, by those of the newest that a training would take."""
    newest = training.trainable_calls().order_by("-started_at", "-pk").values("pk")[:SAMPLED_CALLS]
    words = Length("text") - Length(Replace("text", Value(" "))) + 1
    sums = Turn.objects.filter(call__in=newest).values("call").annotate(words=Sum(words), turns=Count("pk"))
    rows = np.array(list(sums.order_by().values_list("words", "turns")) or [(0, 0)], dtype=float)
    known = np.resize(rows, (calls, 2))
    return Size(known[:, 0], known[:, 1])
