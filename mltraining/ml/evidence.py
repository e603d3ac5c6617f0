"""How much must be heard of a call that runs before its probability tells more than the base rate does."""

import numpy as np

BINS = 20
FEWEST_ROWS = 100  # partway scores; with fewer, a bin holds too little to say anything
MOST_SHARE = 0.5  # of the rows that may be found wanting: a model that never tells more is the verdict's business


def least_words(words: np.ndarray, probabilities: np.ndarray, labels: np.ndarray) -> int:
    """Fewest words from which on held-out scores partway (rows,) count as told; 0 where they are from the start.

    Rows are read from the fewest words to the most. As long as the squared error saved against the base rate, added up
    from the start, is no more than its standard error, nothing has been told yet.
    """
    if len(words) < FEWEST_ROWS:
        return 0
    order = np.argsort(words, kind="stable")
    saved = ((np.mean(labels) - labels) ** 2 - (probabilities - labels) ** 2)[order]
    edges = np.linspace(0, len(words), BINS + 1).astype(int)[1:]
    total, spread = np.cumsum(saved)[edges - 1], np.sqrt(np.cumsum(saved**2))[edges - 1]
    wanting = edges[(total <= spread) & (edges <= MOST_SHARE * len(words))]
    return int(words[order][wanting[-1]]) if len(wanting) else 0
