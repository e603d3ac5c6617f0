"""Draws sample calls: customers with repeated calls over months, reps in teams, hidden causes, outcomes."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from calls.sample_calls import causes
from calls.sample_calls.conversation import written

REPS = {  # rep -> (team, skill from -1 to +1)
    "rita": ("North", 0.3),
    "noah": ("North", 0.0),
    "nina": ("North", -0.2),
    "sam": ("South", 0.2),
    "sofia": ("South", -0.3),
    "stefan": ("South", 0.1),
}
CALLS_PER_CUSTOMER = 2.2
DAYS = 270
DAYS_TO_OUTCOME = (3, 30)
INDUSTRIES = ("logistics", "health care", "retail", "manufacturing", "education", "public sector")
REGIONS = ("north", "south", "east", "west")
SIZES = {"small": "10-50", "mid-market": "51-500", "enterprise": "over 500"}
NAMES = ("Alder", "Birch", "Cedar", "Dover", "Elm", "Fjord", "Grove", "Harbor", "Iris", "Juniper", "Kestrel", "Linden")
KINDS = ("Logistics", "Clinics", "Retail", "Works", "Schools", "Foods", "Energy", "Media", "Travel", "Textiles")


def sample_calls(count: int, seed: int, *, until: datetime, open_calls: int = 0) -> Iterator[dict[str, Any]]:
    """`count` calls, oldest first, in the shape of a dataset file; the newest `open_calls` have no outcome yet."""
    rng = Random(seed)
    customers = [drawn_customer(rng, number) for number in range(max(1, round(count / CALLS_PER_CUSTOMER)))]
    moments = sorted(until - timedelta(minutes=rng.randrange(DAYS * 24 * 60)) for _ in range(count))
    for number, moment in enumerate(moments):
        late = number >= count * 2 / 3
        is_open = number >= count - open_calls
        yield drawn_call(rng, f"sample-{seed}-{number:05}", rng.choice(customers), moment, late=late, is_open=is_open)


def drawn_customer(rng: Random, number: int) -> dict[str, Any]:
    segment = rng.choices(list(SIZES), (0.4, 0.4, 0.2))[0]
    return {
        "id": f"customer-{number:04}",
        "metadata": {
            "name": f"{rng.choice(NAMES)} {rng.choice(KINDS)} {number}",
            "segment": segment,
            "region": rng.choice(REGIONS),
            "size": SIZES[segment],
            "source": rng.choice(list(causes.METADATA_WEIGHTS["source"])),
            "industry": rng.choice(INDUSTRIES) if rng.random() < 0.9 else None,
            "seats": rng.choice((5, 10, 20, 50, 100, 250)),
        },
    }


def drawn_call(
    rng: Random, name: str, customer: dict[str, Any], moment: datetime, *, late: bool, is_open: bool
) -> dict[str, Any]:
    rep = rng.choice(list(REPS))
    team, skill = REPS[rep]
    drawn = causes.drawn_causes(rng, skill)
    voiced = {cause: value for cause, value in drawn.items() if value and rng.random() < causes.VOICED}
    conversation = written(rng, voiced, rep.capitalize(), late=late)
    probability = causes.true_probability(drawn, customer["metadata"])
    outcome = int(rng.random() < probability)
    known_at = moment + timedelta(days=rng.uniform(*DAYS_TO_OUTCOME))
    return {
        "id": name,
        "group": customer["id"],
        "split": None,
        "started_at": moment.isoformat(),
        "rep": rep,
        "team": team,
        "known_at": None if is_open else known_at.isoformat(),
        "turns": conversation.turns,
        "metadata": customer["metadata"],
        "outcome": None if is_open else outcome,
        "extra": {
            "n_turns": len(conversation.turns),
            "n_half": len(conversation.turns) // 2,
            "true_probability": round(probability, 6),
            "best_probability": round(causes.best_probability(voiced, customer["metadata"]), 6),
            "cause_turns": conversation.cause_turns,
        },
    }
