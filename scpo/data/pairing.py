"""Preference pairs from scores, and the messages a response answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from scpo.errors import DataError, InputError

EMPTY_RESPONSE = "EMPTY STRING"
"""The text PRISM writes for an empty response or prompt; a real outcome that users scored."""

Message = dict[str, str]


def build_pairs(
    utterances: pd.DataFrame,
    *,
    country: Mapping[str, str | None] | None = None,
    facets: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Pair the responses of each interaction by their scores; nothing crosses an interaction.

    Parameters
    ----------
    utterances : DataFrame
        Rows of the data dictionary's UTTERANCES, every score present.
    country : mapping of user_id to community, optional
        A user that is absent or None has no community. Without it no pair has one.
    facets : DataFrame, optional
        Text columns with one row per utterance, in the same order; a pair takes them from its chosen response.

    Returns
    -------
    pairs : DataFrame
        Rows of PAIRS: the response with the higher score is chosen, in the order of the interactions' first rows.
        A pair is called ``interaction:i-j`` by the positions of the two responses in their interaction.
    counts : dict
        Couples of responses: `pairs`, `ties` (equal scores), `identical_texts` (same text, different scores);
        and `single_responses`, the interactions with one response.

    Raises
    ------
    DataError
        If a score is missing.
    """
    score = utterances["score"].to_numpy(dtype=np.float64)
    if np.isnan(score).any():
        first = utterances["utterance_id"].iloc[int(np.flatnonzero(np.isnan(score))[0])]
        raise DataError(f"response {first!r} has no score, so it cannot be paired; every response needs one")
    interaction, _ = pd.factorize(utterances["interaction_id"])
    order = np.argsort(interaction, kind="stable")
    sizes = np.bincount(interaction) if len(order) else np.zeros(0, dtype=np.int64)
    starts = np.cumsum(sizes) - sizes
    left, right = _couples(order, sizes, starts)
    text = pd.factorize(utterances["response"])[0]
    tie = score[left] == score[right]
    same_text = ~tie & (text[left] == text[right])
    left, right = left[~tie & ~same_text], right[~tie & ~same_text]
    left_wins = score[left] > score[right]
    chosen, rejected = np.where(left_wins, left, right), np.where(left_wins, right, left)
    position = np.empty(len(order), dtype=np.int64)
    position[order] = np.arange(len(order)) - np.repeat(starts, sizes)
    pairs = _pair_table(utterances, chosen, rejected, position, score, country, facets)
    counts = {
        "pairs": len(pairs),
        "ties": int(tie.sum()),
        "identical_texts": int(same_text.sum()),
        "single_responses": int((sizes == 1).sum()),
    }
    return pairs, counts


def _couples(order: np.ndarray, sizes: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All couples of rows of one interaction, the earlier row first; both of shape (n_couples,)."""
    left, right, owner = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for size in np.unique(sizes[sizes > 1]):
        of_this_size = np.flatnonzero(sizes == size)
        i, j = np.triu_indices(size, k=1)
        left.append(order[starts[of_this_size][:, None] + i].ravel())
        right.append(order[starts[of_this_size][:, None] + j].ravel())
        owner.append(np.repeat(of_this_size, len(i)))
    in_order = np.argsort(np.concatenate(owner), kind="stable")
    return np.concatenate(left)[in_order], np.concatenate(right)[in_order]


def _pair_table(
    utterances: pd.DataFrame,
    chosen: np.ndarray,
    rejected: np.ndarray,
    position: np.ndarray,
    score: np.ndarray,
    country: Mapping[str, str | None] | None,
    facets: pd.DataFrame | None,
) -> pd.DataFrame:
    interaction_id = utterances["interaction_id"].astype("str").iloc[chosen].reset_index(drop=True)
    user_id = utterances["user_id"].astype("str").iloc[chosen].reset_index(drop=True)
    i, j = pd.Series(position[chosen]).astype("str"), pd.Series(position[rejected]).astype("str")
    table: dict[str, Any] = {
        "pair_id": interaction_id + ":" + i + "-" + j,
        "user_id": user_id,
        "country": pd.Series([None if country is None else country.get(user) for user in user_id], dtype=object),
        "interaction_id": interaction_id,
        "chosen": chosen.astype(np.int32),
        "rejected": rejected.astype(np.int32),
        "margin": score[chosen] - score[rejected],
    }
    if facets is not None:
        table.update({name: facets[name].iloc[chosen].reset_index(drop=True) for name in facets.columns})
    return pd.DataFrame(table)


def conversation_messages(utterances: pd.DataFrame, context: Literal["turn", "history"]) -> list[list[Message]]:
    """Messages before each response, the response itself left out.

    Parameters
    ----------
    utterances : DataFrame
        Rows of the data dictionary's UTTERANCES.
    context : {"turn", "history"}
        ``turn``: the prompt of the turn alone. ``history``: before it the prompt of every earlier turn of the
        conversation and the response with which it went on. A row without conversation or turn has its prompt alone.

    Returns
    -------
    list of list of dict
        One list per row of `utterances`; messages have `role` (``user`` or ``assistant``) and `content`. Rows of one
        turn share their list: do not change it.

    Raises
    ------
    DataError
        With ``history``, if an earlier turn is missing or none of its responses is the one it went on with.
    """
    if context not in ("turn", "history"):
        raise InputError(f"context is 'turn' or 'history', got {context!r}")
    prompts = utterances["prompt"].tolist()
    alone: dict[str, list[Message]] = {prompt: [{"role": "user", "content": prompt}] for prompt in set(prompts)}
    messages = [alone[prompt] for prompt in prompts]
    if context == "turn":
        return messages
    known = utterances["conversation_id"].notna().to_numpy() & utterances["turn"].notna().to_numpy()
    rows = np.flatnonzero(known)
    turn = utterances["turn"].to_numpy(dtype=np.float64, na_value=np.nan)
    conversation = pd.factorize(utterances["conversation_id"])[0]
    partner = utterances["is_partner"].fillna(False).to_numpy(dtype=bool)
    responses = utterances["response"].to_numpy(dtype=object)
    ordered = rows[np.lexsort((rows, turn[rows], conversation[rows]))]
    changed = np.diff(conversation[ordered]) != 0
    for block in np.split(ordered, np.flatnonzero(changed) + 1):
        if len(block) and turn[block[-1]] > 0:
            fault = _add_history(block, turn[block].astype(int), partner[block], responses[block], messages)
            if fault is not None:
                raise DataError(
                    f"{fault}, conversation {utterances['conversation_id'].iloc[int(block[0])]!r}, so its later "
                    "turns have no history; use context 'turn'"
                )
    return messages


def _add_history(
    block: np.ndarray,
    turns: np.ndarray,
    partner: np.ndarray,
    responses: np.ndarray,
    messages: list[list[Message]],
) -> str | None:
    """Replace the messages of one conversation's rows `block`, in the order of their turns; return what is missing."""
    history: list[Message] = []
    last = int(turns[-1])
    for turn in range(last + 1):
        here = np.flatnonzero(turns == turn)
        went_on = here[partner[here]]
        if not len(here):
            return f"turn {turn} is missing"
        if turn < last and not len(went_on):
            return f"no response is marked as the one that went on in turn {turn}"
        with_history = history + messages[block[here[0]]]
        for row in block[here]:
            messages[row] = with_history
        if turn < last:
            history = [*with_history, {"role": "assistant", "content": responses[went_on[0]]}]
    return None
