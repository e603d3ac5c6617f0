"""The `sales_analysis` chain; a call longer than the model's context is read in parts, which are put together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from predictions.insights import extractive, providers
from predictions.insights.asking import Task, Used, ask, steps
from predictions.insights.providers import Runnable
from predictions.insights.quotes import Checked
from predictions.insights.schema import SalesAnalysis
from predictions.insights.transcript import BYTES_OF_TOKEN, harmless, numbered, packed
from predictions.trackers import Hit

KIND = "sales_analysis"
PROMPT_VERSION = "2"
TASK = Task(KIND, PROMPT_VERSION, SalesAnalysis)
PUT_TOGETHER = Task(KIND, PROMPT_VERSION, SalesAnalysis, prompt="sales_analysis_reduce")
NOTICE = (
    "Put together from sentences of the call by the score's own evidence and the trackers; no language model read it."
)
CUT = "{count} parts in the middle of this call were not read: it is longer than a language model is given."
LISTS = tuple(name for name in SalesAnalysis.model_fields if name != "summary")


@dataclass(frozen=True)
class Answer:
    """`content` is the schema as plain JSON, with `notice`: what a reader should know of how it was made, or empty."""

    content: dict[str, Any]
    quotes_kept: int
    quotes_dropped: int
    tokens_in: int = 0
    tokens_out: int = 0


def analyse(
    turns: Sequence[extractive.Spoken],
    reasons: Sequence[Mapping[str, Any]] = (),
    hits: Sequence[Hit] = (),
    *,
    model: str,
) -> Answer:
    """Runs the chain over one call. Raises InsightFailed."""
    if model == providers.EXTRACTIVE:
        chosen = extractive_model(turns, reasons, hits)
        found = steps(TASK, chosen, turns, Used()).invoke({"transcript": ""})
        return Answer(found.analysis.model_dump() | {"notice": NOTICE}, found.kept, found.dropped)
    used = Used()
    parts, left_out = numbered(turns, TASK.room())
    read = [ask(TASK, {"transcript": part}, turns, model=model, used=used) for part in parts]
    while len(read) > 1:
        read = put_together(read, turns, model, used)
    notice = CUT.format(count=left_out) if left_out else ""
    content = read[0].analysis.model_dump() | {"notice": notice}
    return Answer(content, read[0].kept, read[0].dropped, used.tokens_in, used.tokens_out)


def put_together(read: Sequence[Checked], turns: Sequence[extractive.Spoken], model: str, used: Used) -> list[Checked]:
    """Fewer analyses, of as many parts each as fit; what was dropped of either is counted."""
    room = PUT_TOGETHER.room()
    longest = room * BYTES_OF_TOKEN // 2 - 10
    # bytes, cut between letters, so that two always fit
    texts = [as_text(one.analysis).encode()[:longest].decode(errors="ignore") for one in read]
    found = [ask(PUT_TOGETHER, {"transcript": piece}, turns, model=model, used=used) for piece in packed(texts, room)]
    dropped = sum(one.dropped for one in read)
    return [Checked(found[0].analysis, found[0].kept, found[0].dropped + dropped), *found[1:]]


def as_text(analysis: SalesAnalysis) -> str:
    return "\n".join(told(analysis))


def told(analysis: SalesAnalysis) -> Iterator[str]:
    yield f"Summary of one part: {harmless(analysis.summary)}"
    for name in LISTS:
        for point in getattr(analysis, name):
            said = point.model_dump(exclude={"quotes"}, exclude_none=True)
            about = ", ".join(f"{key}: {harmless(str(value))}" for key, value in said.items())
            quotes = " ".join(f"[{quote.turn}] “{harmless(quote.quote)}”" for quote in point.quotes)
            yield f"- {name}: {about} {quotes}"


def extractive_model(
    turns: Sequence[extractive.Spoken], reasons: Sequence[Mapping[str, Any]], hits: Sequence[Hit]
) -> Runnable:
    from langchain_core.runnables import RunnableLambda  # noqa: PLC0415

    return RunnableLambda(extractive.model(extractive.Evidence(turns, reasons, hits)))
