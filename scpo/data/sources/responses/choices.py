"""What a person said about the responses to one prompt, and the pairs that follow from it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from scpo.data.cells import is_no_text

END = re.compile(r"(?:\s*(?:<\|(?:end_of_text|eot_id|im_end|endoftext|end)\|>|</s>|<eos>|<end_of_turn>))+\s*$")
"""What a model writes to end a text: no part of the answer."""


class Response(NamedTuple):
    """A response to a prompt."""

    text: str | None
    line: int
    score: float = np.nan
    """Larger is better; NaN where none was given."""

    model: str | None = None


@dataclass(frozen=True)
class Choice:
    """A prompt, its responses and how somebody ordered them.

    Attributes
    ----------
    rank : ndarray, shape (n_responses,)
        Smaller is better, equal is a tie, NaN is not judged. With a winner alone all others share rank 1.
    others_unknown : bool
        Only the winner is known: the others are not compared with one another.
    """

    prompt: str | None
    responses: list[Response]
    rank: np.ndarray
    others_unknown: bool = False
    user_id: str | None = None
    country: str | None = None
    interaction_id: str | None = None
    facets: dict[str, str | None] = field(default_factory=dict)
    history: str | None = None

    def pairs(self) -> Iterator[tuple[Response, Response]]:
        """Yield (better, worse) for each pair of responses that are ordered, the best first."""
        order = sorted(range(len(self.responses)), key=lambda i: (np.isnan(self.rank[i]), self.rank[i]))
        for i, j in itertools.combinations(order, 2):
            if self.rank[i] < self.rank[j]:
                yield self.responses[i], self.responses[j]

    @property
    def ties(self) -> int:
        """Pairs of responses that were judged alike."""
        if self.others_unknown:
            return 0
        known = self.rank[~np.isnan(self.rank)]
        return sum(int(n * (n - 1) // 2) for n in np.unique(known, return_counts=True)[1])


def without_end(text: str | None) -> str | None:
    """Take the sign that ends a text off it."""
    return None if text is None else END.sub("", text)


def by_scores(scores: Sequence[float]) -> np.ndarray:
    """Ranks of scores, shape (n,): the larger, the better."""
    return -np.asarray(scores, dtype=np.float64)


def by_winner(n: int, winner: int | None) -> np.ndarray:
    """Ranks with one winner, shape (n,): 0 for it, 1 for the others; NaN throughout without one."""
    rank = np.full(n, np.nan if winner is None else 1.0)
    if winner is not None:
        rank[winner] = 0.0
    return rank


def by_order(text: str | None, names: Sequence[str]) -> np.ndarray:
    """Read a ranking such as ``A>B=C>D``, shape (n,): NaN for what it leaves out, throughout if it is none.

    Parameters
    ----------
    names : sequence of str
        Names of the responses; compared without case.
    """
    rank = np.full(len(names), np.nan)
    place = {name.casefold(): i for i, name in enumerate(names)}
    for position, group in enumerate(re.split(r">+", (text or "").replace(" ", ""))):
        for name in re.split(r"[=~]", group):
            if name.casefold() not in place:
                return np.full(len(names), np.nan)
            rank[place[name.casefold()]] = position
    return rank


def number_of(cell: str | None) -> float:
    """Read a number; NaN where there is none."""
    try:
        return np.nan if cell is None or is_no_text(cell) else float(cell)
    except ValueError:
        return np.nan
