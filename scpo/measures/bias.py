"""Who gains and who pays: every country model on the test pairs of every community.

Differences are paired, against the global model, on all test pairs of a community (all-country accuracy), with means
over seeds on the model's side. A number describes the users it was measured on, not a nation; with fewer than
`TOO_FEW_USERS` of them it is flagged, and it takes no part in a ranking.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scpo.config import ObjectiveConfig
from scpo.measures.clustered import Clustered, mean_over_countries
from scpo.measures.estimate import Estimate, estimate, unknown
from scpo.measures.evaluation import CountryModel, Evaluation
from scpo.measures.families import adjusted, enough
from scpo.measures.intervals import holm, p_value, smallest_visible
from scpo.measures.written import Written, objective_json


@dataclass(frozen=True)
class BiasRow(Written):
    """One cell of the matrix trained-for x tested-on.

    Attributes
    ----------
    trained_for, tested_on : str
    objective : ObjectiveConfig
    runs : tuple of str
    before, after : Estimate
        All-country accuracy of the global model and of the model (mean over seeds), on `tested_on`.
    difference : Estimate
        `after` minus `before`, paired.
    lost, won : float
        Pairs that the global model ranks as their user did and the model does not, and the reverse; means over seeds,
        so that ``(won - lost) / n_pairs`` is the difference.
    holm_p : float
        p adjusted within its family, see `scpo.measures.families`; NaN with too few users.
    smallest_visible : float
        The smallest difference that so many users would have shown, four times of five; NaN where no user differs.
    too_few_users : bool
    external : str or None
        Of a model from elsewhere, the name of its setting.
    """

    trained_for: str
    tested_on: str
    objective: ObjectiveConfig
    runs: tuple[str, ...]
    before: Estimate
    after: Estimate
    difference: Estimate
    lost: float
    won: float
    holm_p: float
    smallest_visible: float
    too_few_users: bool
    external: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the contract's keys, and method, setting, all runs and the flag."""
        found = {"run": self.runs[0] if self.runs else None, **super().to_json()}
        del found["external"]
        return found


def objective_columns(objective: ObjectiveConfig | None) -> dict[str, Any]:
    """Return method, tau and beta as columns of a table; ``global`` without training, NaN for what is not used."""
    if objective is None:
        return {"method": "global", "tau": np.nan, "beta": np.nan}
    return {name: np.nan if one is None else one for name, one in objective_json(objective).items()}


def bias_rows(models: Sequence[CountryModel], evaluation: Evaluation) -> list[BiasRow]:
    """Compare every model with the global model on every group.

    Parameters
    ----------
    models : sequence of CountryModel
        *All* there are: p-values are adjusted over them, so leave out afterwards what is not to be shown.

    Returns
    -------
    list of BiasRow
        One per model and group, in the order of models, groups sorted; adjusted as `scpo.measures.families` says, for
        the models of one setting together.
    """
    ruler = {group: evaluation.accuracy(evaluation.global_gap, group) for group in evaluation.rows}
    after = [evaluation.accuracy(model.gap, group) for model in models for group in evaluation.rows]
    places = [(model, group) for model in models for group in evaluation.rows]
    cells = [(model, group, one.minus(ruler[group])) for (model, group), one in zip(places, after, strict=True)]
    found = np.full(len(cells), math.nan)
    for setting in dict.fromkeys(model.setting for model in models):
        mine = [i for i, (model, _, _) in enumerate(cells) if model.setting == setting]
        home = [i for i in mine if cells[i][0].trained_for == cells[i][1]]
        away = [i for i in mine if cells[i][0].trained_for != cells[i][1]]
        each = [evaluation.each_run(cells[i][0].gap, cells[i][1]) for i in home]
        gate = gate_of([cells[i][2] for i in home], seeds=each)
        for family in (home, away):
            changes = [cells[i][2] for i in family]
            found[family] = adjusted_changes(changes, gate=gate)
    return [
        BiasRow(
            trained_for=model.trained_for,
            tested_on=group,
            objective=model.objective,
            runs=model.runs,
            before=estimate(ruler[group], level=evaluation.level),
            after=estimate(accuracy, level=evaluation.level),
            difference=tested(change, level=evaluation.level),
            **_lost_and_won(model, group, evaluation),
            holm_p=float(p),
            smallest_visible=smallest_visible(change),
            too_few_users=not enough(change.n_users),
            external=model.external,
        )
        for (model, group, change), accuracy, p in zip(cells, after, found, strict=True)
    ]


def _lost_and_won(model: CountryModel, group: str, evaluation: Evaluation) -> dict[str, float]:
    """Count the pairs of a group that a model ranks otherwise than the global model, mean over its runs."""
    where = evaluation.rows[group]
    before, after = evaluation.global_gap[where] > 0, np.mean(model.gap[:, where] > 0, axis=0)
    return {"lost": float((1 - after)[before].sum()), "won": float(after[~before].sum())}


@dataclass(frozen=True)
class OthersRow(Written):
    """A model on the communities that it was not trained for: their mean, each with equal weight.

    Attributes
    ----------
    trained_for : str
    objective : ObjectiveConfig
    runs, communities : tuple of str
    too_few : tuple of str
        Other communities with fewer than `TOO_FEW_USERS` test users: they are not in the mean.
    difference : Estimate
        Mean of the paired differences to the global model, with the variance between seeds where there are several;
        NaN without such a community.
    holm_p : float
        p adjusted over the models of the setting.
    """

    trained_for: str
    objective: ObjectiveConfig
    runs: tuple[str, ...]
    communities: tuple[str, ...]
    too_few: tuple[str, ...]
    difference: Estimate
    holm_p: float


def others_rows(models: Sequence[CountryModel], evaluation: Evaluation) -> list[OthersRow]:
    """Average what each model does to the communities that it was not trained for.

    Returns
    -------
    list of OthersRow
        One per model, in their order.
    """
    ruler = {group: evaluation.accuracy(evaluation.global_gap, group) for group in evaluation.rows}
    many = {group for group, one in ruler.items() if enough(one.n_users)}
    found = []
    for model in models:
        away = [group for group in evaluation.rows if group != model.trained_for]
        counted = [group for group in away if group in many]
        mean = unknown(evaluation.level)
        if counted:
            changes = [evaluation.accuracy(model.gap, group).minus(ruler[group]) for group in counted]
            # The same runs are tested everywhere: their means over the communities are what differs between seeds.
            each = np.array([evaluation.each_run(model.gap, group) for group in counted]).mean(axis=0)
            mean = estimate(
                mean_over_countries(changes, seeds=[each.tolist()] * len(counted) if each.size else ()),
                level=evaluation.level,
            )
        found.append(
            OthersRow(
                trained_for=model.trained_for,
                objective=model.objective,
                runs=model.runs,
                communities=tuple(counted),
                too_few=tuple(group for group in away if group not in many),
                difference=mean,
                holm_p=math.nan,
            )
        )
    for setting in dict.fromkeys(model.setting for model in models):
        mine = [place for place, model in enumerate(models) if model.setting == setting]
        for place, p in zip(mine, holm([found[place].difference.p for place in mine]), strict=True):
            found[place] = replace(found[place], holm_p=float(p))
    return found


def tested(change: Clustered, *, level: float) -> Estimate:
    """Estimate a difference; with too few users it has its interval but no p."""
    found = estimate(change, level=level)
    return found if enough(change.n_users) else replace(found, p=math.nan)


def gate_of(
    home: Sequence[Clustered],
    *,
    seeds: Sequence[Sequence[float]] = (),
    widened: Callable[[Clustered, int], Clustered] = lambda mean, n_countries: mean,
) -> float:
    """Return the p of the mean change at home over the communities with two users or more.

    NaN with fewer than two such communities: there is no mean, and nothing is gated. `widened` puts an error that has
    nothing to do with users into the mean of so many communities.
    """
    tested_ones = [place for place, change in enumerate(home) if math.isfinite(change.error)]
    if len(tested_ones) < 2:
        return math.nan
    mean = mean_over_countries(
        [home[place] for place in tested_ones], seeds=[seeds[place] for place in tested_ones] if seeds else ()
    )
    return p_value(widened(mean, len(tested_ones)))


def adjusted_changes(changes: Sequence[Clustered], *, gate: float) -> NDArray[np.float64]:
    """Adjust the p-values of one family of differences to the global model; see `scpo.measures.families.adjusted`."""
    return adjusted(
        [p_value(change) for change in changes],
        [change.value for change in changes],
        [change.n_users for change in changes],
        gate=gate,
    )


def worst_group(rows: Iterable[BiasRow]) -> BiasRow | None:
    """Return the row whose group loses most, or gains least, against the global model.

    The rows may be those of one model, of one matrix, or all.

    Returns
    -------
    BiasRow or None
        The lowest paired difference among groups with at least `TOO_FEW_USERS` users; equal ones by name of the group,
        then of the model's country. None if no group has so many users. It is the lowest of several noisy numbers and
        so looks worse than it is: show its interval and `holm_p`.
    """
    ranked = [row for row in rows if not row.too_few_users and math.isfinite(row.difference.value)]
    return min(ranked, key=lambda row: (row.difference.value, row.tested_on, row.trained_for), default=None)
