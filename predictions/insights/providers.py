"""Language models by setting: `INSIGHTS_MODEL=provider:model`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.conf import settings
from pydantic import BaseModel

from predictions.insights.failure import InsightFailed

Runnable = Any  # langchain_core.runnables.Runnable, which only functions may import
EXTRACTIVE = "extractive"
LONGEST_TEXT = 400  # characters of one field, where a model of one's own would go on and on
# What the client raises in the place of an answer that ended too early, which says nothing of the server.
ENDED_EARLY = {"LengthFinishReasonError": "outside_schema", "ContentFilterFinishReasonError": "bad_request"}
HINT = (
    "Set INSIGHTS_MODEL to extractive, to openai:…, anthropic:… or ollama:… with the name of a model, or to gguf:… or "
    "huggingface:… with a path."
)


@dataclass(frozen=True)
class Provider:
    errors: str  # the base class of what its client raises
    open: Callable[[str, type[BaseModel]], Runnable]


def openai(name: str, schema: type[BaseModel]) -> Runnable:
    from predictions.insights.bounded_http import client  # noqa: PLC0415  # only where a model is asked

    options = hosted_options() | {"max_tokens": settings.INSIGHTS_ANSWER_TOKENS}
    options["http_client"] = client(settings.INSIGHTS_TIMEOUT_SECONDS)
    if not settings.INSIGHTS_BASE_URL:
        return structured(f"openai:{name}", schema, options)
    return compatible(name, schema, options)


def compatible(name: str, schema: type[BaseModel], options: dict[str, Any]) -> Runnable:
    """Such servers often take no key, the client always wants one; theirs are local models, and sample."""
    return structured(f"openai:{name}", bounded(schema), {"api_key": "none", "temperature": 0} | options)


def anthropic(name: str, schema: type[BaseModel]) -> Runnable:
    return structured(f"anthropic:{name}", schema, hosted_options() | {"max_tokens": settings.INSIGHTS_ANSWER_TOKENS})


def hosted_options() -> dict[str, Any]:
    """Their clients try once more what may heal: 408, 409, 429, 5xx and broken connections."""
    given = {"base_url": settings.INSIGHTS_BASE_URL, "api_key": settings.INSIGHTS_API_KEY}
    known = {name: value for name, value in given.items() if value}
    return {"timeout": settings.INSIGHTS_TIMEOUT_SECONDS, "max_retries": 1} | known


def ollama(name: str, schema: type[BaseModel]) -> Runnable:
    options = {
        "temperature": 0,
        "num_ctx": settings.INSIGHTS_CONTEXT_TOKENS,
        "num_predict": settings.INSIGHTS_ANSWER_TOKENS,
        "client_kwargs": {"timeout": settings.INSIGHTS_TIMEOUT_SECONDS},
    }
    address = {"base_url": settings.INSIGHTS_BASE_URL} if settings.INSIGHTS_BASE_URL else {}
    return structured(f"ollama:{name}", bounded(schema), options | address)


def gguf(path: str, schema: type[BaseModel]) -> Runnable:
    from predictions.insights import local_file  # noqa: PLC0415  # only where a model is asked

    options = hosted_options() | {"base_url": local_file.address(path), "max_tokens": settings.INSIGHTS_ANSWER_TOKENS}
    return compatible("local", schema, options | {"api_key": "none"})


def huggingface(path: str, schema: type[BaseModel]) -> Runnable:
    from predictions.insights import local_folder  # noqa: PLC0415  # only where a model is asked

    return local_folder.language_model(path, schema)


def structured(name: str, schema: type[BaseModel] | dict[str, Any], options: dict[str, Any]) -> Runnable:
    from langchain.chat_models import init_chat_model  # noqa: PLC0415  # web processes never load it

    chat = init_chat_model(name, **options)
    return chat.with_structured_output(schema, method="json_schema", include_raw=True)


def bounded(schema: type[BaseModel]) -> dict[str, Any]:
    """The schema with an end to each text: it becomes a grammar, and a small model stops where that ends."""
    made = schema.model_json_schema()
    for field in fields_in(made):
        for one in (field, *field.get("anyOf", ())):
            if one.get("type") == "string":
                one["maxLength"] = LONGEST_TEXT
    return made


def fields_in(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for part in (schema, *schema.get("$defs", {}).values()):
        yield from part["properties"].values()


PROVIDERS = {
    "openai": Provider("openai.OpenAIError", openai),
    "anthropic": Provider("anthropic.AnthropicError", anthropic),
    "ollama": Provider("ollama.ResponseError", ollama),
    "gguf": Provider("openai.OpenAIError", gguf),
    "huggingface": Provider("builtins.RuntimeError", huggingface),
}


def language_model(name: str, schema: type[BaseModel]) -> Runnable:
    """The model that `provider:model` names, bound to the schema: it answers {"raw", "parsed", "parsing_error"}."""
    provider = provider_of(name)
    try:
        return provider.open(name.partition(":")[2], schema)
    except (ImportError, ValueError, OSError, provider_error(provider)) as error:
        raise InsightFailed(f"{name} cannot be set up: {type(error).__name__}.", hint=HINT) from error


def provider_of(name: str) -> Provider:
    try:
        return PROVIDERS[name.partition(":")[0]]
    except KeyError:
        raise InsightFailed(f"INSIGHTS_MODEL names no provider that is known: {name}.", hint=HINT) from None


def provider_error(provider: Provider) -> type[Exception]:
    module, _, name = provider.errors.rpartition(".")
    return getattr(import_module(module), name)


def errors_of(name: str) -> tuple[type[Exception], ...]:
    """What may go wrong while a model answers: its own errors, a broken connection, an answer that is no schema."""
    import httpx  # noqa: PLC0415  # only where a model is asked

    return (provider_error(provider_of(name)), httpx.HTTPError, OSError, ValueError)


def code_of(error: Exception) -> str:
    """Which of `failure.IN_WORDS` it is."""
    if early := ENDED_EARLY.get(type(error).__name__):
        return early
    status = getattr(error, "status_code", None)
    if isinstance(error, TimeoutError) or "Timeout" in type(error).__name__:
        return "timeout"
    if status in (401, 403, 404):
        return "no_access"
    if isinstance(status, int) and status > 0:
        return "overloaded" if status in (408, 409, 425, 429) or status >= 500 else "bad_request"
    return "outside_schema" if isinstance(error, ValueError) else "unreachable"
