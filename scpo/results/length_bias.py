"""Length: does a country's model like longer responses more than its people do, and more than the global model does?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from scpo.config import EvaluationConfig, ObjectiveConfig
from scpo.measures.bias import adjusted_changes, objective_columns, tested
from scpo.measures.checks.length import length_bias
from scpo.measures.clustered import Clustered, mean_over_countries
from scpo.measures.estimate import Estimate, columns, estimate, known
from scpo.measures.families import enough
from scpo.measures.written import objective_json
from scpo.results.checks.length import length_ratio, response_lengths
from scpo.results.communities import community_name
from scpo.results.frontier import MEAN
from scpo.store.scored import FinishedRun, Scored, group_runs
from scpo.words import counted

NAMES = (
    *("bias_before", "bias_after", "bias_change"),
    *("longer_before", "longer_after", "longer_change"),
    *("shorter_before", "shorter_after", "shorter_change"),
)
"""Numbers of a row: how much more often a model prefers the longer response than people do, and the accuracy on pairs
whose chosen response is the longer, or the shorter one; under the global model, the country's model, and paired."""


@dataclass(frozen=True, eq=False)
class LengthRow:
    """A country's model on its own test pairs, split by which response is longer; or the mean over countries."""

    country: str
    objective: ObjectiveConfig
    runs: tuple[str, ...]
    numbers: Mapping[str, Clustered]
    n_equal: int
    """Pairs whose responses are equally long: they are in neither part."""

    n_countries: int = 1
    """How many the mean is over."""

    seeds: Mapping[str, list[float]] = field(default_factory=dict)
    """The numbers of every single run, where there are several; those of the global model have none."""

    holm: float = math.nan
    """p of `bias_change` after Holm over the countries of the setting."""

    level: float = 0.95

    @property
    def too_few_users(self) -> bool:
        """Whether one of the parts rests on too few users for a verdict."""
        return not all(enough(one.n_users) for one in self.numbers.values())

    def estimates(self) -> dict[str, Estimate]:
        """Return the numbers with their intervals; the differences of too few users have no p."""
        return {
            name: tested(one, level=self.level) if name.endswith("change") else estimate(one, level=self.level)
            for name, one in self.numbers.items()
        }


def length_rows(scored: Scored, runs: Sequence[FinishedRun], config: EvaluationConfig) -> list[LengthRow]:
    """Split the test pairs of every country with a model by which response is longer.

    Returns
    -------
    list of LengthRow
        One per country and setting, and for each setting the mean over the countries with enough users on both parts.
        A country without pairs of one kind is left out.
    """
    evaluation, test = scored.evaluation(config), scored.test_pairs
    ratio, country = length_ratio(response_lengths(scored), test), test["country"].to_numpy()
    parts = {
        "longer": evaluation.regrouped(country, only=ratio > 0),
        "shorter": evaluation.regrouped(country, only=ratio < 0),
    }
    settings: dict[Any, list[LengthRow]] = {}
    for model in group_runs(runs):
        if not all(model.trained_for in part.rows for part in parts.values()):
            continue
        where = evaluation.rows[model.trained_for]
        measured = partial(length_bias, length=ratio[where], user_id=evaluation.user_id[where])
        numbers = {
            "bias_before": measured(evaluation.global_gap[where]),
            "bias_after": measured(model.gap[:, where]),
        }
        numbers["bias_change"] = numbers["bias_after"].minus(numbers["bias_before"])
        several = [measured(one).value for one in model.gap[:, where]] if len(model.gap) > 1 else []
        seeds = _moves("bias_", several, numbers["bias_before"].value)
        for name, part in parts.items():
            before = part.accuracy(evaluation.global_gap, model.trained_for)
            after = part.accuracy(model.gap, model.trained_for)
            numbers |= {f"{name}_before": before, f"{name}_after": after, f"{name}_change": after.minus(before)}
            seeds |= _moves(f"{name}_", part.each_run(model.gap, model.trained_for), before.value)
        equal = int(np.count_nonzero(ratio[where] == 0))
        row = LengthRow(model.trained_for, model.objective, model.runs, numbers, equal, seeds=seeds, level=config.level)
        settings.setdefault(model.setting, []).append(row)
    return [row for rows in settings.values() for row in _with_mean(rows)]


def _moves(name: str, each: list[float], before: float) -> dict[str, list[float]]:
    """Return a number of every run, and how far it lies from the global model's."""
    return {f"{name}after": each, f"{name}change": [one - before for one in each]} if each else {}


def _with_mean(rows: list[LengthRow]) -> list[LengthRow]:
    """Adjust the p-values of a setting, and add the mean over its countries with enough users if there are two."""
    holm = adjusted_changes([row.numbers["bias_change"] for row in rows], gate=math.nan)
    found = [replace(row, holm=float(p)) for row, p in zip(rows, holm, strict=True)]
    solid = [row for row in found if not row.too_few_users]
    if len(solid) < 2:
        return found
    mean = {
        name: mean_over_countries(
            [row.numbers[name] for row in solid],
            seeds=[row.seeds[name] for row in solid] if all(name in row.seeds for row in solid) else (),
        )
        for name in NAMES
    }
    runs = tuple(run for row in solid for run in row.runs)
    together = replace(solid[0], country=MEAN, runs=runs, numbers=mean, n_countries=len(solid), holm=math.nan)
    return [*found, replace(together, n_equal=sum(row.n_equal for row in solid))]


def length_table(scored: Scored, runs: Sequence[FinishedRun], config: EvaluationConfig) -> pd.DataFrame:
    """Return `length_rows` as a table.

    Returns
    -------
    DataFrame
        `country`, `name`, `method`, `tau`, `beta`, `runs`, the estimates of `NAMES`, `p` and `holm` of `bias_change`,
        `n_longer`, `n_shorter`, `n_equal` pairs, `n_users`, `too_few_users`.
    """
    found = []
    for row in length_rows(scored, runs, config):
        numbers = row.estimates()
        found.append(
            {
                "country": row.country,
                "name": f"Mean over {counted(row.n_countries, 'country', 'countries')}"
                if row.country == MEAN
                else community_name(scored, row.country),
                **objective_columns(row.objective),
                "runs": list(row.runs),
                **{key: one for name in NAMES for key, one in columns(f"{name}_", numbers[name]).items()},
                "p": numbers["bias_change"].p,
                "holm": row.holm,
                "n_longer": numbers["longer_change"].n_pairs,
                "n_shorter": numbers["shorter_change"].n_pairs,
                "n_equal": row.n_equal,
                "n_users": numbers["bias_change"].n_users,
                "level": row.level,
                "too_few_users": row.too_few_users,
            }
        )
    return pd.DataFrame(found)


def length_document(scored: Scored, runs: Sequence[FinishedRun], config: EvaluationConfig) -> list[dict[str, Any]]:
    """Return what ``scpo bias --json`` says about length."""
    return [
        {
            "country": row.country,
            **objective_json(row.objective),
            "runs": list(row.runs),
            **{name: one.to_json() for name, one in row.estimates().items()},
            "holm_p": known(row.holm),
            "n_equal": row.n_equal,
            "n_countries": row.n_countries,
            "too_few_users": row.too_few_users,
        }
        for row in length_rows(scored, runs, config)
    ]
