"""All pairs of a community against the global model: how often it disagrees, how sure it is, and examples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from scpo.config import EvaluationConfig
from scpo.measures.divergence import disagreement_with_global
from scpo.measures.estimate import columns
from scpo.measures.families import TOO_FEW_USERS
from scpo.results.communities import community_name
from scpo.store.scored import Scored

BINS = 20
"""Bins of the distribution of p_glo over [0, 1]; an even number, so that one ends at 0.5."""


def p_glo_shares(p_glo: ArrayLike, *, bins: int = BINS) -> NDArray[np.float64]:
    """Return the share of pairs in each bin of [0, 1]; a pair on an edge counts to the right.

    Parameters
    ----------
    p_glo : array_like, shape (n_pairs,), in [0, 1]
        The global model's probability for what the person chose.

    Returns
    -------
    ndarray, shape (bins,), in [0, 1]
        Adds up to 1; all 0 without pairs.
    """
    values = np.asarray(p_glo, dtype=np.float64)
    counts, _ = np.histogram(values, bins=bins, range=(0.0, 1.0))
    return counts / max(1, values.size)


def to_global_table(scored: Scored, countries: Sequence[str], config: EvaluationConfig) -> pd.DataFrame:
    """Return how often the global model disagrees with each community, over all its pairs.

    Returns
    -------
    DataFrame
        One row per community, the largest share first, those with too few users last: `country`, `name`; the share of
        pairs with gap < 0 as by `scpo.measures.estimate.columns`, and `level`; `median` of p_glo; `too_few_users`; and
        the shares of `p_glo_shares` as `bin_0` to `bin_19`.
    """
    rows = []
    for country in countries:
        own = scored.country_pairs(country)
        found = disagreement_with_global(own["gap"].to_numpy(), own["user_id"].to_numpy(), config)
        rows.append(
            {
                "country": country,
                "name": community_name(scored, country),
                **columns("", found),
                "level": config.level,
                "median": float(own["p_glo"].median()),
                "too_few_users": own["user_id"].nunique() < TOO_FEW_USERS,
                **{f"bin_{i}": share for i, share in enumerate(p_glo_shares(own["p_glo"].to_numpy()))},
            }
        )
    table = pd.DataFrame(rows)
    return table.sort_values(["too_few_users", "value"], ascending=[True, False], ignore_index=True)


def p_glo_distribution(table: pd.DataFrame, *, keep: Sequence[str]) -> pd.DataFrame:
    """Return one row per row of `to_global_table` and bin of p_glo: `p_low`, `p_high`, `share`.

    Parameters
    ----------
    keep : sequence of str
        Further columns of the table that each row keeps.
    """
    parts = [
        table[list(keep)].assign(p_low=i / BINS, p_high=(i + 1) / BINS, share=table[f"bin_{i}"]) for i in range(BINS)
    ]
    return pd.concat(parts, ignore_index=True)


def examples(pairs: pd.DataFrame, utterances: pd.DataFrame, country: str, *, most: int = 3) -> pd.DataFrame:
    """Return the pairs of a community with the most negative gap, one per person, without flagged texts.

    Common prompts of two communities are too rare to show the same prompt twice, so each community speaks for itself.

    Returns
    -------
    DataFrame
        `pair_id`, `prompt`, `chosen`, `rejected` (texts), `gap`, `p_glo`; most negative gap first.
    """
    own = pairs[(pairs["country"] == country) & (pairs["gap"] < 0)].sort_values("gap", kind="stable")
    flagged = utterances["flagged"].fillna(False).to_numpy(dtype=bool)
    own = own[~flagged[own["chosen"].to_numpy()] & ~flagged[own["rejected"].to_numpy()]]
    own = own.drop_duplicates("user_id").head(most)
    chosen, rejected = (utterances.iloc[own[side].to_numpy()] for side in ("chosen", "rejected"))
    return pd.DataFrame(
        {
            "pair_id": own["pair_id"].to_numpy(),
            "prompt": chosen["prompt"].to_numpy(),
            "chosen": chosen["response"].to_numpy(),
            "rejected": rejected["response"].to_numpy(),
            "gap": own["gap"].to_numpy(),
            "p_glo": own["p_glo"].to_numpy(),
        }
    )
