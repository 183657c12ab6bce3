"""The turns of a community's test users: which responses stood side by side, and what is known of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scpo.arrays import FloatArray, IndexArray
from scpo.data.sources import SOURCES
from scpo.errors import InputError
from scpo.measures.behaviour import BEST_OF_N, Turns
from scpo.measures.text_features import word_count
from scpo.results.communities import community_name
from scpo.store.scored import Scored

SCORE_SCALE = 100.0
"""Highest score a person can give; scores are shown as fractions of it."""


@dataclass(frozen=True, eq=False)
class Community:
    """The turns of a community's test users, and what is known of the candidates; arrays of shape (n_candidates,).

    Attributes
    ----------
    code, name : str
    where : ndarray of int
        Its pairs among `Scored.test_pairs`.
    turns : Turns
    score : ndarray
        The person's score as a fraction of 100; NaN in turns where one is missing.
    words, characters : ndarray
        Lengths of the responses.
    global_gap : ndarray
        Of its pairs.
    left_out : dict
        `candidates`: responses of these turns that stand in no pair, so that nobody's preference about them is known;
        `turns`: turns of the same users without any pair.
    """

    code: str
    name: str
    where: IndexArray
    turns: Turns
    score: FloatArray
    words: FloatArray
    characters: FloatArray
    global_gap: FloatArray
    left_out: Mapping[str, int]

    @cached_property
    def global_reward(self) -> FloatArray:
        """Return the global model's rewards, shape (1, n_candidates)."""
        return self.turns.rewards(self.global_gap)

    @cached_property
    def global_pick(self) -> FloatArray:
        """Return the global model's pick as a policy, shape (1, n_candidates)."""
        return self.turns.policy(self.global_reward, BEST_OF_N)

    def rewards(self, gap: NDArray[np.floating]) -> FloatArray:
        """Return a model's rewards from its gaps on all test pairs, shape (n_runs, n_candidates)."""
        return self.turns.rewards(np.atleast_2d(gap)[:, self.where])

    def of_turns(self, policy: FloatArray, values: FloatArray) -> FloatArray:
        """Return the expected value of each turn's pick, mean over runs, shape (n_turns,)."""
        return self.turns.summed(policy * values).mean(axis=0)


_KNOWN: WeakKeyDictionary[Scored, dict[str, Community]] = WeakKeyDictionary()
"""Communities by their code, of scored data that are still there: every table of the behaviour begins with them."""


def communities(scored: Scored, countries: Iterable[str] | None = None) -> dict[str, Community]:
    """Return the turns of each community with test pairs, by its code; each is made once.

    Raises
    ------
    InputError
        If the data are survey answers: a question has answers of countries, not responses to a person's prompt.
    """
    if SOURCES[scored.info.source].unit == "question":
        raise InputError(
            f"{scored.info.name} holds survey answers: they have no responses that one person compared, so no pick can "
            "be made; choose preference data such as PRISM"
        )
    test, wanted = scored.test_pairs, None if countries is None else set(countries)
    known = _KNOWN.setdefault(scored, {})
    found = {}
    places = {str(code): where for code, where in test.groupby("country").indices.items()}
    for code in sorted(places):
        if wanted is None or code in wanted:
            if code not in known:
                known[code] = _community(scored, code, np.asarray(places[code], dtype=np.intp))
            found[code] = known[code]
    return found


def _community(scored: Scored, code: str, where: IndexArray) -> Community:
    utterances, pairs = scored.utterances, scored.test_pairs.iloc[where]
    turns = Turns.build(pairs["chosen"], pairs["rejected"], pairs["interaction_id"], pairs["user_id"])
    responses = utterances["response"].iloc[turns.row].tolist()
    score = utterances["score"].to_numpy(dtype=np.float64)[turns.row] / SCORE_SCALE
    complete = turns.spread(np.isfinite(turns.summed(score)))
    return Community(
        code=code,
        name=community_name(scored, code),
        where=where,
        turns=turns,
        score=np.where(complete, score, np.nan),
        words=np.array([word_count(one) for one in responses], dtype=np.float64),
        characters=np.array([len(one) for one in responses], dtype=np.float64),
        global_gap=pairs["gap"].to_numpy(dtype=np.float64),
        left_out=_left_out(utterances, pairs, turns),
    )


def _left_out(utterances: pd.DataFrame, pairs: pd.DataFrame, turns: Turns) -> dict[str, int]:
    """Count what the turns of a community's users have beside the candidates of its pairs."""
    own = utterances[utterances["user_id"].isin(pairs["user_id"])]
    inside = own["interaction_id"].isin(pairs["interaction_id"])
    return {
        "candidates": int(inside.sum()) - int(np.unique(turns.row).size),
        "turns": int(own.loc[~inside, "interaction_id"].nunique()),
    }
