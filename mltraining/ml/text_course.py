"""What the text of a conversation says along its turns: every window goes through the projection once.

Pooling and projecting are both sums, so the windows are projected and what came out of them is added up: a turn more,
or a turn left out, then costs a few rows of the width of an embedding, E, and not of all blocks, P.
"""

from collections.abc import Callable

import numpy as np

from mltraining.ml.embedding import EMBEDDING_SCALE, Encoded
from mltraining.ml.encoder import Pause, no_pause
from mltraining.ml.linear import LinearScore
from mltraining.ml.pooling import BLOCKS, SIDES, Blocks, members_of
from mltraining.ml.projection import Projection

AT_ONCE = 256  # turns or windows between two pauses


class TextCourse:
    def __init__(self, encoded: Encoded, projection: Projection, score: LinearScore, pause: Pause = no_pause) -> None:
        """`score` reads what `text_view` gives (P + E)."""
        self.projection, self.score, self.pause = projection, score, pause
        embedding = len(projection.bias)
        self.weights = projection.weight.reshape(embedding, len(BLOCKS), -1)  # (E, blocks, D)
        self.direct, self.last = np.split(score.weights, [self.weights[0].size])  # (P,), (E,)
        self.direct = self.direct.reshape(len(BLOCKS), -1)
        count = len(encoded.windows)
        sums = np.zeros((len(SIDES), count + 1, embedding + 1))
        ends = np.zeros((2, count, embedding + 1), dtype=np.float32)
        mine = members_of(encoded.windows).astype(bool)
        for start in range(0, count, AT_ONCE):
            part = slice(start, start + AT_ONCE)
            vectors = encoded.vectors[part]
            for side in range(len(SIDES)):
                rows = np.zeros((len(vectors), embedding + 1))
                rows[mine[side, part]] = self._read(vectors[mine[side, part]], side)
                rows[0] += sums[side, start]
                np.cumsum(rows, axis=0, out=sums[side, start + 1 : start + 1 + len(rows)])
            for place in range(2):
                ends[place, part] = self._read(vectors, len(SIDES) + place)
            pause()
        self.blocks = Blocks(encoded.windows, sums, (ends[0], ends[1]))

    def after(self, turns: np.ndarray) -> np.ndarray:
        """(turns,) log-odds of the conversation as it stood after each of these."""
        return self._in_parts(self.blocks.after, turns)

    def without(self, turns: np.ndarray) -> np.ndarray:
        """(turns,) log-odds of the conversation with each of these left out."""
        return self._in_parts(self.blocks.without, turns)

    def _read(self, vectors: np.ndarray, block: int) -> np.ndarray:
        """(rows, E + 1): what this block of (rows, D) adds to the embedding before that is made of unit length, and,
        last, to the score."""
        told = vectors.astype(np.float64) @ self.direct[block]
        return np.column_stack([vectors @ self.weights[:, block].T, told])

    def _in_parts(self, put: Callable[[np.ndarray], list[np.ndarray]], turns: np.ndarray) -> np.ndarray:
        said = [np.zeros(0)]
        for start in range(0, len(turns), AT_ONCE):
            first, *rest = put(turns[start : start + AT_ONCE])
            for block in rest:
                first += block
            said.append(self._log_odds(first))
            self.pause()
        return np.concatenate(said)

    def _log_odds(self, added: np.ndarray) -> np.ndarray:
        vectors = added[:, :-1] + self.projection.bias
        lengths = np.maximum(np.linalg.norm(vectors, axis=1), 1e-12)
        return added[:, -1] + EMBEDDING_SCALE * (vectors @ self.last) / lengths + self.score.bias
