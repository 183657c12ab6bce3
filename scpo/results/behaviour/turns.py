"""The turns whose pick changes, one by one: which response the global model picks, which the community's own model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from scpo.measures.behaviour import BEST_OF_N
from scpo.measures.evaluation import CountryModel
from scpo.results.behaviour.community import communities
from scpo.store.scored import Scored


def changed_turns(scored: Scored, models: Sequence[CountryModel]) -> pd.DataFrame:
    """List the turns where most runs of a setting pick another response than the global model.

    Parameters
    ----------
    models : sequence of CountryModel
        Of one setting, at most one per community; each on the turns of its own.

    Returns
    -------
    DataFrame
        Empty if there is none. The worst loss of win share first, equal ones by their scores, then by how many
        responses there were: `interaction_id`, `country`, `name`, `user_id`, `before` and `after` (rows of utterances:
        the picks; of several runs the response that most of them pick), `n_candidates`, the persons' win shares
        `before_win`, `after_win` and their difference `gain`, `before_score`, `after_score` and `score_gain` (fractions
        of 100, NaN without), `agreeing` and `n_runs` (runs that pick it), `flagged` (moderation has flagged one of both
        texts).
    """
    utterances = scored.utterances
    found, judged = [], communities(scored, {model.trained_for for model in models})
    flagged = utterances["flagged"].fillna(False).to_numpy(dtype=bool)
    for model in models:
        community = judged[model.trained_for]
        turns = community.turns
        policies = turns.policy(community.rewards(model.gap), BEST_OF_N)
        votes, before = policies.sum(axis=0), community.global_pick[0]
        for start, size in zip(turns.start.tolist(), turns.size.tolist(), strict=True):
            own = slice(start, start + size)
            old, new = start + int(np.argmax(before[own])), start + int(np.argmax(votes[own]))
            if before[new] > 0 or votes[new] <= len(policies) / 2:
                continue
            rows = turns.row[[old, new]]
            found.append(
                {
                    "interaction_id": str(utterances["interaction_id"].iloc[rows[1]]),
                    "country": community.code,
                    "name": community.name,
                    "user_id": str(utterances["user_id"].iloc[rows[1]]),
                    "before": int(rows[0]),
                    "after": int(rows[1]),
                    "n_candidates": size,
                    "before_win": float(turns.win[old]),
                    "after_win": float(turns.win[new]),
                    "gain": float(turns.win[new] - turns.win[old]),
                    "before_score": float(community.score[old]),
                    "after_score": float(community.score[new]),
                    "agreeing": round(float(votes[new])),
                    "n_runs": len(policies),
                    "flagged": bool(flagged[rows].any()),
                }
            )
    if not found:
        return pd.DataFrame()
    table = pd.DataFrame(found)
    table = table.assign(score_gain=table["after_score"] - table["before_score"])
    table = table.sort_values(["n_candidates", "interaction_id"], ascending=[False, True], kind="stable")
    return table.sort_values(["gain", "score_gain"], kind="stable", ignore_index=True)


class Candidate(NamedTuple):
    """One response of a turn as a reader sees it; None where something is not known."""

    response: str
    writer: str | None
    win: float
    score: float | None


def read_turn(scored: Scored, turn: pd.Series) -> tuple[str, Candidate, Candidate]:
    """Read prompt, the global model's pick and the other pick of a row of `changed_turns`."""
    utterances = scored.utterances

    def side(name: str) -> Candidate:
        row = utterances.iloc[int(turn[name])]
        score = turn[f"{name}_score"]
        writer = row["model_name"]
        return Candidate(
            str(row["response"]),
            None if pd.isna(writer) else str(writer),
            float(turn[f"{name}_win"]),
            None if pd.isna(score) else float(score),
        )

    return str(utterances["prompt"].iloc[int(turn["after"])]), side("before"), side("after")
