"""Which common pairs divide two communities most: a table of texts with both models' verdicts, and its document."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from scpo.config import EvaluationConfig
from scpo.errors import InputError
from scpo.measures.community import CommunityPairs
from scpo.measures.dividing import judged_by_both
from scpo.measures.estimate import known
from scpo.results.divergence import community_pairs, load_couple_tests
from scpo.store.cache import Store
from scpo.store.scored import Scored

MOST_COMMON = 1500
"""Common pairs that both models judge: equally many of each community, together at most so many."""


class Dividing(NamedTuple):
    """The common pairs of a couple.

    Attributes
    ----------
    pairs : DataFrame
        Largest difference first: `pair_id`, `country` (of the person who chose), `user_id`, `prompt`, `chosen` and
        `rejected` (texts), `gap` of the global model in logits, `first` and `second` (gaps of both models, of mean
        square 1), `difference` (first - second), `first_right` and `second_right` (gap above 0: the model prefers what
        the person chose), `divided` (one does, one does not).
    n_judged, n_users : int
        Common pairs that both models judged, and the users behind them.
    n_flagged : int
        Judged pairs that are left out of `pairs` because one of their texts is flagged.
    """

    pairs: pd.DataFrame
    n_judged: int
    n_users: int
    n_flagged: int


def dividing_pairs(scored: Scored, first: str, second: str, config: EvaluationConfig) -> Dividing:
    """Rank the common pairs of two communities by the difference of their models' gaps.

    Raises
    ------
    InputError
        If the two are one, or one has no pairs.
    """
    if first == second:
        raise InputError(f"{first} cannot be compared with itself: name two communities")
    for name in (first, second):
        scored.dataset.check([name])
    rows = _common_rows(scored, first, second, seed=config.seed)
    gap = rows["gap"].to_numpy()
    common = CommunityPairs("common", scored.differences(rows), gap, rows["user_id"].to_numpy())
    own, other = community_pairs(scored, first), community_pairs(scored, second)
    judged = judged_by_both(own, other, scored.scores.head_weight, common)
    chosen, rejected = (scored.utterances.iloc[rows[side].to_numpy()] for side in ("chosen", "rejected"))
    right = judged.first > 0, judged.second > 0
    table = pd.DataFrame(
        {
            "pair_id": rows["pair_id"].to_numpy(),
            "country": rows["country"].to_numpy(),
            "user_id": rows["user_id"].to_numpy(),
            "prompt": chosen["prompt"].to_numpy(),
            "chosen": chosen["response"].to_numpy(),
            "rejected": rejected["response"].to_numpy(),
            "gap": gap,
            "first": judged.first,
            "second": judged.second,
            "difference": judged.difference,
            "first_right": right[0],
            "second_right": right[1],
            "divided": right[0] != right[1],
        }
    )
    flagged = chosen["flagged"].fillna(False).to_numpy(dtype=bool) | rejected["flagged"].fillna(False).to_numpy(
        dtype=bool
    )
    order = np.argsort(-np.abs(judged.difference), kind="stable")
    shown = table.iloc[order[~flagged[order]]].reset_index(drop=True)
    return Dividing(shown, len(rows), int(rows["user_id"].nunique()), int(flagged.sum()))


def _common_rows(scored: Scored, first: str, second: str, *, seed: int) -> pd.DataFrame:
    """Draw equally many pairs of both communities, in the order of the data."""
    rng = np.random.default_rng(seed)
    both = [scored.country_pairs(name) for name in sorted((first, second))]
    each = min(MOST_COMMON // 2, *(len(one) for one in both))
    return pd.concat([one.iloc[np.sort(rng.choice(len(one), size=each, replace=False))] for one in both])


def dividing_document(
    store: Store, scored: Scored, first: str, second: str, config: EvaluationConfig, *, save: bool = True
) -> dict[str, Any]:
    """Build the document of ``scpo divergence --couple A,B --json``: the couple's test, and all its pairs, ranked."""
    found = dividing_pairs(scored, first, second, config)
    p, adjusted = load_couple_tests(store, scored, seed=config.seed, save=save).of([first, second])
    return {
        "first": first,
        "second": second,
        "p": known(float(p[0, 1])),
        "holm": known(float(adjusted[0, 1])),
        "n_pairs": found.n_judged,
        "n_users": found.n_users,
        "n_flagged": found.n_flagged,
        "n_divided": int(found.pairs["divided"].sum()),
        "pairs": [
            {
                "pair_id": str(row["pair_id"]),
                "country": str(row["country"]),
                "gap": {"global": float(row["gap"]), "first": float(row["first"]), "second": float(row["second"])},
                "difference": float(row["difference"]),
                "prefers": {name: "chosen" if row[f"{name}_right"] else "rejected" for name in ("first", "second")},
                "prompt": row["prompt"],
                "chosen": row["chosen"],
                "rejected": row["rejected"],
            }
            for row in found.pairs.to_dict("records")
        ],
    }
