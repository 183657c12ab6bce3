"""One pair with its texts, scores, rewards and the conversation before it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from scpo.results.pairs.index import facet_names
from scpo.store.scored import Scored


class Earlier(NamedTuple):
    """An earlier turn of a conversation; the response is the one it went on with, None where it is not known."""

    prompt: str
    response: str | None


class Side(NamedTuple):
    """One response of a pair. `score` is the person's, `reward` the global model's; None where not known."""

    response: str
    score: float | None
    reward: float
    model_name: str | None


class PairDetail(NamedTuple):
    """Everything about one pair that its tables know."""

    pair_id: str
    user_id: str
    country: str | None
    split: str
    prompt: str
    chosen: Side
    rejected: Side
    gap: float
    p_glo: float
    flagged: bool
    turn: int | None
    earlier: tuple[Earlier, ...]
    facets: dict[str, str]


def read_pair(scored: Scored, row: int) -> PairDetail:
    """Read one pair with its texts and the conversation before it.

    Parameters
    ----------
    row : int
        Row of `Scored.pairs`.
    """
    pair = scored.pairs.iloc[row]
    chosen, rejected = (scored.utterances.iloc[int(pair[name])] for name in ("chosen", "rejected"))
    reward = scored.scores.reward
    turn = _known(chosen["turn"])
    return PairDetail(
        pair_id=str(pair["pair_id"]),
        user_id=str(pair["user_id"]),
        country=_known(pair["country"]),
        split=str(pair["split"]),
        prompt=str(chosen["prompt"]),
        chosen=_side(chosen, reward[int(pair["chosen"])]),
        rejected=_side(rejected, reward[int(pair["rejected"])]),
        gap=float(pair["gap"]),
        p_glo=float(pair["p_glo"]),
        flagged=any(_known(side["flagged"]) is True for side in (chosen, rejected)),
        turn=None if turn is None else int(turn),
        earlier=_earlier(scored.utterances, _known(chosen["conversation_id"]), turn),
        facets={name: str(pair[name]) for name in facet_names(scored.pairs) if _known(pair[name]) is not None},
    )


def _known(value: Any) -> Any | None:
    return None if pd.isna(value) else (value.item() if isinstance(value, np.generic) else value)


def _side(utterance: pd.Series, reward: float) -> Side:
    return Side(str(utterance["response"]), _known(utterance["score"]), float(reward), _known(utterance["model_name"]))


def _earlier(utterances: pd.DataFrame, conversation: str | None, turn: int | None) -> tuple[Earlier, ...]:
    """Return the turns before this one, with the responses the conversation went on with."""
    if conversation is None or not turn:
        return ()
    rows = utterances[(utterances["conversation_id"] == conversation) & (utterances["turn"] < turn)]
    found = []
    for _, turns in rows.sort_values("turn", kind="stable").groupby("turn", sort=True):
        went_on = turns[turns["is_partner"].fillna(False).to_numpy(dtype=bool)]
        response = str(went_on["response"].iloc[0]) if len(went_on) else None
        found.append(Earlier(str(turns["prompt"].iloc[0]), response))
    return tuple(found)
