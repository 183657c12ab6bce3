"""How far apart the communities of a data set are: computed once, kept by its causes, laid out as tree and map."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from scpo.config import EvaluationConfig, content_key
from scpo.errors import InputError
from scpo.measures.community import CommunityPairs
from scpo.measures.divergence import Divergence, divergence
from scpo.measures.divergence_fit import FEWEST_FOR_INTERVAL
from scpo.measures.families import TOO_FEW_USERS
from scpo.measures.geometry import Map, Tree, draws_of, plane, tree
from scpo.measures.permutation import CoupleTests, couple_tests
from scpo.store.cache import Store
from scpo.store.scored import Scored

DIVERGENCE_ALGORITHM_VERSION = 2
DRAWS = 200


def divergence_communities(scored: Scored) -> list[str]:
    """Return the communities with enough users for a distance with interval, sorted."""
    return _with_users(scored, FEWEST_FOR_INTERVAL)


def _with_users(scored: Scored, least: int) -> list[str]:
    pairs = scored.pairs.dropna(subset=["country"])
    users = pairs.groupby("country")["user_id"].nunique()
    return sorted(str(country) for country in users.index[users >= least])


def community_pairs(scored: Scored, country: str) -> CommunityPairs:
    """Return all pairs of a community as the measures want them."""
    own = scored.country_pairs(country)
    return CommunityPairs(country, scored.differences(own), own["gap"].to_numpy(), own["user_id"].to_numpy())


def divergence_key(scored: Scored, config: EvaluationConfig, countries: Sequence[str]) -> str:
    """Name a divergence by its causes."""
    causes = {
        "algorithm_version": DIVERGENCE_ALGORITHM_VERSION,
        "scored": scored.key,
        "level": config.level,
        "resamples": config.resamples,
        "seed": config.seed,
        "countries": list(countries),
    }
    return content_key("divergence", causes)


def load_couple_tests(
    store: Store,
    scored: Scored,
    *,
    seed: int = 0,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    save: bool = True,
) -> CoupleTests:
    """Read or compute the permutation tests of all couples of communities with at least ten users.

    The family is that of the data set, whatever is looked at, so no selection changes a verdict.
    """

    def computed() -> dict[str, Any]:
        family = [community_pairs(scored, country) for country in _with_users(scored, TOO_FEW_USERS)]
        return couple_tests(family, scored.scores.head_weight, seed=seed, on_progress=on_progress).to_json()

    causes = {"algorithm_version": DIVERGENCE_ALGORITHM_VERSION, "scored": scored.key, "seed": seed}
    key = content_key("couple_tests", causes)
    return CoupleTests.from_json(store.kept("divergences", key, computed, file="tests.json", save=save))


def load_divergence(
    store: Store,
    scored: Scored,
    config: EvaluationConfig,
    *,
    countries: Sequence[str] | None = None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    save: bool = True,
) -> Divergence:
    """Read or compute the distances between communities, from the pairs of all their users.

    Parameters
    ----------
    countries : sequence of str, optional
        Two or more; by default those with at least eight users, and all if fewer than two have so many. The tests are
        those of `load_couple_tests` and adjusted over its family, whichever are named.
    on_progress : callable
        Told how many steps are done, of how many: one for each community and each couple of the family.

    Raises
    ------
    InputError
        If there are fewer than two communities, or a named one has no pairs.
    """
    there = scored.dataset.countries
    scored.dataset.check(sorted(set(countries or ())))
    enough = divergence_communities(scored)
    chosen = sorted(countries) if countries else enough if len(enough) > 1 else there
    if len(chosen) < 2:
        raise InputError(f"{scored.info.name}: a divergence needs two communities with pairs")

    n_tests = math.comb(len(_with_users(scored, TOO_FEW_USERS)), 2)
    total = len(chosen) + n_tests

    def computed() -> dict[str, Any]:
        communities = [community_pairs(scored, country) for country in chosen]
        tests = load_couple_tests(
            store, scored, seed=config.seed, on_progress=lambda done, _: on_progress(done, total), save=save
        )
        found = divergence(
            communities,
            scored.scores.head_weight,
            config=config,
            tests=tests,
            on_progress=lambda done, _: on_progress(n_tests + done, total),
        )
        return found.to_json()

    return Divergence.from_json(store.kept("divergences", divergence_key(scored, config, chosen), computed, save=save))


def layout(found: Divergence, *, draws: int = DRAWS) -> tuple[list[str], Tree, Map] | None:
    """Lay the communities that have all distances out as a tree and a map; None with fewer than two.

    Returns
    -------
    list of str, Tree, Map
        The communities left are those of the tree's leaf numbers and of the map's rows.
    """
    value, low, high = (found.cells(name) for name in ("value", "low", "high"))
    kept = list(range(len(found.countries)))
    while kept and not np.isfinite(value[np.ix_(kept, kept)]).all():
        broken = (~np.isfinite(value[np.ix_(kept, kept)])).sum(axis=1)
        kept.pop(int(broken.argmax()))
    if len(kept) < 2:
        return None
    cells = np.ix_(kept, kept)
    drawn = draws_of(
        np.maximum(value[cells], 0), low[cells], high[cells], level=found.distance[0][0].level, n=draws, seed=0
    )
    return [found.countries[i] for i in kept], tree(value[cells], drawn), plane(value[cells], drawn)


def divergence_document(found: Divergence) -> dict[str, Any]:
    """Build the document of ``scpo divergence --json``: the contract, the tree's order, branches and the map."""
    laid = layout(found)
    if laid is None:
        return found.to_json() | {"order": [], "branches": [], "map": None}
    names, grown, flat = laid
    leaves: list[list[str]] = [[name] for name in names]
    branches = []
    for (first, second, height, _), support in zip(grown.linkage, grown.support, strict=True):
        leaves.append(sorted(leaves[int(first)] + leaves[int(second)]))
        branches.append({"countries": leaves[-1], "distance": float(height), "support": float(support)})
    points = {name: [float(x), float(y)] for name, (x, y) in zip(names, flat.points, strict=True)}
    return found.to_json() | {
        "order": [names[i] for i in grown.order],
        "branches": branches,
        "map": {"points": points, "stress": flat.stress},
    }
