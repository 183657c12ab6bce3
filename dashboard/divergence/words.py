"""Divergence in sentences written from the data."""

from __future__ import annotations

import pandas as pd

from dashboard.divergence.charts.triangle import distance_words, floor_words
from dashboard.divergence.tables import CLOUD, SURE_BRANCH, TRUSTED_STRESS
from dashboard.kit import text
from scpo.definitions import LOWER_BOUND

HOW = {
    "distance": "**Distance** of two communities: a last-layer preference model is fitted to each around the global "
    "model's head; both judge the same common pairs of responses. The distance is the angle between their gaps, "
    "δ = arccos(ρ) / π. For gaps that are jointly normal it is the share of common pairs that the two models order the "
    "other way round: 10 % are about ten of a hundred pairs; unrelated tastes are 50 % apart. ρ is corrected for the "
    "few users behind each model by splitting each community's users into halves, so that no product holds the same "
    "user twice (Spearman 1904). Two samples of one population then lie around 0, on either side of it; an estimate "
    "below 0 means **no difference found** and is shown as ≈ 0. "
    f"**A lower bound**: {LOWER_BOUND}.",
    "jackknife": "**Intervals** of distances are approximate: delete-a-group jackknife over users, variances of both "
    "communities added, t interval on the scale of ρ. Ends below 0 are shown as 0; the CSV file has them as they are.",
    "noise_floor": "**Noise floor** (diagonal, upper end): the same distance between two random halves of one "
    "community, over random halvings. Halves have half the users, so the floor is on the cautious side. It is a "
    "picture of what chance makes, not the test.",
    "test": "**Bold: the two differ**, p after Holm below 0.05; all other cells are faded. p comes from dealing the "
    "users of both communities anew to two communities of the same sizes, thousands of times, and counting how "
    "often their models are at least as far apart. Holm's correction is over all couples of communities with at "
    "least ten users in the data set, whatever is selected. Faded does not mean alike: no difference was "
    "shown with so many users.",
    "tree": "**Tree**: average linkage, neighbours as close as possible (optimal leaf ordering, Bar-Joseph et al. "
    "2001); the triangle has its order. The small number at a branching is its support: the percentage of draws whose "
    f"tree has a branch with exactly these communities; below {100 * SURE_BRANCH:.0f} % it is dashed. Draws vary "
    "every cell within its interval, independently of the others, so support is a cautious guide, no test.",
    "few_users": "**Grey**: fewer than ten users in one of the communities. Communities with fewer than eight users "
    "have no distance and are not shown.",
    "to_global": "**Disagreement**: share of all pairs of a community, training and test users together, on which the "
    "global model prefers the response that the person rejected (gap below 0; ties do not count). The Brief shows the "
    "same for test users alone. Where the global model was trained on people of a community, it disagrees with them "
    "less for that reason too.",
    "users": "**Intervals** come from resampling *users*: pairs of one person stand or fall together.",
    "p_glo_spread": "**p_glo** = 1 / (1 + exp(−gap)): the global model's probability for what the person chose. "
    "Left of 0.5, coloured, it disagrees; the coloured area is the share in the dots. Areas of all communities are "
    "equal. The "
    "triangle is the median. These are counts of pairs, not estimates, so they have no interval.",
    "map": "**Map**: classical multidimensional scaling (Torgerson 1952) of the distances; axes have no meaning, only "
    "distances on the paper have. Names without room are left out; tooltips and the table have them. "
    f"Outlines hold {100 * CLOUD:.0f} % of the maps of draws within the intervals, turned "
    f"onto this one. **Stress-1** is the relative misfit: below 0.1 good, above {TRUSTED_STRESS:g} not to be trusted.",
    "world": "**World map**: where the communities are, nothing else; no number is drawn on it. Borders: United "
    "Nations geodata as prepared by plotly.js (MIT licence); they state no position on the status of any territory.",
    "dividing": "One model is fitted to all pairs of each community; both judge the same common pairs, equally many of "
    "each. Gaps of each model are divided by their root mean square. The list has the pairs in which the two models "
    "prefer different responses, the largest difference of gaps first. Each model has seen the choices of its own "
    "people. These are the extremes of two fitted models, no test and no average.",
    "features": "**Coefficient**: a Bradley-Terry model, P(chosen) = σ(κ · gap + β · difference of the feature), "
    "fitted to all pairs of the community. β is in logits per unit of the "
    "feature: 0 where the global model has it right already; above 0 the people chose more of it than the global model "
    "expects. Each feature stands alone; the table also has β with all others held. **κ** is estimated too: "
    "1 if the global model is as sure as it should be, below 1 if it is too sure; shown without any feature. "
    "Features are counts of words, nothing else is known about a response. Units differ, so sizes of two rows "
    "cannot be compared.",
    "cluster": "**Intervals and p** use sandwich variances clustered by user and a t distribution. **Filled**: differs "
    "from 0 at the 5 % level after Holm's correction over the rows. Open: it may be chance. Users count where they "
    "have the feature, or a pair in the part: below ten there is no p and no mark.",
    "where": "**Difference**: disagreement of the global model (share of pairs with gap below 0) in one kind of "
    "conversation or one topic, minus disagreement in all other pairs of the same community. Topics are clusters of "
    "words of the prompts, named by their commonest words. Parts with fewer than 20 pairs are left out; Holm's "
    "correction is over the parts of one facet.",
    "people": "These are choices of the people in this data set, between the responses they were shown. They say "
    "nothing about a country's character.",
}
"""What only these charts explain; the rest stands in `scpo.definitions`."""


def title(couples: pd.DataFrame) -> str:
    """Say how many couples differ, of how many. The largest of many noisy distances is no finding."""
    solid = couples[~couples["too_few_users"].astype(bool)].dropna(subset=["holm"])
    if solid.empty:
        return "No two communities have ten users each: no distance can be told from chance"
    differ = int(solid["differs"].sum())
    among = text.count(len(solid), "couple")
    if not differ:
        return f"None of {among} of communities is shown to differ, counting all comparisons made"
    verb = "differs" if differ == 1 else "differ"
    return f"{differ} of {among} of communities {verb}, counting all comparisons made"


def couple(row: pd.Series) -> str:
    """Say what is known about a couple, in one or two sentences."""
    names = f"{row['first_name']} and {row['second_name']}"
    if pd.isna(row["value"]):
        return f"{names}: no distance can be estimated from so few users."
    if bool(row["too_few_users"]):
        return f"{names}: fewer than ten users in one of them, so no verdict. Estimate {distance_words(row)}."
    p = f"p {text.p_value(row['holm'])} counting all couples"
    if bool(row["differs"]):
        of_hundred = max(1, round(100 * row["value"]))
        return (
            f"{names} differ ({p}). Their models order about {of_hundred} of a hundred common pairs differently; "
            "tastes that the features do not hold come on top."
        )
    return f"No difference shown between {names} ({p}). With so few users that does not mean that there is none."


def dividing(n_judged: int, n_users: int, n_divided: int, n_shown: int, n_flagged: int) -> str:
    """Say of how many common pairs the list is made, and what is left out."""
    shown = "" if n_shown == n_divided else f" The {n_shown} with the largest difference are listed."
    flagged = f" {text.count(n_flagged, 'pair')} with flagged texts left out." if n_flagged else ""
    return (
        f"Of {text.count(n_judged, 'common pair')} of {text.count(n_users, 'user')} the two models prefer different "
        f"responses in {n_divided:,}.{shown}{flagged}"
    )


def floor(row: pd.Series) -> str:
    """Write the noise floor of a community with its sample."""
    return f"{floor_words(row)} ({text.sample_text(row)})"


def to_global_title(table: pd.DataFrame) -> str:
    """Say between which shares the global model disagrees."""
    solid = table[~table["too_few_users"].astype(bool)]
    if solid.empty:
        return "How often the global model disagrees with the people"
    low, high = solid.iloc[solid["value"].argmin()], solid.iloc[solid["value"].argmax()]
    if len(solid) == 1:
        return f"The global model disagrees with {text.percent(low['value'])} of the choices of {low['name']}"
    return (
        f"The global model disagrees with {text.percent(low['value'])} ({low['name']}) to "
        f"{text.percent(high['value'])} ({high['name']}) of the choices"
    )


def p_glo_title(table: pd.DataFrame) -> str:
    """Say between which medians p_glo lies; empty without a community of ten users."""
    solid = table[~table["too_few_users"].astype(bool)]
    if solid.empty:
        return ""
    low, high = solid.iloc[solid["median"].argmin()], solid.iloc[solid["median"].argmax()]
    if len(solid) == 1:
        return f"Half of the pairs of {low['name']} have a p_glo above {low['median']:.2f}"
    return (
        f"Half of the pairs have a p_glo above {low['median']:.2f} ({low['name']}) to {high['median']:.2f} "
        f"({high['name']})"
    )


def map_title(stress: float) -> str:
    """Say whether the map can be trusted."""
    if stress > TRUSTED_STRESS:
        return f"The map cannot be trusted: stress {stress:.2f}"
    return f"The distances in the plane: stress {stress:.2f}, {'good' if stress < 0.1 else 'fair'}"


def features_title(table: pd.DataFrame, name: str) -> str:
    """Say which features move the choices beyond chance."""
    if bool(table["too_few_users"].all()):
        return f"{name}: too few users to say what differs"
    sure = table[table["sure"]]
    if sure.empty:
        return f"No countable feature moves the choices in {name} away from the global model beyond chance"
    words = [f"{row['label']} ({'more' if row['coefficient'] > 0 else 'less'})" for _, row in sure.iterrows()]
    return f"What the choices in {name} want beyond the global model: {text.listed(words, most=3)}"


def slope(table: pd.DataFrame) -> str:
    """Say how sure the global model is against how sure it should be, as part of a subtitle; empty if unknown."""
    row = table.iloc[0]
    if pd.isna(row["slope"]):
        return ""
    ends = "" if pd.isna(row["slope_low"]) else f" [{row['slope_low']:.2f}, {row['slope_high']:.2f}]"
    sure = ", the global model is too sure" if row["slope_high"] < 1 else ""
    return f" Slope κ of the gap: {row['slope']:.2f}{ends}{sure}.".replace("-", "−")


def where_title(table: pd.DataFrame, name: str) -> str:
    """Say in how many parts the global model disagrees more or less than elsewhere."""
    sure = table[table["sure"]]
    if sure.empty:
        return f"No conversation or topic in {name} where the global model does better or worse beyond chance"
    more, less = int((sure["difference"] > 0).sum()), int((sure["difference"] < 0).sum())
    words = [f"{word} often in {number}" for word, number in (("more", more), ("less", less)) if number]
    among = text.count(len(table), "part")
    return f"In {name} the global model disagrees {' and '.join(words)} of {among} than in the rest"


def unseen(table: pd.DataFrame) -> str:
    """Say which features have no coefficient; empty if all have one."""
    missing = table.loc[table["coefficient"].isna(), "label"].tolist()
    return f" Without a coefficient, as responses never differ in it: {text.listed(missing)}." if missing else ""
