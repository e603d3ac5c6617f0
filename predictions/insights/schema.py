"""What an analysis of a sales call holds; the language model is asked for exactly this."""

from pydantic import BaseModel, Field


class Quote(BaseModel):
    turn: int = Field(description="The number of the turn that is quoted.")
    quote: str = Field(description="Words of that turn, copied exactly.")


class Point(BaseModel):
    text: str = Field(description="One short sentence.")
    quotes: list[Quote] = Field(default_factory=list, description="The words of the call that show it.")


class NextStep(BaseModel):
    what: str = Field(description="What is to be done, as one short sentence.")
    owner: str | None = Field(
        default=None, description='"rep" or "customer": who is to do it; null if it was not said.'
    )
    date: str | None = Field(default=None, description="By when, in the words of the call; null if it was not said.")
    quotes: list[Quote] = Field(default_factory=list, description="The words of the call that show it.")


class SalesAnalysis(BaseModel):
    """What a sales team wants to know of one call."""

    summary: str = Field(description="Two to four sentences: what the customer wants, and how the call ended.")
    needs: list[Point] = Field(default_factory=list, description="What the customer needs or what troubles them.")
    objections: list[Point] = Field(default_factory=list, description="What the customer holds against buying.")
    buying_signals: list[Point] = Field(default_factory=list, description="What shows that the customer may buy.")
    next_steps: list[NextStep] = Field(default_factory=list, description="What was agreed to happen next.")
    risks: list[Point] = Field(default_factory=list, description="What could still keep the deal from closing.")


SECTIONS = ("needs", "objections", "buying_signals", "next_steps", "risks")
