"""Distances as tables: communities, couples, branches of the tree, places on the map."""

from __future__ import annotations

import pandas as pd

from dashboard.divergence.load import Distances
from dashboard.kit import text
from dashboard.kit.clicks import couple_id
from scpo.measures.geometry import outline

SURE_BRANCH = 0.7
"""A branch found in fewer of the draws is dashed."""

TRUSTED_STRESS = 0.2
"""Above this stress a map must not be trusted."""

CLOUD = 0.8
"""Share of the draws inside the outline of a cloud."""


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
        `p` and `holm` of the permutation test (over all couples of the data set; NaN: not tested), `differs` (holm
        below 5 %), `n_pairs`, `n_users`, `too_few_users`.
    """
    people = communities(distances)
    rows = []
    for row in range(1, len(people)):
        for column in range(row):
            one, other = people.iloc[row], people.iloc[column]
            first, second = distances.number(one["country"]), distances.number(other["country"])
            cell, holm = distances.found.distance[first][second], float(distances.found.holm[first, second])
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
                    "p": float(distances.found.p[first, second]),
                    "holm": holm,
                    "differs": holm < text.ALPHA and not few,
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
