"""Measures the product's way of training on a file of conversations, beside every baseline, without the database."""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

BAD_INPUT = 2


class OneLineParser(CommandParser):
    """Says what is wrong in one line, without the usage before it."""

    def error(self, message: str) -> NoReturn:
        if self.called_from_command_line:
            self.exit(BAD_INPUT, f"evaluate_model: {message}\n")
        raise CommandError(f"Error: {message}", returncode=BAD_INPUT)


class Command(BaseCommand):
    help = "Evaluate the model and its baselines on a file of conversations with known outcomes."
    requires_system_checks: list[str] = []  # no database is asked

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.__class__ = OneLineParser  # Django leaves no other place to say which parser it makes
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--data", required=True, type=Path, help="JSON lines, plain or gzip.")
        parser.add_argument("--protocol", required=True, help="grouped-kfold, random-kfold, split, time or eacl2021.")
        parser.add_argument("--out", required=True, type=Path, help="Folder for report.json and report.md.")
        parser.add_argument("--view", default="full", choices=["full", "half"])
        parser.add_argument("--only", help="extra.NAME: only rows for which it is true.")
        parser.add_argument("--metadata", default="all", help="all, none, or names separated by commas.")
        parser.add_argument("--folds", default=5, type=int)
        parser.add_argument("--seed", default=0, type=int)
        parser.add_argument("--limit", type=int, help="A sample of about so many rows, whole groups.")
        parser.add_argument("--faithfulness", action="store_true", help="Also check the reasons by deleting turns.")
        parser.add_argument("--encoder", help="Name or folder; else ENCODER of the settings.")
        parser.add_argument("--config", default="{}", help="Training configuration as JSON, over the settings'.")

    def handle(self, *args: object, **options: Any) -> None:
        from mltraining.dataset import UnreadableDataset  # noqa: PLC0415  # heavy packages only inside functions
        from mltraining.measuring import Question, measure  # noqa: PLC0415
        from mltraining.ml.config import ConfigurationError  # noqa: PLC0415
        from mltraining.ml.encoder import EncoderError  # noqa: PLC0415
        from mltraining.ml.protocols import ProtocolError  # noqa: PLC0415

        names = ("data", "protocol", "view", "only", "metadata", "folds", "seed", "limit", "faithfulness")
        started = time.perf_counter()
        try:
            asked = Question(**{name: options[name] for name in names})
            out = writable_folder(options["out"])
            config = configuration(options["config"], options["encoder"], options["seed"])
            report = measure(asked, config, progress=told_to(self.stderr.write) if speaks_for_all() else unheard)
        except (UnreadableDataset, ProtocolError, ConfigurationError, EncoderError) as error:
            raise CommandError(one_line(error), returncode=BAD_INPUT) from error
        report["minutes"] = round((time.perf_counter() - started) / 60, 2)
        if speaks_for_all():
            self.publish(report, out)

    def publish(self, report: dict[str, Any], out: Path) -> None:
        from mltraining.ml.markdown import markdown, table  # noqa: PLC0415  # heavy packages only inside functions

        try:
            (out / "report.json").write_text(json.dumps(report, indent=1, allow_nan=False), encoding="utf-8")
            (out / "report.md").write_text(markdown(report), encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error.strerror}.", returncode=BAD_INPUT) from error
        self.stdout.write(table(report["rows"]))
        self.stdout.write(f"Written to {out / 'report.json'} and report.md in {report['minutes']} minutes.")


def speaks_for_all() -> bool:
    """False in all but one of the processes that `accelerate launch` started."""
    return os.environ.get("RANK", "0") == "0"


def unheard(share: float, line: str) -> None:
    """The progress of a process whose first fellow tells the same."""


def configuration(given: str, encoder: str | None, seed: int) -> Any:
    from mltraining.ml.config import ConfigurationError, TrainConfig  # noqa: PLC0415

    try:
        values = json.loads(given)
    except ValueError as error:
        raise ConfigurationError(f"--config is not JSON: {error}.") from error
    if not isinstance(values, dict):
        raise ConfigurationError("--config must be a JSON object.")
    settled = {"encoder": encoder or settings.ENCODER, "seed": seed}
    return TrainConfig.from_dict({**settings.TRAINING, **settled, **values})


def writable_folder(out: Path) -> Path:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"{out} cannot be made: {error.strerror}.", returncode=BAD_INPUT) from error
    return out


def one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def told_to(write: Callable[[str], object]) -> Callable[[float, str], None]:
    """Prints each line with the share done; between lines, every few seconds, the time left once that can be said."""
    started = told = time.monotonic()

    def tell(share: float, line: str) -> None:
        nonlocal told
        now = time.monotonic()
        left = (now - started) / share * (1 - share) if share > 0.02 else None
        if not line and (left is None or now - told < (2.0 if sys.stderr.isatty() else 15.0)):
            return
        told = now
        ahead = "" if left is None else f", about {left / 60:.1f} minutes left"
        write(f"{share:4.0%} after {(now - started) / 60:.1f} minutes{ahead}. {line}".rstrip())

    return tell
