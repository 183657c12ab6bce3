"""The check `topics`: are communities apart, and gains their own, when all ask the same?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from scpo.measures.checks.topics import Distance, community_fits, distance, overlap, to_strata_of
from scpo.measures.community import CommunityPairs, common_pairs, shared_ridge
from scpo.measures.families import TOO_FEW_USERS, enough
from scpo.measures.intervals import ALPHA
from scpo.method.heads import fit_heads
from scpo.method.objective import select
from scpo.results.checks.context import REFERENCE, CheckContext
from scpo.results.checks.document import MEAN, CheckRow, Findings, Number, corrected
from scpo.results.checks.part import Part, averaged, mean_of
from scpo.results.checks.words import points, written_p
from scpo.results.divergence import community_pairs, divergence_communities
from scpo.results.what_differs import prompt_topics_of
from scpo.store.scored import Scored
from scpo.words import counted

CONVERSATION_TYPE = "conversation_type"
"""The column of pairs that makes strata beside the topic, where a data set has it."""

TESTED = "gain_beyond_topics"
"""The difference of gains that is tested."""


@dataclass(frozen=True, eq=False)
class _Couple:
    first: str
    second: str
    plain: Distance
    matched: Distance
    share: float


def measure(context: CheckContext) -> Findings:
    """Match topics in every couple of communities, and in other people's pairs for every country."""
    names = divergence_communities(context.scored)
    strata = strata_of(context.scored)
    total = len(names) + math.comb(len(names), 2) + len(context.countries)
    communities = {name: community_pairs(context.scored, name) for name in names}
    couples = _couples(context, communities, strata, total)
    gains = []
    for number, country in enumerate(context.countries):
        context.on_progress(total - len(context.countries) + number, total)
        gains.append(_gain(context, country, strata))
    context.on_progress(1, 1)
    level = context.config.level
    rows = corrected([_couple_row(context, one, level) for one in couples], "distance_matched")
    judged = [one for one in gains if TESTED in one.numbers and enough(one.numbers[TESTED].n_users)]
    own = [_gain_row(one, level) for one in [*gains, *([Part(**averaged(judged))] if judged else [])]]
    rows += _with_distances(corrected(own, TESTED), couples, communities, level)
    return Findings(
        rows=rows,
        left_out=dict(context.left_out),
        about=context.about() | {"strata": int(strata.nunique())},
        notes=_notes(context.scored, couples, gains),
    )


def strata_of(scored: Scored) -> pd.Series:
    """Return the stratum of every pair: its type of conversation, where known, and the topic of its prompt."""
    pairs = scored.pairs
    topic = prompt_topics_of(scored).astype(object).to_numpy()[pairs["chosen"].to_numpy()]
    kind = pairs[CONVERSATION_TYPE] if CONVERSATION_TYPE in pairs else pd.Series("", index=pairs.index)
    named = pd.Series(topic, index=pairs.index, dtype=object).fillna("other")
    return kind.astype(object).fillna("other").astype(str) + " | " + named.astype(str)


def _couples(
    context: CheckContext, communities: Mapping[str, CommunityPairs], strata: pd.Series, total: int
) -> list[_Couple]:
    if len(communities) < 2:
        return []
    scored, level, seed, names = context.scored, context.config.level, context.seed, list(communities)
    asked = {name: strata.loc[scored.country_pairs(name).index].to_numpy(dtype=str) for name in names}
    common = common_pairs(list(communities.values()), seed=seed)
    ridge = shared_ridge(list(communities.values()))
    head = scored.scores.head_weight
    plain, found = {}, []
    for number, (name, one) in enumerate(communities.items()):
        context.on_progress(number, total)
        plain[name] = community_fits(one, head, common, ridge=ridge, seed=[seed, number])
    for done, (first, second) in enumerate(combinations(names, 2)):
        context.on_progress(len(names) + done, total)
        shared = overlap(asked[first], asked[second])
        matched = [
            community_fits(communities[name], head, common, ridge=ridge, seed=[seed, names.index(name)], weight=weight)
            for name, weight in ((first, shared.first), (second, shared.second))
        ]
        found.append(
            _Couple(
                first,
                second,
                distance(plain[first], plain[second], level=level),
                distance(matched[0], matched[1], level=level),
                shared.share,
            )
        )
    return found


def _gain(context: CheckContext, country: str, strata: pd.Series) -> Part:
    """Measure what a country's own choices gain, what other people's do on the same topics, and the difference.

    Where nobody else asks about its topics it has its own gain alone.
    """
    previewer, scored = context.previewer, context.scored
    everybody = scored.pairs[scored.pairs["country"].notna() & (scored.pairs["split"] == "train")]
    others, own = everybody[everybody["country"] != country], everybody[everybody["country"] == country]
    weight = to_strata_of(strata.loc[others.index].to_numpy(dtype=str), strata.loc[own.index].to_numpy(dtype=str))
    others, weight = others[weight > 0], weight[weight > 0]
    heads = [previewer.preview(country, [REFERENCE], ridge=context.ridge, seed=context.seed).fit.heads]
    if weight.size:
        features = scored.features_of(others)
        selected = select(features.gap, REFERENCE, seed=context.seed).weight
        heads.append(fit_heads(features, (weight * selected)[None, :], ridge=context.ridge).heads)
    counted_pairs, evaluation = previewer.ruler.evaluation.counted(country), previewer.ruler.evaluation
    start = counted_pairs.accuracy(evaluation.global_gap[context.test_rows(country)])
    gains = [counted_pairs.accuracy(gap).minus(start) for gap in context.own_test_gaps(country, np.concatenate(heads))]
    numbers = {"gain": gains[0]}
    if weight.size:
        numbers |= {"gain_topics": gains[1], TESTED: gains[0].minus(gains[1])}
    return Part(country=country, numbers=numbers, users=own["user_id"].to_numpy(dtype=str))


def _couple_row(context: CheckContext, one: _Couple, level: float) -> CheckRow:
    both = [context.scored.country_pairs(name, "train")["user_id"] for name in (one.first, one.second)]
    matched = one.matched.estimate
    return CheckRow(
        country=one.first,
        other=one.second,
        n_train_pairs=sum(len(users) for users in both),
        n_train_users=sum(users.nunique() for users in both),
        numbers={
            "distance": Number.of(one.plain.estimate),
            "distance_matched": Number.of(
                matched, p=one.matched.p if one.matched.fewest_users >= TOO_FEW_USERS else math.nan
            ),
            "overlap": Number(
                value=one.share, low=None, high=None, level=level, n_pairs=matched.n_pairs, n_users=matched.n_users
            ),
        },
    )


def _gain_row(one: Part, level: float) -> CheckRow:
    gain = one.numbers["gain"]
    unknown = Number.range_of(math.nan, math.nan, math.nan, level, gain)
    return one.row({"gain_topics": unknown, TESTED: unknown} | one.cells(level, tested=[TESTED]))


def _with_distances(
    rows: list[CheckRow], couples: Sequence[_Couple], communities: Mapping[str, CommunityPairs], level: float
) -> list[CheckRow]:
    """Add the mean distances to the row of means: couples share communities, so they have no interval."""
    known = [one for one in couples if math.isfinite(one.plain.estimate.value + one.matched.estimate.value)]
    if not known:
        return rows
    there = [communities[name] for name in sorted({name for one in known for name in (one.first, one.second)})]
    n_pairs = sum(one.gap.size for one in there)
    n_users = sum(np.unique(np.asarray(one.user_id, dtype=str)).size for one in there)
    means = {
        name: Number(value=float(np.mean(values)), low=None, high=None, level=level, n_pairs=n_pairs, n_users=n_users)
        for name, values in (
            ("distance", [one.plain.estimate.value for one in known]),
            ("distance_matched", [one.matched.estimate.value for one in known]),
            ("overlap", [one.share for one in known]),
        )
    }
    mean = mean_of(rows)
    if mean is None:
        return [*rows, CheckRow(country=MEAN, n_train_pairs=n_pairs, n_train_users=n_users, numbers=means)]
    return [*rows[:-1], mean.model_copy(update={"numbers": {**mean.numbers, **means}})]


def _notes(scored: Scored, couples: Sequence[_Couple], gains: Sequence[Part]) -> list[str]:
    """Say which couples are tested together, what the strata lack, and which couples have no distance."""
    tested = [one for one in couples if one.matched.fewest_users >= TOO_FEW_USERS]
    notes = [
        f"Distances rest on all users of two communities, and Holm's correction on "
        f"{counted(len(tested), 'couple')} with ten users on both sides."
    ]
    if CONVERSATION_TYPE not in scored.pairs:
        notes.append("The data have no types of conversation: topics alone are matched.")
    lost = [f"{one.first} and {one.second}" for one in couples if math.isnan(one.matched.estimate.low)]
    if lost:
        notes.append(
            f"With matched topics too little is left for a distance with an interval between {'; '.join(lost)}."
        )
    alone = [one.country for one in gains if TESTED not in one.numbers]
    if alone:
        notes.append(f"Nobody else has trained on what is asked in {', '.join(alone)}: gains cannot be compared there.")
    return notes


def conclusion(rows: Sequence[CheckRow]) -> str:
    """Say what is left of distances and gains where all ask the same."""
    mean = mean_of(rows)
    couples = [row for row in rows if row.other is not None and row.numbers["distance_matched"].p is not None]
    if mean is None:
        return "Neither a distance nor a gain rests on enough users: there is no verdict."
    words = []
    if couples and "distance" in mean.numbers:
        apart = sum((row.numbers["distance_matched"].holm_p or 1.0) < ALPHA for row in couples)
        before, after = (100 * (mean.numbers[name].value or 0.0) for name in ("distance", "distance_matched"))
        words.append(
            f"With topics matched {apart} of {counted(len(couples), 'couple')} are apart after Holm. "
            f"The mean distance is {after:.1f} %, before {before:.1f} %."
        )
    beyond = mean.numbers.get(TESTED)
    if beyond is not None and beyond.value is not None and beyond.p is not None:
        words.append(
            f"{'' if beyond.p < ALPHA else 'No difference seen: '}own choices gain {points(beyond.value)} points "
            f"against others' on the same topics ({written_p(beyond.p)})."
        )
    said = " ".join(f"{one[0].upper()}{one[1:]}" for one in words)
    return said or "Neither a distance nor a gain rests on enough users: there is no verdict."
