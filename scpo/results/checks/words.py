"""How the sentences of the checks write numbers."""

from __future__ import annotations


def points(value: float) -> str:
    """Write a difference of fractions as a signed number of points, without the unit: ``+1.4``, ``−0.3``, ``0.0``."""
    written = f"{100 * value:+.1f}"
    return written.replace("-", "−") if float(written) else "0.0"


def points_range(low: float, high: float) -> str:
    """Write an interval of a difference in points."""
    return f"[{points(low)}, {points(high)}]"


def written_p(value: float) -> str:
    """Write a p-value as the pages do: ``p 0.016``, ``p < 0.001``."""
    return "p < 0.001" if value < 0.001 else f"p {value:.3f}"
