"""Measures a way of training beside every baseline: in each fold all train on the same rows and predict the rest."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from mltraining.ml.baselines import BASELINES, labels_of
from mltraining.ml.calibration import chosen_threshold
from mltraining.ml.classifier import FittedHead, Head, fit_head
from mltraining.ml.config import TrainConfig
from mltraining.ml.decisions import CHOSEN_ON
from mltraining.ml.embedding import Encoded, encode, pooled_all, text_view
from mltraining.ml.encoder import Encoder
from mltraining.ml.example import Example
from mltraining.ml.metrics import FoldScores
from mltraining.ml.moments import WORDS_HEARD, moments
from mltraining.ml.partway import SHARES, heard, with_stage
from mltraining.ml.planning import Plan, Size, planned, reading_rate, round_minutes
from mltraining.ml.projection import Projection
from mltraining.ml.split import Fold
from mltraining.ml.tuning import Tuning, tuned, untuned

GENERIC, TUNED = "generic_encoder", "fine_tuned"
ROWS = (*BASELINES, GENERIC, TUNED)
BASELINE_MINUTES, SHALLOW_MINUTES = 0.05, 0.1  # a fold's work that is not reading, for the share that progress tells

Progress = Callable[[float, str], None]
Probe = Callable[[np.ndarray, Tuning, Head], None]  # test rows of a fold, and the model that it fitted


@dataclass
class Evaluated:
    plan: Plan
    scores: dict[str, list[FoldScores]] = field(default_factory=lambda: {name: [] for name in ROWS})
    shares: dict[str, dict[float, list[FoldScores]]] = field(
        default_factory=lambda: {name: {share: [] for share in SHARES} for name in (GENERIC, TUNED)}
    )
    moments: dict[str, dict[int, list[FoldScores]]] = field(  # by words heard
        default_factory=lambda: {name: {words: [] for words in WORDS_HEARD} for name in (GENERIC, TUNED)}
    )
    limits: dict[str, list[dict[str, float]]] = field(  # each fold's threshold by each rule
        default_factory=lambda: {name: [] for name in (GENERIC, TUNED)}
    )
    curves: list[list[dict[str, float]]] = field(default_factory=list)  # of each fold's fine-tuning
    held_out: np.ndarray = field(default_factory=lambda: np.array(np.nan))  # (examples,) of training rows, out of fold


@dataclass(frozen=True)
class Rows:
    """What stays the same for every fold."""

    examples: Sequence[Example]
    groups: np.ndarray
    config: TrainConfig

    def scored(self, fold: Fold, probabilities: np.ndarray, threshold: float, seconds: float = 0.0) -> FoldScores:
        labels = labels_of([self.examples[row] for row in fold.test])
        return FoldScores(fold.test, labels, probabilities, self.groups[fold.test], threshold, seconds)

    def pick(self, rows: np.ndarray) -> list[Example]:
        return [self.examples[row] for row in rows]


class Clock:
    """Turns work done into one share of the whole, in minutes of estimated work."""

    def __init__(self, progress: Progress, total: float) -> None:
        self.progress, self.total, self.done = progress, max(total, 1e-9), 0.0

    def __call__(self, work: float, line: str = "") -> None:
        """`work` more is done."""
        self.done += work
        self.progress(min(1.0, self.done / self.total), line)

    def during(self, work: float) -> Progress:
        """For a step that itself tells its share of `work`."""
        before = self.done

        def tell(share: float, line: str = "") -> None:
            self.done = before + work * min(share, 1.0)
            self.progress(min(1.0, self.done / self.total), line)

        return tell


def evaluate(  # rows, folds, and what is used on them
    rows: Rows,
    folds: Sequence[Fold],
    *,
    encoder: Encoder,
    progress: Progress,
    plan: Plan | None = None,
    encoded: Sequence[Encoded] | None = None,
    probe: Probe | None = None,
) -> Evaluated:
    """All six rows on all folds. Without `plan` time is no matter; `encoded` are all examples by `encoder`; `probe`
    sees each fold's fine-tuned model."""
    biggest = max(folds, key=lambda fold: len(fold.train))
    rate, size = reading_rate(encoder), Size.of(rows.examples)
    plan = plan or planned(Size.of(rows.pick(biggest.train)), encoder.name, rate, rows.config)
    result = Evaluated(plan=plan)
    config = plan.applied(rows.config)
    encoding = 0.0 if encoded is not None else size.tokens(rows.config).sum() / rate / 60
    tuning_work = round_minutes(size, rate, config, plan.steps) if plan.is_deep else SHALLOW_MINUTES
    clock = Clock(progress, encoding + len(folds) * (tuning_work + BASELINE_MINUTES))
    started = time.perf_counter()
    if encoded is None:
        tell = clock.during(encoding)
        encoded = encode(encoder, rows.examples, config, lambda share: tell(share, ""))
    generic = untuned(encoder, encoded)
    encoding_seconds = (time.perf_counter() - started) / len(folds)
    for number, fold in enumerate(folds):
        where = f"fold {number + 1} of {len(folds)}" if len(folds) > 1 else "the test part"
        fold_baselines(rows, fold, result)
        clock(BASELINE_MINUTES, f"Baselines on {where} are done.")
        started = time.perf_counter()
        head = head_of(rows, fold.train, generic)
        fold_encoder(GENERIC, rows, fold, generic, head, result, started - encoding_seconds)
        started = time.perf_counter()
        validation = rows.pick(fold.validation) if fold.validation is not None else ()
        tell = clock.during(tuning_work)
        tuning = tuned(encoder, rows.examples, encoded, fold.train, config, tell, validation=validation)
        # Without any tuning the row is the generic one: the same head on the same vectors.
        head = head if tuning.is_untuned else head_of(rows, fold.train, tuning)
        fold_encoder(TUNED, rows, fold, tuning, head, result, started)
        if probe is not None:
            probe(fold.test, tuning, head.head)
        clock(0.0, f"Fine-tuning and test on {where} are done.")
    return result


def fold_baselines(rows: Rows, fold: Fold, result: Evaluated) -> None:
    train, test = rows.pick(fold.train), rows.pick(fold.test)
    for name, fit in BASELINES.items():
        started = time.perf_counter()
        predicted = fit(train, test, rows.groups[fold.train], rows.config)
        seconds = time.perf_counter() - started
        result.scores[name].append(rows.scored(fold, predicted.probabilities, predicted.threshold, seconds))


def fold_encoder(
    name: str, rows: Rows, fold: Fold, tuning: Tuning, fitted: FittedHead, result: Evaluated, started: float
) -> None:
    """Tests an encoder with its head, at the end of the conversation and along it."""
    head = fitted.head
    calls = [tuning.encoded[row] for row in fold.test]
    probabilities = predicted(rows.pick(fold.test), calls, tuning.projection, head)
    seconds = time.perf_counter() - started
    result.scores[name].append(rows.scored(fold, probabilities, head.threshold, seconds))
    result.limits[name].append(limits_of(rows, fold.train, fitted))
    said = along(rows.pick(fold.test), calls, tuning.projection, head)
    for share, probabilities in zip(SHARES, said, strict=True):
        result.shares[name][share].append(rows.scored(fold, probabilities, head.threshold))
    for words, reached, said_then in running(rows.pick(fold.test), calls, tuning.projection, head):
        ran_on = replace(fold, test=fold.test[reached])
        result.moments[name][words].append(rows.scored(ran_on, said_then, head.threshold))
    if name == TUNED:
        result.curves.append(list(tuning.curve))


def limits_of(rows: Rows, train: np.ndarray, fitted: FittedHead) -> dict[str, float]:
    """The threshold by each rule, chosen as the head's own is: on training rows that nothing was fitted on."""
    labels, said = labels_of(rows.pick(train[fitted.fresh])), fitted.out_of_fold[fitted.fresh]
    return {rule: chosen_threshold(labels, said, replace(rows.config, threshold=rule)) for rule in CHOSEN_ON}


def head_of(rows: Rows, train: np.ndarray, tuning: Tuning) -> FittedHead:
    examples, groups, encoded = rows.pick(train), rows.groups[train], [tuning.encoded[row] for row in train]
    if not any(call.windows for call in encoded):  # nothing is said, so nothing runs
        return fit_head(examples, None, groups, rows.config, fresh=tuning.fresh[train])
    text = text_view(pooled_all(encoded), tuning.projection)
    fitted = fit_head(examples, text, groups, rows.config, fresh=tuning.fresh[train])
    return with_stage(fitted, examples, text, encoded, tuning.projection, groups, rows.config)


def predicted(
    examples: Sequence[Example], encoded: Sequence[Encoded], projection: Projection, head: Head
) -> np.ndarray:
    text = text_view(pooled_all(encoded), projection) if head.reads_text and examples else None
    return head.probabilities(head.parts(examples, text))


def along(
    examples: Sequence[Example], encoded: Sequence[Encoded], projection: Projection, head: Head
) -> list[np.ndarray]:
    """For each of SHARES, (calls,) probabilities after that share of the turns: of all of them, when it had ended."""
    if not examples:
        return [np.zeros(0) for _ in SHARES]
    parts = [(calls, head.parts(calls, text)) for calls, text in heard(examples, encoded, projection)]
    running = [head.probabilities_partway(said, np.array([call.words for call in calls])) for calls, said in parts[:-1]]
    return [*running, head.probabilities(parts[-1][1])]


def running(
    examples: Sequence[Example], encoded: Sequence[Encoded], projection: Projection, head: Head
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """For each of WORDS_HEARD that a call reached: the words, (n,) which calls went on, (n,) their probabilities."""
    for moment in moments(examples, encoded, projection):
        words = np.array([call.words for call in moment.calls])
        yield moment.words, moment.rows, head.probabilities_partway(head.parts(moment.calls, moment.text), words)
