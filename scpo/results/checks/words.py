"""How the sentences of the checks write numbers."""

from __future__ import annotations


def points(value: float) -> str:
    """Write a difference of fractions as a number of points, without the unit: ``1.4``, ``−0.3``, ``0.0``."""
    written = f"{100 * value:.1f}"
    return "0.0" if written == "-0.0" else written.replace("-", "−")


def points_range(low: float, high: float) -> str:
    """Write an interval of a difference in points."""
    return f"[{points(low)}, {points(high)}]"
