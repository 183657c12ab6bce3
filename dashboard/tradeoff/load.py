"""What every picture of a trade-off is drawn against, and how sure the choice among its settings is."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from dashboard.frame import load
from dashboard.frame.state import Selection, cached
from scpo import results
from scpo.measures.frontier import Rule


def load_noise(selection: Selection, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the noise curves of the countries behind rows of the table of settings, and that of their mean."""
    countries = tuple(sorted({country for several in rows["countries"] for country in several}))
    return _noise_table(selection, countries)


@cached(most=64, runs=False)
def _noise_table(selection: Selection, countries: tuple[str, ...]) -> pd.DataFrame:
    return results.noise_table(load.load_scored(selection), countries)


@cached("level", "countries", most=32, say="Resampling users …")
def _choices(selection: Selection, rule: Rule, eps: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    found = results.setting_choices(
        load.load_scored(selection),
        load.load_finished(selection),
        selection.evaluation,
        rule=rule,
        eps=eps,
        countries=list(selection.countries) or None,
    )
    return results.choice_table(found), results.band_table(found)


def with_choice(selection: Selection, settings: pd.DataFrame, *, rule: Rule, eps: float) -> pd.DataFrame:
    """Return the settings with how often each is chosen and on the front, and what the choice adds to the chosen.

    Parameters
    ----------
    settings : DataFrame
        Of `frame.load.load_settings` under the same rule.

    Returns
    -------
    DataFrame
        With the columns of `results.choice_table`; NaN for the global model.
    """
    table, _ = _choices(selection, rule, eps)
    return joined(settings, table)


def joined(settings: pd.DataFrame, choices: pd.DataFrame) -> pd.DataFrame:
    """Return settings with the rows of `results.choice_table` that belong to them; NaN where there is none."""
    known = choices.assign(key=_names(choices["runs"])).drop(columns="runs")
    return (
        settings.assign(key=_names(settings["runs"]))
        .merge(known, on=["country", "key"], how="left", validate="m:1")
        .drop(columns="key")
    )


def _names(runs: Iterable[Iterable[str]]) -> list[str]:
    """Name settings by their runs."""
    return [" ".join(sorted(one)) for one in runs]


def load_band(selection: Selection, country: str, *, rule: Rule, eps: float) -> pd.DataFrame:
    """Return the band of fronts of a country, or of the mean; empty where resamples say nothing."""
    _, band = _choices(selection, rule, eps)
    return band[band["country"] == country]
