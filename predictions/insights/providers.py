"""Language models by setting: `INSIGHTS_MODEL=provider:model`."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.conf import settings

from predictions.insights.failure import InsightFailed
from predictions.insights.schema import SalesAnalysis

Runnable = Any  # langchain_core.runnables.Runnable, which only functions may import
EXTRACTIVE = "extractive"
TIMEOUT_SECONDS = 120
HINT = "Set INSIGHTS_MODEL to extractive, or to openai:…, anthropic:… or ollama:… with the name of a model."


@dataclass(frozen=True)
class Provider:
    errors: str  # the base class of what its client raises
    options: Callable[[], dict[str, Any]]


def openai_options() -> dict[str, Any]:
    options = hosted_options()
    if settings.INSIGHTS_BASE_URL:
        # Compatible servers often take no key, the client always wants one; theirs are local models, and sample.
        options = {"api_key": "none", "temperature": 0} | options
    return options


def hosted_options() -> dict[str, Any]:
    given = {"base_url": settings.INSIGHTS_BASE_URL, "api_key": settings.INSIGHTS_API_KEY}
    return {"timeout": TIMEOUT_SECONDS, "max_retries": 1} | {name: value for name, value in given.items() if value}


def ollama_options() -> dict[str, Any]:
    address = {"base_url": settings.INSIGHTS_BASE_URL} if settings.INSIGHTS_BASE_URL else {}
    return {"temperature": 0, "client_kwargs": {"timeout": TIMEOUT_SECONDS}} | address


PROVIDERS = {
    "openai": Provider("openai.OpenAIError", openai_options),
    "anthropic": Provider("anthropic.AnthropicError", hosted_options),
    "ollama": Provider("ollama.ResponseError", ollama_options),
}


def language_model(name: str) -> Runnable:
    """The model that `provider:model` names, bound to the schema: it answers {"raw", "parsed", "parsing_error"}."""
    from langchain.chat_models import init_chat_model  # noqa: PLC0415  # web processes never load it

    provider = provider_of(name)
    try:
        chat = init_chat_model(name, **provider.options())
        return chat.with_structured_output(SalesAnalysis, method="json_schema", include_raw=True)
    except (ImportError, ValueError, provider_error(provider)) as error:
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
    if name == EXTRACTIVE:
        return ()
    import httpx  # noqa: PLC0415  # only where a model is asked

    return (provider_error(provider_of(name)), httpx.HTTPError, OSError, ValueError)
