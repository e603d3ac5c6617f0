"""Which calls meet in a batch: at least K of each class in every one, however rare a class is."""

from collections.abc import Iterator

import numpy as np


class Deck:
    """Endless draws from a class: everybody once before anybody comes again."""

    def __init__(self, members: np.ndarray, generator: np.random.Generator) -> None:
        self.members = members
        self.generator = generator
        self.cards: list[int] = []

    def draw(self, count: int) -> list[int]:
        """Different members, unless the class has fewer than `count`."""
        hand: list[int] = []
        while len(hand) < count:
            if not self.cards:
                shuffled = self.generator.permutation(self.members)
                held = np.isin(shuffled, hand)  # they wait until the others were drawn
                self.cards = [*shuffled[held].tolist(), *shuffled[~held].tolist()]
            hand.append(self.cards.pop())
        return hand


def balanced_batches(labels: np.ndarray, per_class: int, generator: np.random.Generator) -> Iterator[np.ndarray]:
    """Endless batches of `per_class` calls of each class (PxK; Hermans and others, 2017)."""
    decks = decks_of(labels, generator)
    while True:
        yield np.array([call for deck in decks.values() for call in deck.draw(per_class)])


def lazy_pairs(labels: np.ndarray, generator: np.random.Generator) -> Iterator[tuple[int, int]]:
    """Endless pairs, never listed: for each class in turn a like pair and an unlike one."""
    decks = decks_of(labels, generator)
    while True:
        for label, deck in decks.items():
            anchor, like = deck.draw(2)
            yield anchor, like
            other = decks[generator.choice([other for other in decks if other != label])]
            yield deck.draw(1)[0], other.draw(1)[0]


def pair_batches(labels: np.ndarray, per_class: int, generator: np.random.Generator) -> Iterator[np.ndarray]:
    """Endless batches made of pairs until each class has at least `per_class` calls in them."""
    pairs = lazy_pairs(labels, generator)
    classes = np.unique(labels)
    while True:
        batch: list[int] = []
        while any(np.sum(labels[batch] == label) < per_class for label in classes):
            batch.extend(next(pairs))
        yield np.array(batch)


def hardened(batch: np.ndarray, labels: np.ndarray, seen: np.ndarray, share: float) -> np.ndarray:
    """The batch with a share of each class exchanged for the calls of that class that lie nearest to the batch's
    others, by the embeddings (calls, D) as they were last seen; zeros: not seen yet."""
    hard = batch.copy()
    is_seen = np.asarray(seen.any(axis=1))
    for label in np.unique(labels[batch]):
        places = np.flatnonzero(labels[batch] == label)
        others = np.setdiff1d(batch[is_seen[batch]], batch[places])
        candidates = np.setdiff1d(np.flatnonzero((labels == label) & is_seen), batch)
        count = min(round(share * len(places)), len(candidates))
        if count and len(others):
            nearness = (seen[candidates] @ seen[others].T).max(axis=1)
            hard[places[-count:]] = candidates[np.argsort(-nearness, kind="stable")[:count]]
    return hard


def narrowed(batch: np.ndarray, labels: np.ndarray, per_class: int) -> np.ndarray:
    """The first so many of each class in the batch."""
    places = [np.flatnonzero(labels[batch] == label)[:per_class] for label in np.unique(labels[batch])]
    return batch[np.sort(np.concatenate(places))]


def decks_of(labels: np.ndarray, generator: np.random.Generator) -> dict[int, Deck]:
    return {int(label): Deck(np.flatnonzero(labels == label), generator) for label in np.unique(labels)}
