"""Numbers with their nouns, for notes, commands and pages alike."""

from __future__ import annotations

import math


def counted(number: float, one: str, many: str | None = None) -> str:
    """Write a number with its noun: ``1 user``, ``1,200 users``; ``unknown users`` for NaN.

    Parameters
    ----------
    one, many : str
        The noun, for 1 and for any other number; without `many` an s is added. A verb may follow in both:
        ``counted(n, "user has", "users have")``.
    """
    plural = many or f"{one}s"
    if math.isnan(number):
        return f"unknown {plural}"
    return f"{int(number):,} {one if int(number) == 1 else plural}"
