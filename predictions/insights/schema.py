"""What an analysis of a sales call holds; the language model is asked for exactly this."""

from typing import Any

from pydantic import BaseModel, Field

MOST: dict[str, Any] = {
    "maxItems": 5
}  # asked for, not insisted on: more than that is cut, and no reason to throw an answer away


def listed(description: str) -> Any:
    return Field(default_factory=list, description=description, json_schema_extra=MOST)


class Quote(BaseModel):
    turn: int = Field(description="The number of the turn that is quoted.")
    quote: str = Field(description="Words of that turn, copied exactly.")


class Point(BaseModel):
    text: str = Field(description="One short sentence.")
    quotes: list[Quote] = listed("The words of the call that show it.")


class NextStep(BaseModel):
    what: str = Field(description="What is to be done, as one short sentence.")
    owner: str | None = Field(
        default=None, description='"rep" or "customer": who is to do it; null if it was not said.'
    )
    date: str | None = Field(default=None, description="By when, in the words of the call; null if it was not said.")
    quotes: list[Quote] = listed("The words of the call that show it.")


class SalesAnalysis(BaseModel):
    """What a sales team wants to know of one call."""

    summary: str = Field(description="Two to four sentences: what the customer wants, and how the call ended.")
    needs: list[Point] = listed("What the customer needs or what troubles them.")
    objections: list[Point] = listed("What the customer holds against buying.")
    buying_signals: list[Point] = listed("What shows that the customer may buy.")
    competitors: list[Point] = listed("Other suppliers or solutions that were named, and what was said of them.")
    next_steps: list[NextStep] = listed("What was agreed to happen next.")
    risks: list[Point] = listed("What could still keep the deal from closing.")
    coaching: list[Point] = listed("What the rep could do better next time, shown by words of the rep or left unsaid.")
