"""SetFit and our way of training side by side: the same encoder, rows and folds, text alone, in one run.

    make beside-setfit FILE=conversations.jsonl.gz [ARGUMENTS="--take 1 --seeds 0 --max-steps 100"]

SetFit (Tunstall and others, 2022) reads a call as one text of "role: words" lines, of which the encoder sees the last
512 tokens. It learns for the number of steps, of those asked for, with the best AUC on a fifth of the training part.
Ours also learns for shares of its steps, so that it shows after how long it ranks as well as SetFit does at its best.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import mean
from time import perf_counter

import django
import numpy as np

from mltraining.ml.baselines import labels_of
from mltraining.ml.config import TrainConfig
from mltraining.ml.embedding import encode
from mltraining.ml.evaluate import Rows, head_of, predicted
from mltraining.ml.example import Example
from mltraining.ml.machine import machine
from mltraining.ml.markdown_tables import aligned
from mltraining.ml.metrics import auc, brier
from mltraining.ml.planning import Size, planned, reading_rate
from mltraining.ml.protocols import PROTOCOLS
from mltraining.ml.sentence_encoder import SentenceEncoder
from mltraining.ml.split import Fold, grouped_folds, groups_of
from mltraining.ml.tuning import tuned

OURS, SETFIT = "fine_tuned", "setfit"
BATCH, TOKENS, INNER_FOLDS = 16, 512, 5


@dataclass(frozen=True)
class Run:
    name: str
    fold: int
    seed: int
    steps: int
    auc: float
    brier: float
    minutes: float  # of training, the choice of steps not counted
    calls_a_second: float  # scored
    share: float = 1.0  # of the steps that ours plans by itself

    @property
    def row(self) -> str:
        return self.name if self.share == 1 else f"{self.name}, {self.share:.0%} of its steps"


@dataclass(frozen=True)
class Task:
    """What both are given."""

    rows: Rows
    encoder: SentenceEncoder
    number: int  # of the fold

    @property
    def seed(self) -> int:
        return self.rows.config.seed

    def run(self, name: str, fold: Fold, steps: int, said: np.ndarray, times: tuple[float, float]) -> Run:
        labels = labels_of(self.rows.pick(fold.test))
        trained, scored = times
        quality = {"auc": auc(labels, said), "brier": brier(labels, said)}
        rate = len(labels) / scored
        return Run(name, self.number, self.seed, steps, **quality, minutes=trained / 60, calls_a_second=rate)


def ours(task: Task, fold: Fold, share: float) -> Run:
    """Everything from reading the training calls to the calibrated head counts as training."""
    config = task.rows.config
    started = perf_counter()
    size = Size.of(task.rows.pick(fold.train))
    plan = planned(size, task.encoder.name, reading_rate(task.encoder), config)
    plan = replace(plan, steps=max(1, round(plan.steps * share)))
    encoded = encode(task.encoder, task.rows.pick(fold.train), config)
    learned = Rows(task.rows.pick(fold.train), task.rows.groups[fold.train], config)
    everybody = np.arange(len(encoded))
    result = tuned(task.encoder, learned.examples, encoded, everybody, plan.applied(config), lambda *told: None)
    head = head_of(learned, everybody, result).head
    trained = perf_counter()
    tested = task.rows.pick(fold.test)
    said = predicted(tested, encode(result.encoder, tested, config), result.projection, head)
    run = task.run(OURS, fold, plan.steps, said, (trained - started, perf_counter() - trained))
    return replace(run, share=share)


def setfit(task: Task, fold: Fold, max_steps: Sequence[int]) -> Run:
    labels, groups = labels_of(task.rows.pick(fold.train)), task.rows.groups[fold.train]
    inner = grouped_folds(labels, groups, INNER_FOLDS, task.seed)[0]
    inside = Fold(fold.train[inner.train], fold.train[inner.test])
    tried = {steps: one_setfit(task, inside, steps).auc for steps in max_steps} if len(max_steps) > 1 else {}
    return one_setfit(task, fold, max(tried, key=lambda steps: tried[steps], default=max_steps[0]))


def one_setfit(task: Task, fold: Fold, steps: int) -> Run:
    from datasets import Dataset  # of requirements-setfit.txt
    from setfit import SetFitModel, Trainer, TrainingArguments

    with tempfile.TemporaryDirectory() as place:
        task.encoder.model.save(place)
        model = SetFitModel.from_pretrained(place, local_files_only=True, device=str(task.encoder.device))
        model.model_body.max_seq_length = TOKENS
        learned, tested = (
            [as_text(task.encoder, call) for call in task.rows.pick(part)] for part in (fold.train, fold.test)
        )
        data = Dataset.from_dict({"text": learned, "label": labels_of(task.rows.pick(fold.train)).tolist()})
        options = {"batch_size": BATCH, "max_steps": steps, "seed": task.seed, "show_progress_bar": False}
        arguments = TrainingArguments(output_dir=place, report_to="none", save_strategy="no", **options)
        started = perf_counter()
        Trainer(model, arguments, train_dataset=data).train()
        trained = perf_counter()
        said = np.asarray(model.predict_proba(tested, as_numpy=True))[:, 1]
        return task.run(SETFIT, fold, steps, said, (trained - started, perf_counter() - trained))


def as_text(encoder: SentenceEncoder, call: Example) -> str:
    """The end of the call, as much as the encoder can read at once."""
    text = "\n".join(f"{turn.role}: {turn.text}" for turn in call.turns)
    offsets = encoder.model.tokenizer(text, return_offsets_mapping=True, verbose=False)["offset_mapping"][1:-1]
    first = max(len(offsets) - (TOKENS - 2), 0)
    return text[offsets[first][0] :] if offsets else text


def runs(rows: Rows, encoder: SentenceEncoder, folds: Sequence[Fold], options: argparse.Namespace) -> Iterator[Run]:
    for number, fold in enumerate(folds):
        for seed in options.seeds:
            task = Task(replace(rows, config=replace(rows.config, seed=seed)), encoder, number)
            yield from (ours(task, fold, share) for share in options.shares)
            yield setfit(task, fold, options.max_steps)


def by_row(found: Sequence[Run]) -> dict[str, list[Run]]:
    rows: dict[str, list[Run]] = {}
    for run in found:
        rows.setdefault(run.row, []).append(run)
    return rows


def table(found: Sequence[Run]) -> str:
    """Means, with the lowest and highest mean of a seed."""
    lines = []
    for row, mine in by_row(found).items():
        figures = [spread(mine, key) for key in ("auc", "brier", "minutes", "calls_a_second")]
        lines.append([row, *figures, ", ".join(map(str, sorted({run.steps for run in mine})))])
    return "\n".join(aligned(["row", "AUC", "Brier", "minutes of training", "calls scored a second", "steps"], lines))


def same_quality(found: Sequence[Run]) -> str:
    """After how many minutes ours ranks as well as SetFit."""
    means = [
        (mean(run.auc for run in mine), mean(run.minutes for run in mine), mine[0]) for mine in by_row(found).values()
    ]
    ((best, minutes, _),) = [each for each in means if each[2].name == SETFIT]
    soonest = min((taken for auc_of, taken, run in means if run.name == OURS and auc_of >= best), default=None)
    told = f"SetFit's AUC of {best:.3f} took {minutes:.1f} minutes;"
    if soonest is None:
        return f"{told} ours does not reach it."
    return f"{told} ours has it after {soonest:.1f}, {minutes / soonest:.1f} times as fast."


def spread(mine: Sequence[Run], key: str) -> str:
    seeds = sorted({run.seed for run in mine})
    means = [mean(getattr(run, key) for run in mine if run.seed == seed) for seed in seeds]
    told = f"{mean(means):.3f}"
    return f"{told} ({min(means):.3f}–{max(means):.3f})" if len(seeds) > 1 else told


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--protocol", default="grouped-kfold", choices=PROTOCOLS)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--take", type=int, help="Only so many of the folds.")
    parser.add_argument("--limit", type=int, help="A sample of about so many rows, whole groups.")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--max-steps", type=int, nargs="+", default=[100, 500, 2000])
    parser.add_argument("--shares", type=float, nargs="+", default=[0.25, 0.5, 1.0], help="Of the steps of ours.")
    parser.add_argument("--out", type=Path, default=Path("var/benchmarks"))
    return parser.parse_args()


def main() -> None:
    from mltraining.measuring import Question, take  # what Django must be set up for

    options = asked()
    question = Question(options.data, options.protocol, metadata="none", folds=options.folds, limit=options.limit)
    taken = take(question)
    labels, groups = np.array([row.outcome for row in taken.rows], dtype=int), groups_of(taken.examples)
    folds = PROTOCOLS[options.protocol](labels, groups, [row.split for row in taken.rows], options.folds, 0)
    config = TrainConfig()
    encoder = SentenceEncoder(config.encoder)
    found: list[Run] = []
    rows = Rows(taken.examples, groups, config)
    for run in runs(rows, encoder, folds[: options.take], options):
        found.append(run)
        sys.stdout.write(json.dumps(asdict(run)) + "\n")
    options.out.mkdir(parents=True, exist_ok=True)
    report = {"runs": [asdict(run) for run in found], **machine(encoder.device)}
    (options.out / "beside_setfit.json").write_text(json.dumps(report, indent=1))
    sys.stdout.write(f"{table(found)}\n\n{same_quality(found)}\n")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesconv.settings")
    django.setup()
    main()
