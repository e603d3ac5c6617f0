"""From labelled calls to a model with a report: prepare, fine-tune, classify, calibrate, evaluate."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mltraining.ml import bounds, clocks
from mltraining.ml.baselines import labels_of
from mltraining.ml.config import TrainConfig
from mltraining.ml.decisions import confusion, threshold_table
from mltraining.ml.duration import Workload
from mltraining.ml.embedding import Encoded, encode, pooled_all
from mltraining.ml.encoder import encoder_for
from mltraining.ml.evaluate import (
    GENERIC,
    TUNED,
    Evaluated,
    Rows,
    evaluate,
    fold_baselines,
    fold_encoder,
    head_of,
)
from mltraining.ml.example import Example, TrainingError
from mltraining.ml.features import last_statistics
from mltraining.ml.guards import findings
from mltraining.ml.label_noise import Suspect, out_of_fold, suspects
from mltraining.ml.machine import machine
from mltraining.ml.metrics import FoldScores, reliability
from mltraining.ml.model import ConversionModel
from mltraining.ml.paired import Comparison, compare, paired_rows, rows_against
from mltraining.ml.planning import Plan, Size, planned, reading_rate
from mltraining.ml.report import along_rows, metrics_row, pooled_rows, rows_of, without_nan
from mltraining.ml.trial import Trial, trial_of
from mltraining.ml.tuning import Tuning, tuned, untuned
from mltraining.ml.verdict import NOT_BELOW, verdict

REVISION = 5  # raised whenever the same calls and configuration come to give another model
LIKELY = 0.8  # of the resamples in which fine-tuning must be better before it is taken
FEWEST_COMPARED = 20  # calls that the active version has not seen
REFERENCE_SAMPLE = 500  # values of each statistic that monitoring compares with

Progress = Callable[[str, float, str], None]  # stage, its share 0 to 1, a line or nothing
Foreseen = Callable[[Workload, str], None]  # what is to be done, on which device
Active = Callable[[Sequence[Example]], np.ndarray]  # NaN where it has seen the call


@dataclass(frozen=True)
class Trained:
    model: ConversionModel
    report: dict[str, Any]
    tested: list[FoldScores]  # what the registered way of training said of calls that it had not seen
    suspects: list[Suspect]  # recorded outcomes that are worth a second look, the most doubtful first


@dataclass(frozen=True)
class Work:
    """What every stage reads."""

    rows: Rows
    trial: Trial
    plan: Plan
    generic: Tuning
    tuning: Tuning  # the same as `generic` where nothing was tuned
    progress: Progress

    @property
    def config(self) -> TrainConfig:
        return self.rows.config


def train(
    examples: Sequence[Example],
    config: TrainConfig,
    *,
    progress: Progress,
    checkpoint: Path | None = None,
    active: Active | None = None,
    foreseen: Foreseen = lambda work, device: None,
) -> Trained:
    """A model of all the calls, and what is to be expected of it, measured on calls that it had not seen.

    With enough calls the encoder is fine-tuned on the older ones, everything is measured on the newest, and the head is
    then fitted again on all. With fewer, encoder and head learn from all, and the measure is out of fold by customer.
    `checkpoint`: a folder in which a stopped fine-tuning resumes. `active`: what serves now, to compare with.
    `foreseen` hears what is to be done before the calls are read.
    """
    started = time.monotonic()
    work = prepared(examples, config, progress, checkpoint, foreseen)
    everybody = np.arange(len(examples))
    progress("classify", 0.0, "Fitting the head over conversations and features.")
    heads = {}
    if not work.trial.is_newest:  # the final ones; they cost little and their calibration is worth a line
        heads = {GENERIC: head_of(work.rows, everybody, work.generic)}
        heads[TUNED] = heads[GENERIC] if work.tuning.is_untuned else head_of(work.rows, everybody, work.tuning)
    result = newest_tested(work) if work.trial.is_newest else folds_tested(work)
    chosen, why = choice(work, result)
    progress("evaluate", 0.9, why)
    final = work.tuning if chosen == TUNED else work.generic
    fitted = heads.get(chosen) or head_of(work.rows, everybody, final)
    model = ConversionModel(final.encoder, final.projection, fitted.head, config)
    report = reported(work, result, chosen, compared_with_active(work, result.scores[chosen], active))
    report |= about(work, model, final.encoded, pooled_rows(result.scores[chosen])[1])
    honest = out_of_fold(len(examples), result.scores[chosen], fitted.out_of_fold, result.held_out)
    doubted = suspects(labels_of(examples), honest, fitted.head.calibration.bounds)
    report["label_noise"] = {"checked": int(np.isfinite(honest).sum()), "suspects": len(doubted)}
    progress("evaluate", 0.95, f"{len(doubted)} recorded outcomes are worth a second look.")
    calibration, about_head = fitted.head.calibration, clocks.note(fitted.head.features, examples)
    about_head += [] if len(calibration.knots) else bounds.note(calibration.bounds)
    report["notes"] = [*work.trial.notes, work.plan.why, *work.tuning.notes, why, *about_head]
    report["minutes"] = round((time.monotonic() - started) / 60, 2)
    progress("evaluate", 1.0, f"Verdict: {report['verdict']['state'].replace('_', ' ')}.")
    return Trained(model, without_nan(report), result.scores[chosen], doubted)


def prepared(
    examples: Sequence[Example],
    config: TrainConfig,
    progress: Progress,
    checkpoint: Path | None,
    foreseen: Foreseen,
) -> Work:
    """The calls read by the encoder as it is and, where that is the plan, by the encoder after fine-tuning."""
    if len({example.label for example in examples} - {None}) < 2:
        raise TrainingError("Training needs calls of both outcomes.")
    trial = trial_of(examples, config)
    rows = Rows(examples, trial.groups, config)
    encoder = encoder_for(config.encoder, **config.encoder_options)
    device = getattr(encoder, "device", "cpu")
    rounds = 1 if trial.is_newest else len(trial.folds) + 1
    size, rate = Size.of(examples), reading_rate(encoder)
    plan = planned(size, encoder.name, rate, config, rounds=rounds, minutes=config.budget_minutes)
    foreseen(Workload.of(plan, size, rate, config, rounds), str(device))
    progress("prepare", 0.1, f"Reading {len(examples)} calls with {encoder.name} on {device}.")
    encoded = encode(encoder, examples, config, lambda share: progress("prepare", 0.1 + 0.9 * share, ""))
    progress("fine-tune", 0.0, plan.why)
    learned_from = trial.folds[0].train if trial.is_newest else np.arange(len(examples))
    tuning = tuned(
        encoder,
        examples,
        encoded,
        learned_from,
        plan.applied(config),
        lambda share, line: progress("fine-tune", share, line),
        checkpoint=checkpoint,
    )
    return Work(rows, trial, plan, untuned(encoder, encoded), tuning, progress)


def newest_tested(work: Work) -> Evaluated:
    """Everything on the one fold of the newest calls."""
    result = Evaluated(work.plan, held_out=np.full(len(work.rows.examples), np.nan))
    fold = work.trial.folds[0]
    started = time.perf_counter()
    head = head_of(work.rows, fold.train, work.generic)
    result.held_out[fold.train] = head.out_of_fold
    fold_encoder(GENERIC, work.rows, fold, work.generic, head, result, started)
    work.progress("classify", 0.5, "")
    started = time.perf_counter()
    head = head if work.tuning.is_untuned else head_of(work.rows, fold.train, work.tuning)
    fold_encoder(TUNED, work.rows, fold, work.tuning, head, result, started)
    work.progress("calibrate", 1.0, f"Calibrated by {head.head.calibration.method} on {int(head.fresh.sum())} calls.")
    work.progress("evaluate", 0.0, f"Testing on the newest {len(fold.test)} calls beside every baseline.")
    fold_baselines(work.rows, fold, result)
    return result


def folds_tested(work: Work) -> Evaluated:
    work.progress("calibrate", 1.0, "Calibrated out of fold by customer.")
    count = len(work.trial.folds)
    work.progress("evaluate", 0.0, f"Testing out of fold by customer, {count} folds, beside every baseline.")
    return evaluate(
        work.rows,
        work.trial.folds,
        encoder=work.generic.encoder,
        progress=lambda share, line: work.progress("evaluate", 0.9 * share, line),
        plan=work.plan,
        encoded=work.generic.encoded,
    )


def choice(work: Work, result: Evaluated) -> tuple[str, str]:
    """Which encoder is registered, and why."""
    if work.tuning.is_untuned:
        return GENERIC, "The encoder without fine-tuning is registered: nothing was fine-tuned."
    gap = compare(result.scores[TUNED], result.scores[GENERIC], draws=work.config.bootstraps).brier
    numbers = f"Brier {gap.value:+.4f} ({gap.low:+.4f} to {gap.high:+.4f}) against the encoder as it was"
    if gap.is_known and gap.value < 0 and gap.better >= LIKELY:
        return TUNED, f"The fine-tuned encoder is registered: {numbers}."
    return GENERIC, f"Fine-tuning did not win, so the encoder without it is registered, with the same head: {numbers}."


def compared_with_active(work: Work, folds: Sequence[FoldScores], active: Active | None) -> Comparison | None:
    """On the test calls that the active version has not seen; None where there are too few."""
    if active is None:
        return None
    tested = np.concatenate([fold.index for fold in folds])
    said = np.full(len(work.rows.examples), np.nan)
    said[tested] = active(work.rows.pick(tested))
    known = np.isfinite(said)
    ours = [fold.part(known) for fold in folds]
    labels, _ = pooled_rows(ours)
    if len(labels) < FEWEST_COMPARED or len(set(labels)) < 2:
        return None
    theirs = [FoldScores(fold.index, fold.labels, said[fold.index], fold.groups) for fold in ours]
    return compare(ours, theirs, draws=work.config.bootstraps)


def reported(work: Work, result: Evaluated, chosen: str, active: Comparison | None) -> dict[str, Any]:
    """What was measured, for pages, API and the verdict."""
    options: dict[str, Any] = {"draws": work.config.bootstraps, "seed": work.config.seed}
    best = result.scores[chosen]
    row = metrics_row(chosen, best, **options)
    others = {name: folds for name, folds in result.scores.items() if name != chosen}
    against = {name: compare(best, folds, draws=work.config.bootstraps) for name, folds in others.items()}
    named = {"base_rate", "length_only", *NOT_BELOW}
    judged = verdict(
        {name: comparison for name, comparison in against.items() if name in named},
        ece=np.nan if row["ece"] is None else row["ece"],
        ece_noise=np.nan if row["ece_noise"] is None else row["ece_noise"],
        bound=work.config.calibration_bound,
        active=active,
    )
    paired = paired_rows(best, others, draws=work.config.bootstraps)
    if active is not None:
        paired += rows_against("active_version", active)
    return {
        "rows": rows_of(result, **options),
        **along_rows(result, chosen, **options),
        "reliability": reliability(*pooled_rows(best)),
        "confusion": {"threshold": float(np.mean([fold.threshold for fold in best])), **confusion(best)},
        "paired": paired,
        "guards": findings(work.rows.examples, work.trial.folds, paired),
        "chosen": chosen,
        "training_curve": list(work.tuning.curve),
        "verdict": judged.to_dict(),
        "protocol": "newest" if work.trial.is_newest else "out of fold by customer",
        "calibrated_out_of_fold": not work.trial.is_newest,
        "thresholds": threshold_table(best, result.limits[chosen], work.config),
    }


def about(work: Work, model: ConversionModel, encoded: Sequence[Encoded], scores: np.ndarray) -> dict[str, Any]:
    """Counts, device, and what monitoring compares later calls with."""
    examples, labels = work.rows.examples, labels_of(work.rows.examples)
    every = max(1, len(examples) // REFERENCE_SAMPLE)
    names = dict.fromkeys(name for example in examples for name in example.statistic_names)
    centroid = model.projection(pooled_all(encoded)).mean(axis=0) if encoded else np.zeros(0)
    samples = {name: last_statistics(examples[::every], name) for name in names}
    return {
        "counts": {
            "won": int(np.sum(labels == 1)),
            "lost": int(np.sum(labels == 0)),
            "customers": len({example.group_key for example in examples}),
            "tested": int(sum(len(fold.test) for fold in work.trial.folds)),
        },
        "reference": {
            "scores": scores.tolist(),
            "features": {name: sample[np.isfinite(sample)].tolist() for name, sample in samples.items()},
            "centroid": [float(value) for value in centroid],
        },
        "encoder": model.encoder.name,
    } | machine(getattr(model.encoder, "device", "cpu"))
