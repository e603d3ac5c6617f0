"""A chat model in a folder: it is asked with the schema in its prompt, and what it writes is read or refused."""

import pytest
from langchain_core.messages import AIMessage
from langchain_core.prompts import ChatPromptTemplate

from predictions import insights
from predictions.insights import local_folder
from predictions.insights.reply_schema import Reply
from tests import factories

PROMPT = ChatPromptTemplate.from_messages([("system", "Answer."), ("human", "What?")])
GOOD = 'Sure: {"is_said": true, "answer": "Yes.", "quotes": []} I hope this helps.'


def answered(text: str) -> tuple[dict, list]:
    asked: list = []

    def write(messages):
        asked.extend(messages)
        return text, AIMessage(text)

    return local_folder.answer(PROMPT.invoke({}), write, Reply), asked


def test_the_object_is_found_in_what_the_model_writes_round_it():
    found, asked = answered(GOOD)
    assert found["parsed"] == Reply(is_said=True, answer="Yes.", quotes=[])
    assert [message["role"] for message in asked] == ["system", "user"]
    assert "is_said" in asked[0]["content"]


@pytest.mark.parametrize("text", ["", "No.", '{"is_said": "perhaps"}', "}{"])
def test_what_is_no_answer_is_an_error_of_parsing(text):
    found, _ = answered(text)
    assert found["parsed"] is None
    assert found["parsing_error"]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["huggingface:/nowhere", "gguf:/nowhere.gguf"])
def test_a_path_that_leads_nowhere_is_told_on_the_page(name, settings, empty_cache):
    settings.INSIGHTS_MODEL = name
    insight = insights.write(factories.call().pk)
    assert (insight.model, insight.instead_of) == ("extractive", "The language model that is set cannot be used.")
