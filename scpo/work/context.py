"""Where something is carried out, who is told how far it is, and who may stop it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from scpo.errors import Cancelled
from scpo.settings import Settings
from scpo.store.cache import Store

OnProgress = Callable[[str, float, float, str], None]
"""Called with stage, done, total, unit."""


def quiet(stage: str, done: float, total: float, unit: str) -> None:
    """Tell nobody."""


def never() -> bool:
    """Stop nothing."""
    return False


@dataclass(frozen=True)
class Work:
    """What everything that is carried out is given."""

    store: Store
    settings: Settings
    tell: OnProgress = quiet
    stop: Callable[[], bool] = never

    def pausing(self) -> Work:
        """Let progress be the moment at which a stage that keeps what it has finished can be stopped."""

        def tell(stage: str, done: float, total: float, unit: str) -> None:
            self.tell(stage, done, total, unit)
            if self.stop():
                raise Cancelled(f"stopped while {stage}: asked again, it goes on with what is missing")

        return replace(self, tell=tell)
