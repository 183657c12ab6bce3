"""What would change for people: the response each model would pick among the real ones, and what its person thought.

Test users only, each on the turns of their community: the pick of the global model, and of the models trained for it.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scpo.arrays import FloatArray
from scpo.config import EvaluationConfig
from scpo.measures.behaviour import BEST_OF_N
from scpo.measures.bias import adjusted_changes, gate_of, objective_columns, tested
from scpo.measures.clustered import Clustered, mean_over_countries
from scpo.measures.estimate import Estimate, asked_levels, columns, estimate, unknown
from scpo.measures.evaluation import CountryModel
from scpo.measures.families import enough
from scpo.measures.intervals import smallest_visible, t_intervals
from scpo.methods import CONTROLS
from scpo.results.behaviour.community import Community, communities
from scpo.results.communities import shared_countries
from scpo.results.frontier import MEAN, mean_name
from scpo.store.scored import FinishedRun, Scored, group_runs

LENGTHS = ("words", "characters", "words_gain", "characters_gain")
"""Numbers that are neither shares nor differences of shares."""


@dataclass(frozen=True, eq=False)
class Picks:
    """The numbers of one setting's picks for one community, or their means over communities; see `behaviour_table`."""

    numbers: Mapping[str, Clustered]
    each_run: Sequence[float]
    """Win share of the picks of every single run; empty for one run."""


def picks(community: Community, gap: NDArray[np.floating] | None) -> Picks:
    """Measure the picks of a model, given by its gaps on all test pairs; None is the global model."""
    turns, before = community.turns, community.global_pick
    policy = before if gap is None else turns.policy(community.rewards(gap), BEST_OF_N)
    best = turns.highest(turns.win)
    values = {
        "picked": community.of_turns(policy, turns.win),
        "changed": turns.changed(policy, before).mean(axis=0),
        "best": best,
        "score": community.of_turns(policy, community.score),
        "score_best": turns.highest(community.score),
        "score_random": turns.summed(community.score) / turns.size,
        "words": community.of_turns(policy, community.words),
        "characters": community.of_turns(policy, community.characters),
    }
    changes = {
        "gain": values["picked"] - community.of_turns(before, turns.win),
        "over_random": values["picked"] - 0.5,
        "below_best": values["picked"] - best,
        "score_gain": values["score"] - community.of_turns(before, community.score),
        "words_gain": values["words"] - community.of_turns(before, community.words),
        "characters_gain": values["characters"] - community.of_turns(before, community.characters),
    }
    numbers = {name: turns.mean(one) for name, one in values.items()}
    numbers |= {name: turns.mean(one, is_difference=True) for name, one in changes.items()}
    return Picks(numbers, win_share_of_runs(community, policy))


def win_share_of_runs(community: Community, policy: FloatArray) -> list[float]:
    """Return the win share under the policy of every single run; empty for one run, which says nothing about seeds."""
    turns = community.turns
    of_turns = turns.summed(policy * turns.win)
    return [turns.mean(one).value for one in of_turns] if len(of_turns) > 1 else []


def behaviour_table(
    scored: Scored,
    runs: Sequence[FinishedRun],
    config: EvaluationConfig,
    *,
    countries: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Measure the pick of every setting for every community it has a model for.

    Parameters
    ----------
    countries : sequence of str, optional
        Communities to show and to average over; all that have runs if not given.

    Returns
    -------
    DataFrame
        One row per (country, setting), one `global` row per country, and rows of country ``mean`` over the countries
        that settings share. Means over seeds. With value, interval, `n_turns` and `n_users` each: `picked_*`, the win
        share of the pick (`scpo.measures.behaviour`), beside `best_*`, the best possible (a random pick has 1/2);
        `changed_*`, the share of turns whose pick is another than the global model's; the paired differences `gain_*`
        (to the global model's pick), `over_random_*` and `below_best_*`; `score_*`, `score_gain_*`, `score_best_*`
        and `score_random_*`, the person's own scores as fractions of 100 (NaN without scores); `words_*`,
        `characters_*` and their gains, plain numbers. `gain_p`, `gain_holm`, `gain_visible`, `n_family` as in
        `scpo.results.frontier.setting_table`. Empty without runs.
    """
    judging = set(scored.test_pairs["country"])
    every = [model for model in group_runs(runs) if model.trained_for in judging]
    if not every:
        return pd.DataFrame()
    judged = communities(scored, {model.trained_for for model in every})
    shown = sorted({m.trained_for for m in every if countries is None or m.trained_for in countries})
    measured = {id(model): picks(judged[model.trained_for], model.gap) for model in every}
    families: dict[Hashable, dict[str, Picks]] = {}
    for model in every:
        families.setdefault(model.setting, {})[model.trained_for] = measured[id(model)]
    tested_at_home = {setting: _family(family) for setting, family in families.items()}
    before = {code: picks(judged[code], None) for code in shown}
    seeds = {run.run_id: run.config.seed for run in runs}
    rows = []
    for place, members in rows_to_be(every, shown):
        parts = [before[code] if model is None else measured[id(model)] for code, model in members]
        models = [model for _, model in members if model is not None]
        codes = [code for code, _ in members]
        name = mean_name(len(codes), len(shown)) if place == MEAN else judged[place].name
        found = _mean(parts) if place == MEAN else parts[0]
        family = tested_at_home[models[0].setting][place] if models else {}
        if place == MEAN and family and family["n_family"] != len(codes):
            family = family | {"gain_holm": np.nan}  # no choice of countries makes a verdict
        about = {"country": place, "name": name, "countries": codes}
        rows.append(about | _row(models, found, seeds, config.level) | family)
    return pd.DataFrame(rows)


def rows_to_be(
    models: Sequence[CountryModel], shown: Sequence[str]
) -> list[tuple[str, list[tuple[str, CountryModel | None]]]]:
    """Return where each row of a table lies and what it is made of: (community, model), None for the global model.

    First the global model and the models of each community that is shown, then of each setting the mean over the
    communities that settings share.
    """
    single: list[tuple[str, CountryModel | None]] = [(code, None) for code in shown]
    single += [(model.trained_for, model) for model in models if model.trained_for in shown]
    by_setting: dict[Hashable, list[tuple[str, CountryModel | None]]] = {}
    for one in single:
        by_setting.setdefault(one[1] and one[1].setting, []).append(one)
    shared = shared_countries([[code for code, _ in mine] for mine in by_setting.values()], shown)
    means = [[one for one in mine if one[0] in shared] for mine in by_setting.values()]
    means = [mine for mine in means if len(shared) > 1 and len(mine) == len(shared)]
    return [(one[0], [one]) for one in single] + [(MEAN, mine) for mine in means]


def _family(home: Mapping[str, Picks]) -> dict[str, dict[str, float]]:
    """Return corrected p and size of family of a setting's changes at home, and of their mean."""
    changes = [one.numbers["gain"] for one in home.values()]
    gate = gate_of(changes, seeds=[one.each_run for one in home.values()])
    marks = adjusted_changes(changes, gate=gate)
    n_tested = int(np.isfinite(marks).sum())
    found = {code: {"gain_holm": float(p), "n_family": n_tested} for code, p in zip(home, marks, strict=True)}
    return found | {MEAN: {"gain_holm": gate, "n_family": len(home)}}


def _mean(parts: Sequence[Picks]) -> Picks:
    """Average over communities with equal weight; the win share also with the variance between seeds."""
    seeds = [one.each_run for one in parts]
    numbers = {
        name: mean_over_countries(
            [one.numbers[name] for one in parts], seeds=seeds if name in ("picked", "gain", "over_random") else ()
        )
        for name in parts[0].numbers
    }
    return Picks(numbers, [])


def _row(models: Sequence[CountryModel], found: Picks, seeds: Mapping[str, int], level: float) -> dict[str, Any]:
    """Write one row; no model is the global model."""
    setting, runs = (models[0].objective if models else None), [run for model in models for run in model.runs]
    numbers: dict[str, Estimate] = {}
    for name, number in found.numbers.items():
        numbers[name] = estimate(number, level=level) if name not in LENGTHS else unbounded(number, level)
    if setting is None:
        numbers |= {name: unknown(level) for name in ("changed", "gain", "score_gain", "words_gain", "characters_gain")}
    else:
        numbers["gain"] = tested(found.numbers["gain"], level=level)
    return {
        **objective_columns(setting),
        "control": setting is not None and setting.method in CONTROLS,
        "runs": runs,
        "seeds": sorted({seeds[run] for run in runs}),
        "n_seeds": min((len(model.runs) for model in models), default=0),
        "n_turns": found.numbers["picked"].n_pairs,
        "n_users": found.numbers["picked"].n_users,
        **{name: one for key, number in numbers.items() for name, one in turn_columns(f"{key}_", number).items()},
        "random_value": 0.5,
        "gain_p": numbers["gain"].p,
        "gain_holm": np.nan,
        "gain_visible": np.nan if setting is None else smallest_visible(found.numbers["gain"]),
        "n_family": np.nan,
        "level": level,
        "too_few_users": not enough(found.numbers["picked"].n_users),
    }


def turn_columns(prefix: str, number: Estimate) -> dict[str, float]:
    """Return an estimate over turns as columns: `n_turns` in the place of `n_pairs`."""
    found = columns(prefix, number)
    return {key.replace("n_pairs", "n_turns"): value for key, value in found.items()}


def unbounded(number: Clustered, level: float) -> Estimate:
    """Estimate a number without ends, such as a number of words; no interval where no user differs from another."""
    error = number.error if number.exact or number.has_spread else np.nan
    ends = t_intervals(number.value, error, number.degrees, asked_levels(level))
    return Estimate(number.value, ends, number.n_pairs, number.n_users)
