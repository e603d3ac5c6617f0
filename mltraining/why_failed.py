"""Why a training failed, in a sentence for the page of its run."""

import errno
import os
import signal
from collections.abc import Sequence

from calls.refusal import Refusal

FULL = tuple(map(os.strerror, (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)))  # libraries keep the words, not the number
NO_MEMORY = ("out of memory", os.strerror(errno.ENOMEM))  # of a GPU; of all else
DATABASE_WAS_AWAY = "The database went away during its last attempt. Start another run once it is there."
SMALLER = (
    "give it more, or set a smaller encoder, or less for passage_tokens, tuned_tokens and batch_per_class;"
    ' on a GPU that others use, device "cpu" takes longer and needs none of it'
)


def foreseen(error: Exception) -> str:
    """What the error comes to and what to do; empty where nobody foresaw it."""
    from mltraining.ml.config import ConfigurationError  # noqa: PLC0415  # ml only inside functions
    from mltraining.ml.encoder import EncoderError  # noqa: PLC0415  # ml only inside functions
    from mltraining.ml.example import TrainingError  # noqa: PLC0415  # ml only inside functions

    if isinstance(error, Refusal):
        return error.in_words
    if isinstance(error, (ConfigurationError, TrainingError, EncoderError)):
        return str(error)
    if any(words in str(error) for words in FULL):
        return f"The disk is full: {first_line(error)}. Free some of it, then start another run."
    if isinstance(error, MemoryError) or any(words in str(error) for words in NO_MEMORY):
        return f"Memory ran out: {first_line(error)}. The same run would come to the same end: {SMALLER}."
    return ""


def killed(number: int) -> str:
    """`number` is the signal's."""
    name = signal.Signals(number).name
    if number == signal.SIGKILL:
        return f"Its process was killed by {name}, as the system does where memory runs out: {SMALLER}."
    return f"Its process was ended by {name}."


def unforeseen(lines: Sequence[str], status: int) -> str:
    """By what the process printed: a sentence, and below it the lines themselves for whoever looks for the cause."""
    if not lines:
        return f"Its process ended with {status} and said nothing; the log of its worker may say more."
    return "\n".join([f"It ended by an error that nobody foresaw: {last_words(lines).rstrip('.')}.", *lines])


def last_words(lines: Sequence[str]) -> str:
    """The line that names the error at the end of a traceback, though its message may have more; else the last line."""
    traced = [number for number, line in enumerate(lines) if line.startswith("Traceback ")]
    named = (line for line in lines[traced[-1] + 1 :] if not line.startswith(" ")) if traced else iter(())
    return next(named, lines[-1])


def first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".")
