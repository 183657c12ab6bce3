"""Ctrl-C and SIGTERM as a request: the work is asked to stop, saves its state and says "cancelled".

Work that cannot be asked is interrupted: by either signal, so that nothing is left half-written.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType, TracebackType
from typing import Any, Self

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def _handled(numbers: Iterable[signal.Signals], handler: Callable[[int, FrameType | None], Any]) -> Iterator[None]:
    """Have signals handled while a block runs; outside the main thread, where none is received, change nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, handler_before in before.items():
            signal.signal(number, handler_before)


def term_interrupts() -> AbstractContextManager[None]:
    """Have SIGTERM interrupt as Ctrl-C does: what a script starts in the background ignores Ctrl-C's own signal."""
    return _handled([signal.SIGTERM], signal.default_int_handler)


class StopRequest:
    """Answers, while its block runs, whether one of the signals came; a second one interrupts at once.

    Outside the main thread, where signals cannot be received, the answer is always no.
    """

    def __init__(self, say: str = "stopping after this step and saving; once more stops at once") -> None:
        self._say = say
        self._asked = False
        self._handled = _handled(SIGNALS, self._ask)

    def __enter__(self) -> Self:
        self._handled.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._handled.__exit__(kind, error, trace)

    def __call__(self) -> bool:
        """Say whether the work is to stop."""
        return self._asked

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
        # A handler may come in the middle of any other writing to stderr, so it does not go through Python's streams.
        os.write(2, f"\n{self._say}\n".encode())
