"""The `sales_analysis` chain: prompt, model, schema, quote check."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from predictions.insights import extractive, prompts, providers
from predictions.insights.failure import InsightFailed
from predictions.insights.providers import Runnable
from predictions.insights.quotes import checked
from predictions.insights.schema import SalesAnalysis
from predictions.insights.transcript import numbered
from predictions.trackers import Hit

KIND = "sales_analysis"
PROMPT_VERSION = "1"
NOTICE = (
    "Put together from sentences of the call by the score's own evidence and the trackers; no language model read it."
)
CUT = "{count} turns in the middle of this call were not read: it is longer than the model is given."


@dataclass(frozen=True)
class Answer:
    """`content` is the schema as plain JSON, with `notice`: what a reader should know of how it was made, or empty."""

    content: dict[str, Any]
    quotes_kept: int
    quotes_dropped: int


def sales_analysis(model: Runnable, turns: Sequence[extractive.Spoken]) -> Runnable:
    """Takes {"transcript"}, gives `quotes.Checked`. The model answers {"raw", "parsed", "parsing_error"}."""
    from langchain_core.prompts import ChatPromptTemplate  # noqa: PLC0415
    from langchain_core.runnables import RunnableLambda  # noqa: PLC0415

    prompt = ChatPromptTemplate.from_messages(list(prompts.messages(KIND, PROMPT_VERSION)))
    return prompt | model | RunnableLambda(in_schema) | RunnableLambda(partial(checked, turns=turns))


def in_schema(answer: Mapping[str, Any]) -> SalesAnalysis:
    """The parsed answer; some models give none, or one that does not parse."""
    if answer["parsing_error"] is not None:
        raise InsightFailed(f"The model's answer does not fit the schema: {type(answer['parsing_error']).__name__}.")
    if not isinstance(answer["parsed"], SalesAnalysis):
        raise InsightFailed("The model gave no answer in the schema.")
    return answer["parsed"]


def analyse(
    turns: Sequence[extractive.Spoken],
    reasons: Sequence[Mapping[str, Any]] = (),
    hits: Sequence[Hit] = (),
    *,
    model: str,
) -> Answer:
    """Runs the chain over one call; touches no database. Raises InsightFailed."""
    from langsmith import tracing_context  # noqa: PLC0415

    transcript, left_out = numbered(turns)
    chosen = (
        extractive_model(turns, reasons, hits) if model == providers.EXTRACTIVE else providers.language_model(model)
    )
    try:
        with tracing_context(enabled=False):  # whatever the environment says, a transcript is traced nowhere
            found = sales_analysis(chosen, turns).invoke({"transcript": transcript})
    except providers.errors_of(model) as error:
        raise InsightFailed(f"{model} gave no answer: {type(error).__name__}.") from error
    notice = NOTICE if model == providers.EXTRACTIVE else CUT.format(count=left_out) if left_out else ""
    return Answer(found.analysis.model_dump() | {"notice": notice}, found.kept, found.dropped)


def extractive_model(
    turns: Sequence[extractive.Spoken], reasons: Sequence[Mapping[str, Any]], hits: Sequence[Hit]
) -> Runnable:
    from langchain_core.runnables import RunnableLambda  # noqa: PLC0415

    return RunnableLambda(extractive.model(extractive.Evidence(turns, reasons, hits)))
