"""Which of the models that wrote the responses win: by the people, by the global model, by the models of a setting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scpo.measures.clustered import users_source
from scpo.measures.estimate import columns, estimate, unknown
from scpo.measures.evaluation import CountryModel
from scpo.measures.families import enough
from scpo.measures.writers import Ranking, rank_writers
from scpo.store.scored import Scored

JUDGES = ("people", "global", "tuned")
"""Who ranks: the persons of the pairs, the global model, and each community's own model."""


def writer_table(scored: Scored, models: Sequence[CountryModel], *, level: float) -> pd.DataFrame:
    """Rank the writers of responses on the test pairs of the communities that some models were trained for.

    Parameters
    ----------
    models : sequence of CountryModel
        Of one setting, at most one per community; each ranks the pairs of its own. Several communities are pooled.

    Returns
    -------
    DataFrame
        One row per writer, the people's best first: `writer`, `n_pairs` (against other writers) and `n_users`; for each
        of `JUDGES` the expected share of wins against an average rival (``<judge>_value``, ``_low`` …), the strength in
        logits (``<judge>_strength``), and the range of its rank (``<judge>_rank_best``, ``<judge>_rank_worst``; NaN
        below ten users). `same_writer`, in every row: pairs of one writer with itself, which say nothing. All judges
        rank the same pairs. Empty where no response has a known writer.
    """
    test = scored.test_pairs
    place = {model.trained_for: model for model in models}
    where = np.flatnonzero(test["country"].isin(place))
    names = scored.utterances["model_name"].to_numpy(dtype=object)
    chosen, rejected = (names[test[side].to_numpy()[where]] for side in ("chosen", "rejected"))
    known = pd.notna(chosen) & pd.notna(rejected)
    where, chosen, rejected = where[known], chosen[known], rejected[known]
    if not where.size:
        return pd.DataFrame()
    writers, both = np.unique(np.concatenate([chosen, rejected]).astype(str), return_inverse=True)
    first, second = both[: where.size], both[where.size :]
    users, user = np.unique(test["user_id"].to_numpy(dtype=str)[where], return_inverse=True)
    gaps = test["gap"].to_numpy()[where]
    right = {"people": np.ones(where.size), "global": _right(gaps[None]), "tuned": np.full(where.size, np.nan)}
    country = test["country"].to_numpy()[where]
    for code, model in place.items():
        own = country == code
        right["tuned"][own] = _right(np.atleast_2d(model.gap)[:, where[own]])
    rankings = {
        judge: rank_writers(
            np.concatenate([first, second]),
            np.concatenate([second, first]),
            np.concatenate([share, 1 - share]),
            np.concatenate([user, user]),
            n_writers=writers.size,
            n_users=users.size,
            source=users_source(users),
            level=level,
        )
        for judge, share in right.items()
    }
    rows = [_row(str(name), i, rankings, level) for i, name in enumerate(writers)]
    table = pd.DataFrame(rows).assign(same_writer=int((first == second).sum()), level=level)
    return table.sort_values("people_value", ascending=False, kind="stable", ignore_index=True)


def _right(gap: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return how often the chosen response has the higher reward, a tie half, mean over runs."""
    return np.asarray(((gap > 0) + 0.5 * (gap == 0)).mean(axis=0))


def _row(writer: str, i: int, rankings: dict[str, Ranking], level: float) -> dict[str, Any]:
    people = rankings["people"].share[i]
    few = not enough(people.n_users)
    row: dict[str, Any] = {
        "writer": writer,
        "n_pairs": people.n_pairs,
        "n_users": people.n_users,
        "too_few_users": few,
    }
    for judge, ranking in rankings.items():
        number = ranking.share[i]
        known = number.n_users > 0
        row |= columns(f"{judge}_", estimate(number, level=level) if known else unknown(level))
        row[f"{judge}_strength"] = float(ranking.strength[i]) if known else np.nan
        best, worst = ranking.rank[i]
        row |= {f"{judge}_rank_best": np.nan if few else best, f"{judge}_rank_worst": np.nan if few else worst}
    return row
