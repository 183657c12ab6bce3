"""The check `shuffled`."""

from __future__ import annotations

from scpo.results.checks.context import CheckContext
from scpo.results.checks.document import Findings


def measure(context: CheckContext) -> Findings:
    """Carry it out."""
    raise NotImplementedError
