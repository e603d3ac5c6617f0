"""A chat model that answers what a test tells it to, in the place of a provider's."""

from typing import Any

from langchain_core.language_models.fake_chat_models import FakeMessagesListChatModel
from langchain_core.output_parsers import JsonOutputParser, PydanticOutputParser
from langchain_core.runnables import RunnableLambda


class FakeModel(FakeMessagesListChatModel):
    """Keeps what it was asked, and parses as a provider's model does."""

    asked: list = []

    def _generate(self, messages, *args, **kwargs):
        self.asked.append(messages)
        return super()._generate(messages, *args, **kwargs)

    def with_structured_output(self, schema: Any, **options):
        assert options == {"method": "json_schema", "include_raw": True}
        parse = JsonOutputParser() if isinstance(schema, dict) else PydanticOutputParser(pydantic_object=schema)

        def answer(raw):
            try:
                return {"raw": raw, "parsed": raw.content and parse.invoke(raw), "parsing_error": None}
            except ValueError as error:
                return {"raw": raw, "parsed": None, "parsing_error": error}

        return self | RunnableLambda(answer)

    def told(self) -> str:
        """All that it was told, of whatever question."""
        return "\n".join(str(message.content) for messages in self.asked for message in messages)
