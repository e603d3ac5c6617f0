"""Processes that fine-tune as one: each reads its share of a batch, and all learn from the whole of it.

Gradients are added up here, not by a wrapper round the model that waits for them inside the backward pass: a process
whose memory runs out there would leave the others waiting for ever.
"""

import atexit
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

import torch
from accelerate import Accelerator
from accelerate.utils import gather_object

T = TypeVar("T")


@atexit.register
def part() -> None:
    """While Python still runs: a thread of gloo's that outlives it would abort a process that has done its work, and
    the launcher would end the others. NCCL, which has no such thread, might wait here for a process that failed."""
    processes = torch.distributed
    if processes.is_available() and processes.is_initialized() and processes.get_backend() == "gloo":
        processes.destroy_process_group()


@dataclass(frozen=True)
class Together:
    accelerator: Accelerator

    @property
    def is_alone(self) -> bool:
        return bool(self.accelerator.num_processes == 1)

    def share(self, batch: Sequence[T]) -> list[T]:
        """This process's part. All are of one size: a batch that does not divide evenly has its last one repeated."""
        count = self.accelerator.num_processes
        padded = [*batch, *[batch[-1]] * (-len(batch) % count)]
        return padded[self.accelerator.process_index :: count]

    def whole(self, own: torch.Tensor, size: int) -> torch.Tensor:
        """(size, ...) what all made of their shares, in the batch's order. Gradients flow through our own alone, so
        that those of all processes add up to the gradient of the loss."""
        shares = list(self.accelerator.gather(own.detach()[None]))
        shares[self.accelerator.process_index] = own
        return torch.stack(shares, dim=1).flatten(0, 1)[:size]

    def tried(self, work: Callable[[], T]) -> T:
        """What `work` returns; where memory runs out in one process, torch.OutOfMemoryError in all of them."""
        if self.is_alone:
            return work()
        done: list[T] = []
        with suppress(torch.OutOfMemoryError):  # the others are told first
            done.append(work())
        failed = torch.tensor(float(not done), device=self.accelerator.device)
        if self.accelerator.reduce(failed, "sum") > 0:
            raise torch.OutOfMemoryError("Memory ran out in one of the processes.")
        return done[0]

    def add_up_gradients(self, model: torch.nn.Module) -> None:
        if self.is_alone:
            return
        for weight in model.parameters():
            if weight.grad is not None:  # the same ones in every process
                weight.grad = self.accelerator.reduce(weight.grad, "sum")

    def agreed(self, value: torch.Tensor) -> float:
        """One number in all processes, to the last bit, for decisions that all must take alike."""
        return float(self.accelerator.reduce(value, "mean"))

    def is_same(self, fact: object) -> bool:
        """Whether it is the same in all processes."""
        return len(set(gather_object([fact]))) == 1
