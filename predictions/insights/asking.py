"""One question to a language model: within the budget, not while the model rests, and with an answer in its schema."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any

from django.conf import settings
from pydantic import BaseModel, ValidationError

from predictions.insights import breaker, failure, prompts, providers, spending
from predictions.insights.failure import InsightFailed
from predictions.insights.providers import Runnable
from predictions.insights.quotes import Checked, Spoken, checked
from predictions.insights.transcript import tokens_of
from predictions.model_uses import ModelUse
from predictions.waiting import release_connection


@dataclass(frozen=True)
class Task:
    """What is asked for: a prompt by its name and version, and the form of the answer."""

    kind: str
    version: str
    schema: type[BaseModel]
    prompt: str = ""  # of the file, where it is not the kind

    @property
    def messages(self) -> tuple[tuple[str, str], ...]:
        return prompts.messages(self.prompt or self.kind, self.version)

    @property
    def tokens(self) -> int:
        """Of the prompt and the schema, without what the question is about."""
        return sum(tokens_of(text) for _, text in self.messages) + tokens_of(str(self.schema.model_json_schema()))

    def room(self) -> int:
        """Tokens that the model's context leaves for what the question is about."""
        return max(200, settings.INSIGHTS_CONTEXT_TOKENS - settings.INSIGHTS_ANSWER_TOKENS - self.tokens)


@dataclass
class Used:
    """Of all questions for one insight."""

    tokens_in: int = 0
    tokens_out: int = 0
    raw: Any = None  # the last answer as the provider gave it

    def add(self, use: ModelUse) -> None:
        self.tokens_in += use.tokens_in
        self.tokens_out += use.tokens_out


def steps(task: Task, model: Runnable, turns: Sequence[Spoken], used: Used) -> Runnable:
    """Prompt, model, schema, quote check: takes what the prompt names, gives `quotes.Checked`.

    The model answers {"raw", "parsed", "parsing_error"}.
    """
    from langchain_core.prompts import ChatPromptTemplate  # noqa: PLC0415
    from langchain_core.runnables import RunnableLambda  # noqa: PLC0415

    prompt = ChatPromptTemplate.from_messages(list(task.messages))
    in_form = RunnableLambda(partial(in_schema, schema=task.schema, used=used))
    return prompt | model | in_form | RunnableLambda(partial(checked, turns=turns))


def in_schema(answer: Mapping[str, Any], schema: type[BaseModel], used: Used) -> BaseModel:
    """The parsed answer; some models give none, or one that does not parse."""
    used.raw = answer.get("raw")
    wrong = answer["parsing_error"]
    if wrong is not None:
        said = f"The model's answer does not fit the schema: {type(wrong).__name__}."
        raise InsightFailed(said, code="outside_schema")
    parsed = answer["parsed"]
    if isinstance(parsed, dict):
        try:
            parsed = schema.model_validate(parsed)
        except ValidationError:
            raise InsightFailed("The model's answer does not fit the schema.", code="outside_schema") from None
    if not isinstance(parsed, schema):
        raise InsightFailed("The model gave no answer in the schema.", code="outside_schema")
    return parsed


def ask(task: Task, values: Mapping[str, str], turns: Sequence[Spoken], *, model: str, used: Used) -> Checked:
    """Asks the language model once. Raises InsightFailed.

    No database connection is held while it thinks, unless the caller has opened a transaction.
    """
    breaker.check(model)
    most = task.tokens + sum(map(tokens_of, values.values()))
    use = ModelUse(kind=task.kind, prompt_version=task.version, model=model, tokens_in=most,
                   tokens_out=settings.INSIGHTS_ANSWER_TOKENS)  # fmt: skip
    spending.reserve(use)
    release_connection()
    started = perf_counter()
    try:
        found = answered(task, values, turns, model, used)
    except InsightFailed as error:
        taken = (0, 0) if error.code in failure.NOT_ANSWERED else tokens_told(used)
        spending.settle(use, taken, milliseconds_since(started), error.code)
        used.add(use)
        breaker.note_failure(model, error)
        raise
    spending.settle(use, tokens_told(used), milliseconds_since(started))
    used.add(use)
    breaker.note_answer(model)
    return found


def answered(task: Task, values: Mapping[str, str], turns: Sequence[Spoken], model: str, used: Used) -> Checked:
    from langsmith import tracing_context  # noqa: PLC0415

    used.raw = None
    chain = steps(task, providers.language_model(model, task.schema), turns, used)
    try:
        with tracing_context(enabled=False):  # whatever the environment says, a transcript is traced nowhere
            return chain.invoke(dict(values))
    except providers.errors_of(model) as error:
        code = providers.code_of(error)
        said = f"{model} gave no answer: {type(error).__name__}."
        raise InsightFailed(said, code=code, hint=failure.IN_WORDS[code]) from error


def tokens_told(used: Used) -> tuple[int, int] | None:
    told = getattr(used.raw, "usage_metadata", None)
    return (told["input_tokens"], told["output_tokens"]) if told else None


def milliseconds_since(started: float) -> float:
    return (perf_counter() - started) * 1000
