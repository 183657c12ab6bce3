"""What can be compared on the selected data, under which names, and comparisons of it, cached."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from dashboard.frame import load
from dashboard.frame.state import Selection, cached
from dashboard.kit import text
from scpo import results
from scpo.measures.accuracy import rows_of_country
from scpo.methods import EXTERNAL_PREFIX
from scpo.results import compare
from scpo.results.sides import Side, offered_sides


class Comparison(NamedTuple):
    """What `scpo.results.compare` finds of some sides; the first is compared with each of the others."""

    table: pd.DataFrame
    """Of `comparison_table`, with the `name` of each country."""

    verdicts: pd.DataFrame
    """Of `verdict_table`, with the `name` of each country."""

    left_out: dict[str, list[str]]
    """By the key of each other side: names of the communities that it or the first has no model for."""


def load_sides(selection: Selection) -> dict[str, Side]:
    """Return what can be compared, by key; shared, not to be changed."""
    return _sides(selection, _models(selection))


def _models(selection: Selection) -> tuple[str, ...]:
    """Return the global models: the state of the store that a selection is of does not tell of the others."""
    dataset, _, _ = selection.scores
    return tuple(load.list_models(dataset))


@cached(most=load.MOST_STATES, shared=True)
def _sides(selection: Selection, models: tuple[str, ...]) -> dict[str, Side]:
    return offered_sides(load.load_scored(selection), load.load_finished(selection), results.open_store())


def setting_words(key: str) -> str:
    """Write the key of a setting for a reader."""
    method, *numbers = key.split("|")
    if method.startswith(EXTERNAL_PREFIX):
        return text.external_label(method.removeprefix(EXTERNAL_PREFIX))
    tau, beta = (None if one == "-" else float(one) for one in numbers)
    plain, _, training = method.partition("#")
    return text.setting_label(plain, tau, beta) + (f", training {training}" if training else "")


def side_names(selection: Selection) -> dict[str, str]:
    """Return the name of everything that can be compared, by key."""
    name = load.name_of(selection)
    return {
        key: _name(side, "".join(name(model.trained_for) for model in side.models[:1]))
        for key, side in load_sides(selection).items()
    }


def _name(side: Side, country: str) -> str:
    """Name a side; `country` is that of its first model."""
    if side.kind == "global":
        return "Global model"
    if side.kind == "setting":
        return setting_words(side.name)
    if side.kind == "model":
        return f"Model {side.name}"
    words = setting_words(side.name)
    return text.model_label(country, words, side.runs)


def load_comparison(selection: Selection, keys: tuple[str, ...]) -> Comparison:
    """Compare two to four sides by their keys, over all communities, selected or not."""
    return _comparison(selection, _models(selection), keys)


@cached("level", most=64, say="Computing paired differences …")
def _comparison(selection: Selection, models: tuple[str, ...], keys: tuple[str, ...]) -> Comparison:
    sides = [_sides(selection, models)[key] for key in keys]
    scored = load.load_scored(selection)
    evaluation = scored.evaluation(selection.evaluation)
    name = load.community_name(scored.info)

    def named(table: pd.DataFrame) -> pd.DataFrame:
        special = {results.MEAN: "Mean", compare.EVERY: "All countries"}
        return table.assign(name=[special.get(one) or name(one) for one in table["country"]])

    table = named(compare.comparison_table(evaluation, sides))
    means = table["country"] == results.MEAN
    table.loc[means, "name"] = [f"Mean over {n} countries" for n in table.loc[means, "n_countries"]]
    missing = {one.key: [name(group) for group in compare.left_out(sides[0], one, evaluation)] for one in sides[1:]}
    return Comparison(table, named(compare.verdict_table(evaluation, sides)), missing)


def mean_gap(selection: Selection, key: str) -> np.ndarray:
    """Return a side's gap on every test pair, the mean over its runs; NaN where it has none."""
    return load_sides(selection)[key].mean_gap(
        rows_of_country(load.load_scored(selection).test_pairs["country"].to_numpy())
    )
