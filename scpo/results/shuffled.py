"""A country's training pairs after its users have exchanged their judgements, as previews and sheets need them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from scpo.config import ObjectiveConfig, RunConfig
from scpo.method.heads import PreferenceFeatures
from scpo.method.objective import select
from scpo.method.preview import Preview, preview
from scpo.method.shuffling import exchanged_labels, turned_features
from scpo.methods import METHODS
from scpo.store.scored import Scored, with_exchanged_labels

if TYPE_CHECKING:
    from scpo.results.preview import Previewer


def shuffled_features(scored: Scored, country: str, features: PreferenceFeatures, *, seed: int) -> PreferenceFeatures:
    """Return the features of a country's training pairs after an exchange of judgements."""
    own = scored.country_pairs(country, "train")
    return turned_features(features, exchanged_labels(own["gap"], own["user_id"], seed=seed))


def by_judgements(
    previewer: Previewer, country: str, asked: Sequence[ObjectiveConfig], *, ridge: float, seed: int
) -> list[Preview]:
    """Fit settings to a country's own judgements, and those that want them exchanged to exchanged ones."""
    exchanged = [one for one in asked if METHODS[one.method].relabels]
    own = previewer.preview(country, [one for one in asked if one not in exchanged], ridge=ridge, seed=seed)
    if not exchanged:
        return [own]
    features = shuffled_features(previewer.scored, country, previewer.features(country), seed=seed)
    return [own, preview(features, exchanged, ridge=ridge, seed=seed)]


def n_kept_of_shuffled(scored: Scored, config: RunConfig) -> int:
    """Return the training pairs that a run of `shuffled` keeps: that depends on whose judgements a user gets."""
    exchanged = with_exchanged_labels(scored.country_pairs(config.country, "train"), seed=config.seed)
    return select(exchanged["gap"].to_numpy(), config.objective, seed=config.seed).n_kept
