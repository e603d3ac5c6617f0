"""A Hugging Face model in a folder, run by the worker itself; nothing is downloaded."""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from threading import Lock
from typing import Any

from django.conf import settings
from pydantic import BaseModel, ValidationError

from predictions.insights.providers import Runnable

ROLES = {"human": "user"}
FORM = "Answer with one JSON object and nothing else. It fits this JSON schema:\n"
thinking = Lock()  # a model answers one at a time


def language_model(folder: str, schema: type[BaseModel]) -> Runnable:
    """Raises FileNotFoundError where there is no such folder."""
    from langchain_core.runnables import RunnableLambda  # noqa: PLC0415

    if not Path(folder).is_dir():
        raise FileNotFoundError(folder)
    return RunnableLambda(partial(answer, write=partial(written, folder), schema=schema))


def answer(prompt: Any, write: Callable[[list[dict[str, str]]], tuple[str, Any]], schema: type[BaseModel]) -> Any:
    messages = [{"role": ROLES.get(one.type, one.type), "content": str(one.content)} for one in prompt.to_messages()]
    messages[0]["content"] += f"\n\n{FORM}{schema.model_json_schema()}"
    text, raw = write(messages)
    begin, end = text.find("{"), text.rfind("}")
    try:
        return {"raw": raw, "parsed": schema.model_validate_json(text[begin : end + 1]), "parsing_error": None}
    except ValidationError as error:
        return {"raw": raw, "parsed": None, "parsing_error": error}


@cache
def loaded(folder: str) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: PLC0415

    options = {"local_files_only": True}  # nothing is fetched, so there is no revision to pin
    model = AutoModelForCausalLM.from_pretrained(folder, dtype="auto", **options)  # nosec B615
    return AutoTokenizer.from_pretrained(folder, **options), model  # nosec B615


def written(folder: str, messages: list[dict[str, str]]) -> tuple[str, Any]:
    """What the model writes, and a message that tells its tokens."""
    from langchain_core.messages import AIMessage  # noqa: PLC0415

    with thinking:
        tokenizer, model = loaded(folder)
        asked = tokenizer.apply_chat_template(
            messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        length = asked["input_ids"].shape[1]
        most = settings.INSIGHTS_ANSWER_TOKENS
        out = model.generate(**asked, max_new_tokens=most, max_time=settings.INSIGHTS_TIMEOUT_SECONDS, do_sample=False)
    text = tokenizer.decode(out[0][length:], skip_special_tokens=True)
    count = out.shape[1] - length
    used: Any = {"input_tokens": length, "output_tokens": count, "total_tokens": length + count}
    return text, AIMessage(text, usage_metadata=used)
