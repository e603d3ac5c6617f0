"""How pages name and measure what a model reads beside the words: one table for statistics, history and metadata."""

from dataclasses import dataclass

from calls.customer_history import AVERAGED
from calls.templatetags.readable import NARROW_SPACE, percent, spoken_name

SINGULAR = {"words": "word", "days": "day"}
SHARE = "%"  # a number from 0 to 1 that is read as a percentage


@dataclass(frozen=True)
class Words:
    title: str
    unit: str = ""


STATISTICS = {
    "turns": Words("Turns"),
    "words_rep": Words("Words of the rep"),
    "words_customer": Words("Words of the customer"),
    "talk_ratio": Words("Talk ratio of the rep", SHARE),
    "longest_monologue": Words("Longest monologue of the rep", "words"),
    "patience": Words("Patience of the rep", "s"),
    "interactivity": Words("Changes of speaker", "per 100 words"),
    "questions_rep": Words("Questions of the rep"),
    "questions_customer": Words("Questions of the customer"),
    "customer_turn_words": Words("A turn of the customer", "words"),
}
HISTORY = {
    "history.earlier_calls": Words("Earlier calls with this customer"),
    "history.days_since_last": Words("Since the last call", "days"),
    "history.earlier_won": Words("Earlier calls won"),
    "history.earlier_lost": Words("Earlier calls lost"),
} | {
    f"history.earlier_{name}": Words(f"{STATISTICS[name].title} in earlier calls", STATISTICS[name].unit)
    for name in AVERAGED
}
WORDS = STATISTICS | HISTORY


def title(name: str) -> str:
    """Metadata are named by whoever delivers them: `fleet.trucks` becomes "Fleet, trucks"."""
    known = WORDS.get(name)
    return known.title if known else spoken_name(name).replace(": ", ", ")


def measured(name: str, value: object) -> str:
    """A value with its unit: "46 %", "1.2 s", "12 days"; a category as it is."""
    if value is None or value == "":
        return "not known"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    unit = WORDS[name].unit if name in WORDS else ""
    if unit == SHARE:
        return percent(value)
    number = figure(value)
    unit = SINGULAR.get(unit, unit) if number == "1" else unit
    return f"{number}{NARROW_SPACE if unit == 's' else ' '}{unit}" if unit else number


def figure(value: float) -> str:
    """As many digits as anybody reads: 1,250 and 54, 9.6, 0.35."""
    places = 0 if value == int(value) or abs(value) >= 100 else 1 if abs(value) >= 1 else 2
    return f"{value:z,.{places}f}".replace("-", "−")
