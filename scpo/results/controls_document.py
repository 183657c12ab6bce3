"""Controls as a table and as points: rows of `setting_table`, and what ``scpo frontier --json`` says of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from scpo.measures.bias import objective_columns
from scpo.methods import METHODS
from scpo.results.communities import community_name
from scpo.results.controls import Control
from scpo.results.frontier import MEAN, mean_name
from scpo.results.preview_error import OF_RUNS, PreviewError
from scpo.results.ruler import Measured, mean_numbers, number_columns, point
from scpo.store.scored import Scored


def control_rows(
    controls: Sequence[Control],
    scored: Scored,
    *,
    level: float,
    countries: Sequence[str] | None = None,
    preview_error: PreviewError = OF_RUNS,
) -> list[dict[str, Any]]:
    """Return controls as rows of `setting_table`, with `control` true.

    Parameters
    ----------
    controls : sequence of Control
        From `measured_controls`.
    countries : sequence of str, optional
        Communities to show and to average over; all if not given.
    preview_error : PreviewError
        What the intervals of those that are fitted contain beside the chance of users.

    Returns
    -------
    list of dict
        Of each control its countries, then their mean. Also `origin` of `scpo.methods.Method`, `preview` (whether a
        last layer was fitted for it), `n_models`, and `based_on`, the method whose models it takes. No seeds, and no
        `gain_holm`: it belongs to no family.
    """
    mine = [one for one in controls if countries is None or one.country in countries]
    shown = len({one.country for one in mine})
    return [
        {
            "country": one.country,
            "name": mean_name(len(one.countries), shown)
            if one.country == MEAN
            else community_name(scored, one.country),
            "countries": list(one.countries or (one.country,)),
            "n_countries": len(one.countries) or 1,
            "n_countries_shown": shown if one.country == MEAN else 1,
            **objective_columns(one.setting),
            "method": one.method,
            "control": True,
            "origin": _origin(one),
            "preview": _origin(one) == "fitted",
            "based_on": _based_on(one),
            "n_models": one.n_models,
            "seeds": [],
            "n_seeds": np.nan,
            "seeds_expected": np.nan,
            "runs": list(one.runs),
            "n_train": np.nan,
            "n_kept": np.nan,
            **number_columns(_widened(one, preview_error), level=level),
        }
        for one in _with_means(mine)
    ]


def control_points(
    controls: Sequence[Control],
    *,
    level: float,
    countries: Sequence[str] | None = None,
    preview_error: PreviewError = OF_RUNS,
) -> list[dict[str, Any]]:
    """Return controls as points of ``scpo frontier --json``, with what `control_rows` says of each."""
    return [
        point(
            _widened(one, preview_error),
            level=level,
            country=one.country,
            method=one.method,
            tau=None if one.setting is None else one.setting.tau,
            beta=None if one.setting is None else one.setting.beta,
            preview=_origin(one) == "fitted",
            control=True,
            origin=_origin(one),
            based_on=_based_on(one),
            n_models=one.n_models,
            runs=list(one.runs),
        )
        for one in controls
        if countries is None or one.country in countries
    ]


def _with_means(controls: Sequence[Control]) -> Iterator[Control]:
    """Give every control that is there on several countries its mean over them."""
    for method in dict.fromkeys(one.method for one in controls):
        rows = [one for one in controls if one.method == method]
        yield from rows
        if len(rows) > 1:
            yield _mean(rows)


def _mean(rows: Sequence[Control]) -> Control:
    runs = tuple(dict.fromkeys(run for one in rows for run in one.runs))
    n_models = min(one.n_models for one in rows)
    numbers = mean_numbers([one.numbers for one in rows])
    return Control(rows[0].method, MEAN, rows[0].setting, n_models, runs, numbers, tuple(one.country for one in rows))


def _widened(one: Control, preview_error: PreviewError) -> Measured:
    if _origin(one) != "fitted":
        return one.numbers
    return preview_error.widened(one.numbers, n_countries=len(one.countries) or 1)


def _based_on(one: Control) -> str | None:
    return one.setting.method if one.method == "transfer" and one.setting is not None else None


def _origin(one: Control) -> str:
    """Say where these numbers come from: a `shuffled` that no run stands for is fitted."""
    origin = METHODS[one.method].origin
    return "fitted" if origin == "trained" else origin
