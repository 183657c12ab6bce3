"""All pairs of a community against the global model: how often it disagrees, how sure it is, and examples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from scpo.config import EvaluationConfig
from scpo.measures.divergence import disagreement_with_global

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


def disagreement_table(pairs: pd.DataFrame, countries: Sequence[str]) -> pd.DataFrame:
    """Return the share of all pairs of each community with gap < 0, training and test users together.

    Parameters
    ----------
    pairs : DataFrame
        `country`, `user_id`, `gap`, `p_glo`, as `Scored.pairs`.

    Returns
    -------
    DataFrame
        One row per community in the given order: `country`, `value`, `low`, `high` (95 %), `inner_low`, `inner_high`
        (80 %), `median` of p_glo, `n_pairs`, `n_users`, and `bin_0` ... with the shares of `p_glo_shares`.
    """
    rows = []
    for country in countries:
        own = pairs[pairs["country"] == country]
        wide, narrow = (
            disagreement_with_global(own["gap"].to_numpy(), own["user_id"].to_numpy(), EvaluationConfig(level=level))
            for level in (0.95, 0.80)
        )
        rows.append(
            {
                "country": country,
                "value": wide.value,
                "low": wide.low,
                "high": wide.high,
                "inner_low": narrow.low,
                "inner_high": narrow.high,
                "median": float(own["p_glo"].median()),
                "n_pairs": wide.n_pairs,
                "n_users": wide.n_users,
                **{f"bin_{i}": share for i, share in enumerate(p_glo_shares(own["p_glo"].to_numpy()))},
            }
        )
    return pd.DataFrame(rows)


def p_glo_distribution(table: pd.DataFrame, *, keep: Sequence[str]) -> pd.DataFrame:
    """Return one row per row of `disagreement_table` and bin of p_glo: `p_low`, `p_high`, `share`.

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
