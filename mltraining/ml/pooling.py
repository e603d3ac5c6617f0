"""From the vectors of windows to one vector a conversation that still knows who spoke and how it ended.

P below is the number of blocks times the dimension of a window's vector. A side's block is the sum of its vectors over
the root of their number: what was said adds up, as evidence does, while what says nothing keeps the same spread however
long the call is; a mean would let a telling turn fade in a long call.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from mltraining.ml.windows import Window

if TYPE_CHECKING:
    import torch

SIDES = ("", "customer", "rep")  # roles whose windows are added up; "" is everybody
BLOCKS = ("all", "customer", "rep", "last", "before_last")


def pooled(vectors: np.ndarray, windows: Sequence[Window]) -> np.ndarray:
    """(P,) for a whole conversation; a block is zero where nobody spoke."""
    sums, counts = _sums(vectors, windows)
    ends = _rows(vectors, np.array([len(windows) - 1, len(windows) - 2]))
    return np.concatenate([_blocks(sums, counts).reshape(-1), ends.reshape(-1)]).astype(np.float32)


class Growing:
    """The pooled vector of a conversation that still goes on, kept up window by window."""

    def __init__(self, dimension: int) -> None:
        self.sums = np.zeros((len(SIDES), dimension))
        self.counts = np.zeros(len(SIDES))
        self.ends = np.zeros((2, dimension), dtype=np.float32)  # the last vector, and the one before it

    def add(self, vector: np.ndarray, window: Window) -> None:  # vector (D,)
        member = members_of([window])[:, 0]  # (sides,)
        self.sums += member[:, None] * vector
        self.counts += member
        self.ends = np.stack([vector, self.ends[0]])

    def pooled(self) -> np.ndarray:
        """(P,) as `pooled` of all windows so far."""
        return np.concatenate([_blocks(self.sums, self.counts).reshape(-1), self.ends.reshape(-1)]).astype(np.float32)


class Blocks:
    """What was made of a conversation's windows, put together for some of its turns: sums of sides, and the ends."""

    def __init__(self, windows: Sequence[Window], sums: np.ndarray, ends: Sequence[np.ndarray]) -> None:
        """`sums` (sides, windows + 1, K) before each window and after the last; `ends` (2, windows, K) what the last
        window gives, and what it gives as the one before the last."""
        self.first_turns = np.array([window.first_turn for window in windows], dtype=int)
        self.last_turns = np.array([window.last_turn for window in windows], dtype=int)
        self.sums, self.ends = sums, ends
        self.counts = np.zeros((len(SIDES), len(windows) + 1))
        np.cumsum(members_of(windows), axis=1, out=self.counts[:, 1:])

    def after(self, turns: np.ndarray) -> list[np.ndarray]:
        """BLOCKS of (turns, K): each row is the conversation as it stood after that turn."""
        closed = np.searchsorted(self.last_turns, turns, side="right")  # (turns,) windows known by then
        sides = _blocks(self.sums[:, closed], self.counts[:, closed])  # (sides, turns, K)
        return [*sides, *self._at(closed - 1, closed - 2)]

    def without(self, turns: np.ndarray) -> list[np.ndarray]:
        """BLOCKS of (turns, K): each row is the conversation with that turn left out."""
        start = np.searchsorted(self.last_turns, turns, side="left")
        stop = np.searchsorted(self.first_turns, turns, side="right")
        sums = self.sums[:, -1:] - (self.sums[:, stop] - self.sums[:, start])
        counts = self.counts[:, -1:] - (self.counts[:, stop] - self.counts[:, start])
        removed = stop - start
        ends = (len(self.last_turns) - removed - place for place in (1, 2))  # the last that stays, the one before it
        return [*_blocks(sums, counts), *self._at(*(np.where(row >= start, row + removed, row) for row in ends))]

    def _at(self, *rows: np.ndarray) -> Iterator[np.ndarray]:
        return (_rows(end, row) for end, row in zip(self.ends, rows, strict=True))


def course(vectors: np.ndarray, windows: Sequence[Window]) -> Blocks:
    """Of the vectors themselves (windows, D)."""
    return Blocks(windows, _running(vectors, windows), (vectors, vectors))


def pooled_after(vectors: np.ndarray, windows: Sequence[Window], turns: np.ndarray) -> np.ndarray:
    """(turns, P): `pooled` of the conversation as it stood after each of these turns."""
    return np.concatenate(course(vectors, windows).after(turns), axis=1).astype(np.float32)


def pool_batch(
    vectors: "torch.Tensor", owners: "torch.Tensor", roles: "torch.Tensor", conversations: int
) -> "torch.Tensor":
    """(conversations, P) as `pooled`, differentiable. `owners` (windows,) ascending: each window's conversation;
    `roles` (windows,): places in SIDES, 0 for others."""
    import torch  # noqa: PLC0415  # scoring with stored vectors needs none

    blocks = []
    for place in range(len(SIDES)):
        mine = torch.ones_like(owners) if place == 0 else (roles == place).long()
        sums = vectors.new_zeros(conversations, vectors.shape[1]).index_add(0, owners, vectors * mine[:, None])
        counts = torch.zeros(conversations, dtype=torch.long, device=owners.device).index_add(0, owners, mine)
        blocks.append(sums / counts.clamp(min=1).sqrt()[:, None])
    sizes = torch.bincount(owners, minlength=conversations)
    ends = sizes.cumsum(0)
    for place in (1, 2):
        rows = vectors[(ends - place).clamp(min=0, max=max(len(vectors) - 1, 0))]
        blocks.append(rows * (sizes >= place)[:, None])
    return torch.cat(blocks, dim=1)


def role_codes(windows: Sequence[Window]) -> list[int]:
    """Each window's place in SIDES; 0 for a speaker who is neither customer nor rep."""
    return [SIDES.index(window.role) if window.role in SIDES else 0 for window in windows]


def members_of(windows: Sequence[Window]) -> np.ndarray:
    """(sides, windows) 1 where the window belongs to the side."""
    codes = np.array(role_codes(windows), dtype=int)
    members = codes[None, :] == np.arange(len(SIDES))[:, None]
    members[0] = True
    return members.astype(np.float64)


def _sums(vectors: np.ndarray, windows: Sequence[Window]) -> tuple[np.ndarray, np.ndarray]:
    members = members_of(windows)
    return members @ vectors, members.sum(axis=1)


def _running(vectors: np.ndarray, windows: Sequence[Window]) -> np.ndarray:
    """Sums (sides, windows + 1, D) before each window, and after the last."""
    sums = np.zeros((len(SIDES), len(windows) + 1, vectors.shape[1]))
    for side, mine in enumerate(members_of(windows).astype(vectors.dtype)):  # of long calls all at once would be huge
        np.cumsum(mine[:, None] * vectors, axis=0, dtype=sums.dtype, out=sums[side, 1:])
    return sums


def _blocks(sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Zero, not the rounding left by a difference of sums, where nobody spoke."""
    return np.asarray(sums / np.where(counts > 0, np.sqrt(counts), np.inf)[..., None])


def _rows(vectors: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The vectors at these rows; zeros for a negative row."""
    if len(vectors) == 0:
        return np.zeros((len(rows), vectors.shape[1]), dtype=vectors.dtype)
    return np.where(rows[:, None] >= 0, vectors[np.maximum(rows, 0)], 0.0)
