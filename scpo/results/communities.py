"""Communities: who they are, and how the global model does on each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from scpo.config import EvaluationConfig
from scpo.data.countries import display_name
from scpo.measures.estimate import columns, estimate, unknown
from scpo.store.scored import Scored


def community_name(scored: Scored, community: str) -> str:
    """Return the name of a community for a reader: a country's, or the group's own."""
    return display_name(community) if scored.info.group == "country" else community


def country_table(scored: Scored, config: EvaluationConfig) -> pd.DataFrame:
    """Describe every community: users, pairs, and how often the global model ranks its test pairs as its users did.

    Returns
    -------
    DataFrame
        One row per community, by name: `country`, `name`, counts of users and pairs per split, the global model's
        all-country accuracy (see `scpo.measures.estimate.columns`) and `level`, and the same of the share of test
        pairs with gap < 0 after `disagree_`. NaN for a community without test pairs.
    """
    evaluation, rows = scored.evaluation(config), []
    for country, pairs in scored.pairs.groupby("country"):
        train, test = pairs[pairs["split"] == "train"], pairs[pairs["split"] == "test"]
        agree = disagree = unknown(config.level)
        if len(test):
            agree = estimate(evaluation.accuracy(evaluation.global_gap, str(country)), level=config.level)
            disagree = estimate(evaluation.accuracy(-evaluation.global_gap, str(country)), level=config.level)
        rows.append(
            {
                "country": country,
                "name": community_name(scored, str(country)),
                "train_users": train["user_id"].nunique(),
                "test_users": test["user_id"].nunique(),
                "train_pairs": len(train),
                "test_pairs": len(test),
                **columns("", agree),
                "level": config.level,
                **columns("disagree_", disagree),
            }
        )
    table = pd.DataFrame(rows)
    return table.sort_values("name", ignore_index=True) if len(table) else table


def shared_countries(of_settings: Iterable[Iterable[str]], shown: Sequence[str]) -> list[str]:
    """Return the countries over which means are comparable: those that settings share, while a study still runs.

    Parameters
    ----------
    of_settings : iterable of iterables of str
        For each setting the countries it has a model for.
    shown : sequence of str
        All countries that are looked at.

    Returns
    -------
    list of str
        What the settings with more than half of the shown countries have in common. A setting with fewer, such as one
        odd run, has no mean rather than taking everybody's.
    """
    found = set(shown)
    for mine in map(set, of_settings):
        if 2 * len(mine & set(shown)) > len(shown):
            found &= mine
    return [country for country in shown if country in found]
