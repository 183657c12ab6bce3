"""The page Slides in words: who prefers what on a pair, and what to do where nothing is starred."""

from __future__ import annotations

from dashboard.kit import text
from dashboard.pairs.words import CHOSEN, REJECTED
from dashboard.slides.load import PairSlide

EMPTY = "Nothing is starred yet"
HOW = (
    "Press Star below any figure, or S in the reader of Pairs, and say in the note why. Each star is a slide here: "
    "you choose the order, step with the arrow keys, and share the address of a slide."
)


def pair_title(slide: PairSlide) -> str:
    """Write what a person and the models make of a pair."""
    gap, after = slide.detail.gap, slide.after
    if gap == 0:
        found = "The global model sees no difference between the two responses"
    elif gap > 0:
        found = "The global model prefers what the person preferred"
    else:
        found = "The global model prefers what the person did not"
    if after is None or gap == 0:
        return found
    if (after > 0) == (gap > 0):
        return f"{found}; so does the finetuned one"
    return f"{found}; the finetuned one {'agrees with the person' if after > 0 else 'no longer agrees'}"


def side_words(slide: PairSlide, *, chosen: bool) -> str:
    """Write who prefers a side of a pair."""
    sign = 1 if chosen else -1
    who = ["the person"] if chosen else []
    who += ["the global model"] if sign * slide.detail.gap > 0 else []
    who += ["the finetuned model"] if slide.after is not None and sign * slide.after > 0 else []
    return f"{CHOSEN if chosen else REJECTED}, preferred by {text.listed(who) if who else 'nobody'}"


def as_of(moment: str) -> str:
    """Write when something was starred."""
    return f"As of {moment[:10]}"


def place(number: int, total: int) -> str:
    """Write where a slide stands."""
    return f"{number} of {total}"
