"""The people of the generated sample: where they live, what they answered, and what they prefer.

Countries, survey answers and preferences are drawn independently of what anybody is like anywhere: which deviation a
country gets is a random permutation.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scpo.config import PAPER_COUNTRIES
from scpo.data.sources.sample.text import ATTRIBUTES

Floats = NDArray[np.float64]

MAJORITY_COUNTRIES: tuple[str, ...] = ("USA", "GBR")
"""Countries with many users, small deviations, and all of the common weights."""

COUNTRY_SHARE = (53 / 600, 58 / 600)
"""Smallest and largest share of the users that one of the seven countries gets."""
USA_SHARE_OF_REST = 0.55
UNKNOWN_SHARE = 0.01
"""Share of users who did not say where they live."""
INACTIVE_SHARE = 0.04
"""Share of users without conversations, in every country."""

COMMON_NORM = 2.7
"""Length of the common weights; a utility of 1 is one unit of log odds."""
HELD_SHARE = 0.55
"""Share of the common weights that each of the seven countries holds: the majorities care more for them. So the
global model is too sure of itself there: its gaps are wide where the country is less decided."""
DEVIATION_NORMS = (0.35, 0.425, 0.50, 0.575, 0.65, 0.725, 0.80)
"""Lengths of the seven countries' own tastes as multiples of `COMMON_NORM`, before they are centred."""
CLUSTER_SIZES = (3, 2, 2)
CLUSTER_SHARE = 0.7
"""Share of a squared taste that the countries of one latent cluster have in common."""
MAJORITY_NORM = 0.12
"""Length of the majorities' deviations as a multiple of `COMMON_NORM`."""
USER_SD = 0.25
"""Standard deviation of a user's own deviation, per attribute."""
OUTLIER_SHARE = 0.08
"""Share of users whose weights are reversed, or random, half of each."""

SURVEY: dict[str, tuple[tuple[str, ...], tuple[float, ...]]] = {
    "gender": (("Female", "Male", "Non-binary / third gender", "Prefer not to say"), (0.48, 0.48, 0.03, 0.01)),
    "age": (
        (
            "18-24 years old",
            "25-34 years old",
            "35-44 years old",
            "45-54 years old",
            "55-64 years old",
            "65+ years old",
        ),
        (0.20, 0.28, 0.18, 0.14, 0.12, 0.08),
    ),
    "education": (
        ("Completed Secondary School", "Vocational", "University Bachelors Degree", "Graduate / Professional degree"),
        (0.28, 0.14, 0.40, 0.18),
    ),
    "employment_status": (("Working full-time", "Working part-time", "Student", "Retired"), (0.52, 0.2, 0.18, 0.1)),
    "religion": (("No Affiliation", "Christian", "Other", "Prefer not to say"), (0.52, 0.32, 0.12, 0.04)),
    "english_proficiency": (("Native speaker", "Fluent", "Advanced"), (0.60, 0.28, 0.12)),
    "lm_frequency_use": (("Every day", "Every week", "More than once a month", "Once per month"), (0.1, 0.3, 0.3, 0.3)),
}
"""Survey answers and their shares: the same in every country, and independent of preferences."""
MISSING_SHARE = {"lm_frequency_use": 0.15}
"""Share of missing answers where it is not `MISSING_DEFAULT`."""
MISSING_DEFAULT = 0.01


class Tastes(NamedTuple):
    """Weights of the style attributes, for everybody and by country."""

    common: Floats
    """Shape (n_attributes,)."""
    deviations: dict[str, Floats]
    """Country -> its weights minus the common ones, shape (n_attributes,)."""
    clusters: dict[str, int]
    """Country -> number of its latent cluster; the majorities have one of their own."""


class Preferences(NamedTuple):
    """Weights of the style attributes, of countries and of people."""

    common: Floats
    deviations: dict[str, Floats]
    clusters: dict[str, int]
    users: Floats
    """Everybody's own weights, shape (n_users, n_attributes)."""
    outliers: list[str | None]
    """One entry per user: ``"reversed"``, ``"random"``, or None."""


def draw_people(rng: np.random.Generator, n_users: int) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """Draw countries and survey answers.

    Returns
    -------
    users : DataFrame
        Rows of USERS without `split`.
    active : array of bool, shape (n_users,)
        Whether the user has conversations.
    """
    low, high = (max(2, round(share * n_users)) for share in COUNTRY_SHARE)
    counts: dict[str | None, int] = {c: int(rng.integers(low, high + 1)) for c in PAPER_COUNTRIES}
    counts[None] = round(UNKNOWN_SHARE * n_users)
    rest = n_users - sum(counts.values())
    counts["USA"] = round(USA_SHARE_OF_REST * rest)
    counts["GBR"] = rest - counts["USA"]
    rows = [(c, i < round(INACTIVE_SHARE * n)) for c, n in counts.items() for i in range(n)]
    order = rng.permutation(n_users)
    users = pd.DataFrame(
        {
            "user_id": pd.Series([f"s-user{i}" for i in range(n_users)], dtype="str"),
            "country": pd.Series([rows[i][0] for i in order], dtype=object),
        }
    )
    for name, (answers, shares) in SURVEY.items():
        given = np.array(answers, dtype=object)[rng.choice(len(answers), n_users, p=shares)]
        given[rng.random(n_users) < MISSING_SHARE.get(name, MISSING_DEFAULT)] = None
        users[name] = pd.Series(given, dtype=object)
    return users, np.array([not rows[i][1] for i in order])


def draw_tastes(rng: np.random.Generator) -> Tastes:
    """Draw common weights and the countries' deviations."""
    k, n_clusters = len(ATTRIBUTES), len(CLUSTER_SIZES)
    common = rng.permuted(np.where(np.arange(k) % 2, -1.0, 1.0)) * rng.permuted(np.linspace(0.6, 1.4, k))
    common *= COMMON_NORM / np.linalg.norm(common)
    # Columns after the first are orthogonal to the common weights: a deviation is another taste, not a weaker one.
    basis = np.linalg.qr(np.column_stack([common, rng.normal(size=(k, k - 1))]))[0].T[1:]
    cluster = np.repeat(np.arange(n_clusters), CLUSTER_SIZES)
    own = rng.normal(size=(len(PAPER_COUNTRIES), k - 1 - n_clusters)) @ basis[n_clusters:]
    own /= np.linalg.norm(own, axis=1, keepdims=True)
    direction = np.sqrt(CLUSTER_SHARE) * basis[cluster] + np.sqrt(1 - CLUSTER_SHARE) * own
    deviation = COMMON_NORM * rng.permuted(np.array(DEVIATION_NORMS))[:, None] * direction
    deviation -= deviation.mean(axis=0) + (1 - HELD_SHARE) * common
    order = rng.permutation(len(PAPER_COUNTRIES))
    deviations = {c: deviation[i] for c, i in zip(PAPER_COUNTRIES, order, strict=True)}
    clusters = {c: int(cluster[i]) for c, i in zip(PAPER_COUNTRIES, order, strict=True)}
    for c in MAJORITY_COUNTRIES:
        step = rng.normal(size=k)
        deviations[c] = COMMON_NORM * MAJORITY_NORM * step / np.linalg.norm(step)
        clusters[c] = len(CLUSTER_SIZES)
    return Tastes(common, deviations, clusters)


def draw_preferences(rng: np.random.Generator, country: list[str | None]) -> Preferences:
    """Draw common weights, the countries' deviations and everybody's own weights; `country` has one entry per user."""
    tastes = draw_tastes(rng)
    common, deviations, k = tastes.common, tastes.deviations, len(ATTRIBUTES)
    users = common + rng.normal(scale=USER_SD, size=(len(country), k))
    users += np.array([deviations[c] if c is not None else np.zeros(k) for c in country])
    outliers: list[str | None] = [None] * len(country)
    for number, i in enumerate(rng.permutation(len(country))[: round(OUTLIER_SHARE * len(country))]):
        kind = "reversed" if number % 2 == 0 else "random"
        weights = -users[i] if kind == "reversed" else rng.normal(size=k)
        users[i] = COMMON_NORM * weights / np.linalg.norm(weights)
        outliers[i] = kind
    return Preferences(*tastes, users, outliers)
