"""Losses on embeddings and labels. A batch that holds no pair to learn from gives zero, with gradients of zero."""

from collections.abc import Callable

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, relu

Loss = Callable[..., torch.Tensor]
NEARLY_ZERO = 1e-8  # squared distances below it count as this: the root of zero has no slope


def supcon(embeddings: torch.Tensor, labels: torch.Tensor, *, temperature: float = 0.1) -> torch.Tensor:
    """Supervised contrastive loss, the form with the sum outside the logarithm (Khosla and others, 2020)."""
    same, other = pair_masks(labels)
    logits = embeddings @ embeddings.T / temperature  # (n, n)
    not_itself = same | other
    log_share = logits - logits.masked_fill(~not_itself, -torch.inf).logsumexp(dim=1, keepdim=True)
    an_anchor = same.any(dim=1) & other.any(dim=1)
    if not an_anchor.any():
        return nothing_to_learn(embeddings)
    an_anchor_loss = -log_share.masked_fill(~same, 0.0).sum(dim=1)[an_anchor] / same.sum(dim=1)[an_anchor]
    return an_anchor_loss.mean()


def contrastive(embeddings: torch.Tensor, labels: torch.Tensor, *, margin: float = 1.0) -> torch.Tensor:
    """Over all pairs: like ones drawn together, unlike ones pushed a margin apart (Hadsell and others, 2006)."""
    same, other = pair_masks(labels)
    if not same.any() or not other.any():
        return nothing_to_learn(embeddings)
    distances = squared_distances(embeddings)
    losses = torch.where(same, distances, relu(margin - distances.sqrt()).square()) / 2
    return losses[same | other].mean()


def triplet(embeddings: torch.Tensor, labels: torch.Tensor, *, margin: float = 0.3) -> torch.Tensor:
    """For each call its farthest like and its nearest unlike one (batch hard; Hermans and others, 2017)."""
    same, other = pair_masks(labels)
    an_anchor = same.any(dim=1) & other.any(dim=1)
    if not an_anchor.any():
        return nothing_to_learn(embeddings)
    distances = squared_distances(embeddings).sqrt()
    farthest_like = distances.masked_fill(~same, -torch.inf).amax(dim=1)[an_anchor]
    nearest_unlike = distances.masked_fill(~other, torch.inf).amin(dim=1)[an_anchor]
    return relu(farthest_like - nearest_unlike + margin).mean()


def ranking(embeddings: torch.Tensor, labels: torch.Tensor, *, temperature: float = 0.1) -> torch.Tensor:
    """Each like pair must rank above the anchor's unlike ones in the batch (in-batch softmax; Henderson and others,
    2017). Unlike supcon, like calls never compete with each other."""
    same, other = pair_masks(labels)
    pairs = same & other.any(dim=1, keepdim=True)
    if not pairs.any():
        return nothing_to_learn(embeddings)
    logits = embeddings @ embeddings.T / temperature
    unlike = logits.masked_fill(~other, -torch.inf).logsumexp(dim=1, keepdim=True).expand_as(logits)
    return torch.nn.functional.softplus(unlike[pairs] - logits[pairs]).mean()


def classification(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Binary cross-entropy of (n,) logits."""
    return binary_cross_entropy_with_logits(logits, labels.to(logits.dtype))


LOSSES: dict[str, Loss] = {"supcon": supcon, "contrastive": contrastive, "triplet": triplet, "ranking": ranking}
TEMPERED = ("supcon", "ranking")  # the others have a margin


def pair_masks(labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(n, n) pairs of the same label, without itself; and of different labels."""
    same = labels[:, None] == labels[None, :]
    return same & ~torch.eye(len(labels), dtype=torch.bool, device=labels.device), ~same


def squared_distances(embeddings: torch.Tensor) -> torch.Tensor:
    """(n, n) between vectors of unit length."""
    return (2 - 2 * embeddings @ embeddings.T).clamp(min=NEARLY_ZERO)


def nothing_to_learn(embeddings: torch.Tensor) -> torch.Tensor:
    return embeddings.sum() * 0
