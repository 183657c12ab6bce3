"""The page Slides in words: where a slide stands, from when it is, and what to do where nothing is starred."""

from __future__ import annotations

EMPTY = "Nothing is starred yet"
HOW = (
    "Press Star below any figure, or S in the reader of Pairs, and say in the note why. Each star is a slide here: "
    "you choose the order, step with the arrow keys, and share the address of a slide."
)


def as_of(moment: str) -> str:
    """Write when something was starred."""
    return f"As of {moment[:10]}"


def place(number: int, total: int) -> str:
    """Write where a slide stands."""
    return f"{number} of {total}"
