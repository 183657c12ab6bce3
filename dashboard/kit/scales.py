"""Domains and ticks: computed from the ends of the intervals, so that nothing is cut and log axes stay readable."""

from __future__ import annotations

import math
from collections.abc import Iterable

LOG_TICKS = (
    (0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
    (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0),
    (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0),
    (0.01, 0.1, 0.5, 1.0),
)
"""Ticks of a log axis, from dense to sparse."""

LINEAR_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2)
SMALLEST_ON_LOG = 0.005
MOST_TICKS = 10


def _finite(values: Iterable[float]) -> list[float]:
    return [float(v) for v in values if v is not None and math.isfinite(v)]


def share_domain(values: Iterable[float], *, log: bool) -> tuple[float, float]:
    """Return the ends of an axis of shares: the values with some padding, inside [0, 1]; positive on a log axis."""
    known = _finite(values)
    if log:
        known = [v for v in known if v > 0]
    if not known:
        return (0.01, 1.0) if log else (0.0, 1.0)
    low, high = min(known), max(known)
    if log:
        low, high = max(low, SMALLEST_ON_LOG), max(high, SMALLEST_ON_LOG)
        room = max((high / low) ** 0.06, 1.01)
        return max(SMALLEST_ON_LOG, low / room), min(1.0, high * room)
    room = max(0.06 * (high - low), 0.005)
    return max(0.0, low - room), min(1.0, high + room)


def coarse(domain: tuple[float, float], *, log: bool) -> tuple[float, float]:
    """Widen a domain of shares to round ends, so that it stays the same while points move a little."""
    low, high = domain
    if log:
        step = math.log(1.25)
        low, high = (math.exp(step * turn(math.log(v) / step)) for turn, v in ((math.floor, low), (math.ceil, high)))
        return max(SMALLEST_ON_LOG, round(low, 4)), min(1.0, round(high, 4))
    step = 0.02 if high - low < 0.4 else 0.05
    return max(0.0, round(math.floor(low / step + 1e-9) * step, 4)), min(
        1.0, round(math.ceil(high / step - 1e-9) * step, 4)
    )


def ticks(domain: tuple[float, float], *, log: bool, most: int = MOST_TICKS) -> list[float]:
    """Return at most `most` tick values inside a domain; log ticks where its ends lie a factor of three apart."""
    low, high = domain
    if log and low > 0 and high / low > 3:
        inside = [[t for t in candidates if low <= t <= high] for candidates in LOG_TICKS]
        return next((values for values in inside if len(values) <= most), inside[-1])
    step = next((s for s in LINEAR_STEPS if (high - low) / s <= most), LINEAR_STEPS[-1])
    first = math.ceil(low / step - 1e-9)
    return [round(i * step, 6) for i in range(first, math.floor(high / step + 1e-9) + 1)]


def points_domain(values: Iterable[float]) -> tuple[float, float]:
    """Return the ends of an axis of differences that holds 0 and the values with some padding."""
    known = [*_finite(values), 0.0]
    room = max(0.06 * (max(known) - min(known)), 0.005)
    return min(known) - room, max(known) + room


def symmetric_end(values: Iterable[float], *, least: float = 0.05) -> float:
    """Return the end of a symmetric scale of differences: the largest size, rounded up to five points."""
    largest = max((abs(v) for v in _finite(values)), default=0.0)
    return max(least, math.ceil(round(largest / 0.05, 6)) * 0.05)
