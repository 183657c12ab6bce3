"""Distances between communities for the page: loaded once, and as tables of couples, communities and branches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard.frame import load as data
from dashboard.frame.state import Selection, couple_id
from dashboard.kit import text
from scpo.config import EvaluationConfig
from scpo.data.countries import display_name
from scpo.measures.divergence import disagreement_with_global

MOST_KEPT = 8
"""Distances of so many selections are kept in memory; the oldest go first."""

SURE_BRANCH = 0.7
"""A branch found in fewer of the draws is dashed."""

TRUSTED_STRESS = 0.2
"""Above this stress a map must not be trusted."""

CLOUD = 0.8
"""Share of the draws inside the outline of a cloud."""

BINS = 20
"""Bars of the distribution of p_glo over [0, 1]; an even number, so that one ends at 0.5."""


@dataclass(frozen=True, eq=False)
class Distances:
    """Distances with their layout. Communities are in the order of the rows: those of the tree, then the others."""

    found: Any
    """`scpo.measures.divergence.Divergence`."""

    names: dict[str, str]
    """Name of each community for a reader."""

    order: tuple[str, ...]
    laid: tuple[str, ...]
    """Communities of the tree and of the map, in the order of their leaf numbers."""

    tree: Any | None
    plane: Any | None

    def number(self, country: str) -> int:
        """Return the place of a community in `found`."""
        return int(self.found.countries.index(country))


def load(selection: Selection, on_progress: Callable[[int, int], None]) -> Distances:
    """Return the distances between all communities with enough users; computed if nobody has asked before.

    They do not depend on the countries of the sidebar: these are marked, so that the order stays as it is.
    """
    kept = _kept()
    key = (selection.dataset, selection.model, selection.fingerprint, selection.level)
    if key not in kept:
        found = data.results.load_divergence(
            data.results.open_store(),
            data.load_scored(selection),
            EvaluationConfig(level=selection.level),
            on_progress=on_progress,
            save=not data.is_read_only(),
        )
        for old in list(kept)[: max(0, len(kept) - MOST_KEPT + 1)]:
            kept.pop(old, None)
        by_country = data.list_datasets()[selection.dataset].group == "country"
        kept[key] = arranged(found, data.results.layout(found), display_name if by_country else str)
    return kept[key]


@st.cache_resource(show_spinner=False)
def _kept() -> dict[tuple, Distances]:
    return {}


def arranged(found: Any, layout: tuple | None, name: Callable[[str], str]) -> Distances:
    """Put distances and layout together."""
    names = {country: name(country) for country in found.countries}
    if layout is None:
        return Distances(found, names, tuple(sorted(names, key=names.__getitem__)), (), None, None)
    laid, tree, plane = layout
    placed = [laid[leaf] for leaf in tree.order]
    rest = sorted((c for c in names if c not in set(placed)), key=names.__getitem__)
    return Distances(found, names, (*placed, *rest), tuple(laid), tree, plane)


def communities(distances: Distances) -> pd.DataFrame:
    """Return one row per community, in the order of the rows: users, pairs, and the noise floor."""
    rows = []
    for place, country in enumerate(distances.order):
        number = distances.number(country)
        floor, n_users = distances.found.noise_floor[number], distances.found.n_users[number]
        rows.append(
            {
                "country": country,
                "name": distances.names[country],
                "place": place,
                "in_tree": country in distances.laid,
                "floor_value": floor.value,
                "floor_low": floor.low,
                "floor_high": floor.high,
                "n_pairs": floor.n_pairs,
                "n_users": n_users,
                "too_few_users": n_users < text.FEW_USERS,
            }
        )
    return pd.DataFrame(rows)


def couples(distances: Distances) -> pd.DataFrame:
    """Return one row per couple of communities.

    Returns
    -------
    DataFrame
        `couple`, `first`, `second` and their names (the later row first), `row` and `column` in the lower triangle,
        `value`, `low`, `high` (negative: no difference found), `floor` (the higher upper end of both noise floors),
        `beyond` (low > floor), `n_pairs`, `n_users`, `too_few_users`.
    """
    people = communities(distances)
    rows = []
    for row in range(1, len(people)):
        for column in range(row):
            one, other = people.iloc[row], people.iloc[column]
            cell = distances.found.distance[distances.number(one["country"])][distances.number(other["country"])]
            floor = max(one["floor_high"], other["floor_high"])
            few = bool(one["too_few_users"] or other["too_few_users"])
            rows.append(
                {
                    "couple": couple_id(one["country"], other["country"]),
                    "first": one["country"],
                    "second": other["country"],
                    "first_name": one["name"],
                    "second_name": other["name"],
                    "row": row,
                    "column": column,
                    "value": cell.value,
                    "low": cell.low,
                    "high": cell.high,
                    "floor": floor,
                    "beyond": bool(cell.low > floor) and not few,
                    "n_pairs": cell.n_pairs,
                    "n_users": cell.n_users,
                    "too_few_users": few,
                }
            )
    return pd.DataFrame(rows)


def branches(distances: Distances) -> pd.DataFrame:
    """Return four corners per branching of the tree: `branch`, `corner`, `depth` (distance), `place` (row).

    Also `support`, `sure` (support of at least `SURE_BRANCH`), `members` as names.
    """
    if distances.tree is None:
        return pd.DataFrame(columns=["branch", "corner", "depth", "place", "support", "sure", "members"])
    n = len(distances.laid)
    place = {leaf: float(row) for row, leaf in enumerate(distances.tree.order)}
    depth = dict.fromkeys(range(n), 0.0)
    members = {leaf: [distances.names[distances.laid[leaf]]] for leaf in range(n)}
    rows = []
    for step, (one, other, height, _) in enumerate(distances.tree.linkage):
        first, second, new = int(one), int(other), n + step
        place[new], depth[new] = (place[first] + place[second]) / 2, float(height)
        members[new] = members[first] + members[second]
        corners = [(depth[first], first), (depth[new], first), (depth[new], second), (depth[second], second)]
        rows += [
            {
                "branch": step,
                "corner": corner,
                "depth": at,
                "place": place[child],
                "support": float(distances.tree.support[step]),
                "sure": bool(distances.tree.support[step] >= SURE_BRANCH),
                "members": text.listed(sorted(members[new]), most=12),
            }
            for corner, (at, child) in enumerate(corners)
        ]
    return pd.DataFrame(rows)


def map_points(distances: Distances) -> pd.DataFrame:
    """Return one row per community of the map: `country`, `name`, `x`, `y`, `n_users`, `too_few_users`."""
    if distances.plane is None:
        return pd.DataFrame(columns=["country", "name", "x", "y", "n_users", "n_pairs", "too_few_users"])
    people = communities(distances).set_index("country")
    points = pd.DataFrame(
        {"country": distances.laid, "x": distances.plane.points[:, 0], "y": distances.plane.points[:, 1]}
    )
    return points.join(people[["name", "n_users", "n_pairs", "too_few_users"]], on="country")


def map_clouds(distances: Distances) -> pd.DataFrame:
    """Return the corners of the outlines of all clouds: `country`, `corner`, `x`, `y`."""
    clouds = None if distances.plane is None else distances.plane.clouds
    if clouds is None or len(clouds) < 3:
        return pd.DataFrame(columns=["country", "corner", "x", "y"])
    parts = []
    for number, country in enumerate(distances.laid):
        line = outline(clouds[:, number, :], share=CLOUD)
        parts.append(pd.DataFrame({"country": country, "corner": range(len(line)), "x": line[:, 0], "y": line[:, 1]}))
    return pd.concat(parts, ignore_index=True)


def outline(points: NDArray[np.float64], *, share: float, corners: int = 48) -> NDArray[np.float64]:
    """Return the ellipse of the points' covariance that holds a share of them, shape (corners, 2)."""
    centre = points.mean(axis=0)
    moved = points - centre
    values, vectors = np.linalg.eigh(np.cov(moved.T))
    size = np.sqrt(np.maximum(values, 1e-12))
    reach = float(np.quantile(np.linalg.norm((moved @ vectors) / size, axis=1), share))
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    return np.asarray(centre + reach * (circle * size) @ vectors.T)


def load_to_global(selection: Selection, countries: Sequence[str]) -> pd.DataFrame:
    """Return the global model's disagreement per community, see `to_global`."""
    return _to_global(selection.dataset, selection.model, selection.fingerprint, tuple(countries))


@st.cache_data(max_entries=8, show_spinner="Computing intervals over users …")
def _to_global(dataset: str, model: str, fingerprint: str, countries: tuple[str, ...]) -> pd.DataFrame:
    scored = data.load_scored(Selection(dataset, model, fingerprint=fingerprint))
    by_country = data.list_datasets()[dataset].group == "country"
    return to_global(scored.pairs, countries, display_name if by_country else str)


def to_global(pairs: pd.DataFrame, countries: Sequence[str], name: Callable[[str], str]) -> pd.DataFrame:
    """Return the share of all pairs of a community with gap < 0, with 95 % and 80 % (`inner_`) intervals."""
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
                "name": name(country),
                "value": wide.value,
                "low": wide.low,
                "high": wide.high,
                "inner_low": narrow.low,
                "inner_high": narrow.high,
                "median": float(own["p_glo"].median()),
                "n_pairs": wide.n_pairs,
                "n_users": wide.n_users,
                "too_few_users": wide.n_users < text.FEW_USERS,
                **{f"bin_{i}": share for i, share in enumerate(_shares(own["p_glo"].to_numpy()))},
            }
        )
    table = pd.DataFrame(rows)
    return table.sort_values(["too_few_users", "value"], ascending=[True, False], ignore_index=True)


def _shares(p_glo: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of pairs in each bin of [0, 1]; a pair at 0.5 counts to the right."""
    counts, _ = np.histogram(p_glo, bins=BINS, range=(0.0, 1.0))
    return counts / max(1, p_glo.size)


def distribution(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per community and bin of p_glo: `p_low`, `p_high`, `share`."""
    parts = [
        table[["country", "name", "n_pairs", "n_users", "too_few_users"]].assign(
            p_low=i / BINS, p_high=(i + 1) / BINS, share=table[f"bin_{i}"]
        )
        for i in range(BINS)
    ]
    return pd.concat(parts, ignore_index=True)


def load_examples(selection: Selection, country: str, *, most: int = 3) -> pd.DataFrame:
    """Return pairs of one community on which the global model disagrees most, see `examples`."""
    scored = data.load_scored(selection)
    return examples(scored.pairs, scored.utterances, country, most=most)


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
