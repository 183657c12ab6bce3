"""What and where a community's preferences differ from the global model, from texts, facets and topics."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from scpo.config import EvaluationConfig
from scpo.measures.estimate import columns
from scpo.measures.text_features import LABELS, prompt_topics, response_features
from scpo.measures.what_differs import facet_shares, preference_coefficients
from scpo.store.scored import Scored

FEWEST_SHARE = 0.02
"""A model family counts as a feature if it wrote at least this share of the community's responses."""

NOT_FACETS = frozenset({"pair_id", "user_id", "country", "interaction_id", "chosen", "rejected", "margin", "split"})
MOST_VALUES = 12
"""A column with more values is no facet."""

FEWEST_PAIRS = 20
"""A part of a facet with fewer pairs is not shown."""

FACET_COLUMNS = (
    "facet", "value", "label", "disagreement", "difference", "low", "high", "inner_low", "inner_high", "p", "holm",
    "n_pairs", "n_users",
)  # fmt: skip


def what_differs(scored: Scored, country: str, config: EvaluationConfig) -> pd.DataFrame:
    """Return which countable features of responses a community wants more, or less, than the global model.

    Returns
    -------
    DataFrame
        One row per feature, largest |coefficient / standard error| first: `feature`, `label`, `per` (the unit),
        `coefficient` (logits per unit, 0: as the global model) with ends and counts as by
        `scpo.measures.estimate.columns`, `p`, `holm`, `adjusted` (others held), `n_different` and
        `n_users_different` (pairs and users that have the feature); and, the same in each row, `slope` of the global
        model's gap without any feature (1: as sure as it should be) with `slope_low` and `slope_high`.

    Raises
    ------
    InputError
        If the community has no pairs.
    """
    pairs = _pairs_of(scored, country)
    rows = np.unique(pairs[["chosen", "rejected"]].to_numpy())
    texts = scored.utterances.iloc[rows]
    features = response_features(texts["response"].tolist())
    labels = dict(LABELS)
    families = texts["model_name"].map(model_family)
    shares = families.value_counts() / len(texts)
    for family in sorted(shares.index[(shares >= FEWEST_SHARE) & (shares < 1)]):
        features[f"model:{family}"] = (families == family).to_numpy(dtype=float)
        labels[f"model:{family}"] = (f"Written by {family}", "response of this family")
    place = pd.Series(np.arange(len(rows)), index=rows)
    values = features.to_numpy()
    difference = values[place[pairs["chosen"]].to_numpy()] - values[place[pairs["rejected"]].to_numpy()]
    found = preference_coefficients(
        list(features.columns), difference, pairs["gap"].to_numpy(), pairs["user_id"].to_numpy(), level=config.level
    )
    listed = [
        {
            "feature": one.feature,
            "label": labels[one.feature][0],
            "per": labels[one.feature][1],
            **columns("", one.alone),
            "p": one.alone.p,
            "holm": one.holm,
            "adjusted": one.adjusted,
            "n_different": one.n_different,
            "n_users_different": one.n_users_different,
            "slope": found.slope.value,
            "slope_low": found.slope.low,
            "slope_high": found.slope.high,
        }
        for one in found.coefficients
    ]
    table = pd.DataFrame(listed).rename(columns={"value": "coefficient"})
    strength = (table["coefficient"] / (table["high"] - table["low"])).abs()
    return table.loc[strength.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)


def where_it_differs(scored: Scored, country: str, config: EvaluationConfig) -> pd.DataFrame:
    """Return in which conversations and topics the global model disagrees most with a community.

    Returns
    -------
    DataFrame
        One row per part of each facet: `facet`, `value`, `label`, `disagreement` (share of pairs with gap < 0),
        `difference` to the community's other pairs with ends and counts as by `scpo.measures.estimate.columns`, `p`
        and `holm` (within the facet). Parts with fewer than 20 pairs are left out.
    """
    pairs = _pairs_of(scored, country)
    prompts = scored.utterances["prompt"].to_numpy()
    facets = {"topic": prompt_topics_of(scored).to_numpy()[pairs["chosen"].to_numpy()]} if len(prompts) else {}
    for name in pairs.columns:
        if name not in NOT_FACETS | {"gap", "p_glo"} and 1 < pairs[name].nunique() <= MOST_VALUES:
            facets[str(name)] = pairs[name].astype(object).where(pairs[name].notna(), None).to_numpy()
    rows = [
        {
            "facet": facet,
            "label": one.part.replace("_", " "),
            "disagreement": one.disagreement,
            **columns("", one.difference),
            "difference": one.difference.value,
            "value": one.part,
            "p": one.difference.p,
            "holm": one.holm,
        }
        for facet, part in facets.items()
        for one in facet_shares(part, pairs["gap"].to_numpy(), pairs["user_id"].to_numpy(), level=config.level)
        if one.difference.n_pairs >= FEWEST_PAIRS
    ]
    table = pd.DataFrame(rows, columns=FACET_COLUMNS)
    return table.sort_values(["facet", "difference"], ascending=[True, False], kind="stable", ignore_index=True)


def model_family(name: str | None) -> str | None:
    """Return the family of a model's name: ``gpt`` of ``gpt-4-turbo``, ``llama`` of ``meta-llama/Llama-2-7b``."""
    if not isinstance(name, str) or not name:
        return None
    last = name.rsplit("/", 1)[-1].lower()
    letters = "".join(c if c.isalpha() else " " for c in last).split()
    return letters[0] if letters else last


@lru_cache(maxsize=4)
def _topics(key: str, prompts: tuple[str, ...]) -> pd.Series:
    return prompt_topics(prompts)


def prompt_topics_of(scored: Scored) -> pd.Series:
    """Return the topic of every response's prompt; computed once per data set and process."""
    return _topics(scored.key, tuple(scored.utterances["prompt"]))


def _pairs_of(scored: Scored, country: str) -> pd.DataFrame:
    scored.dataset.check([country])
    return scored.country_pairs(country)
