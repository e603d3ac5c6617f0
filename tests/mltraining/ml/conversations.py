"""Small conversations with an outcome that their words carry, for tests of the ML core."""

import numpy as np

from mltraining.ml.example import Example, Turn

FOR = ("the budget is approved", "we want to start next month", "please send the contract today")
AGAINST = ("we are happy with what we have", "there is no money this year", "call me again in autumn")
NEUTRAL = ("how is the weather there", "let me share my screen", "who else is on the call", "I see what you mean")


def conversation(number: int, label: int | None, generator: np.random.Generator, turns: int = 8) -> Example:
    """The customer says twice what the outcome follows from, mostly."""
    telling = FOR if (label == 1) == (generator.random() < 0.9) else AGAINST
    said = [str(generator.choice(NEUTRAL)) + f" {generator.integers(40)}" for _ in range(turns)]
    for place in generator.choice(turns // 2, 2, replace=False) if turns >= 4 else ():
        said[2 * place + 1] = str(generator.choice(telling))
    size = float(generator.normal(10 + 2 * (label or 0), 3))
    words = np.cumsum([len(text.split()) for text in said])
    return Example(
        id=f"call {number}",
        turns=tuple(Turn("rep" if place % 2 == 0 else "customer", text) for place, text in enumerate(said)),
        numbers={"size": None if number % 9 == 0 else size},
        categories={"region": str(generator.choice(["north", "south"])), "odd": f"only {number}"},
        statistic_names=("turns", "words"),
        statistics=np.stack([np.arange(1, turns + 1), words], axis=1).astype(float) if turns else np.zeros((0, 2)),
        label=label,
        group=f"customer {number // 2}",
        time=float(number),
    )


def conversations(count: int, seed: int = 0, share: float = 0.5, turns: int = 8) -> list[Example]:
    generator = np.random.default_rng(seed)
    return [conversation(number, int(generator.random() < share), generator, turns) for number in range(count)]
