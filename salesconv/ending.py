"""Every signal that asks a program to end interrupts it like Ctrl-C: once, and not where that would leave a mess."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


class AskedToEnd(KeyboardInterrupt):
    """Its own class because Python kills a process by SIGINT that caught a plain KeyboardInterrupt out of an exec()."""


class Ending:
    """One for the whole program; made in the main thread."""

    def __init__(self) -> None:
        self.asked = False
        self.held_back = False
        asking = [signal.SIGINT, signal.SIGTERM]  # a shell has SIGINT ignored by what it starts with &
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup asks to go on without a terminal
            asking.append(signal.SIGHUP)
        for each in asking:
            signal.signal(each, self.interrupt)

    def interrupt(self, *_: object) -> None:
        """Once: a second signal must not cut the cleaning up short."""
        if not self.asked:
            self.asked = True
            if not self.held_back:
                raise AskedToEnd

    @contextmanager
    def afterwards(self) -> Iterator[None]:
        """Holds an interruption back until the block has ended."""
        self.held_back = True
        try:
            yield
        finally:
            self.held_back = False
            if self.asked:
                raise AskedToEnd
