"""How close the opinions of the global model and of every run are to each country's answers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scpo.config import EvaluationConfig
from scpo.data.countries import display_name
from scpo.measures import model_opinions as opinions
from scpo.measures.bias import objective_columns
from scpo.measures.estimate import Estimate, columns, known
from scpo.measures.intervals import holm
from scpo.measures.question_means import question_means
from scpo.measures.survey import distance
from scpo.results.model_opinions import GLOBAL, UNIFORM, ModelOpinions, Opinionated
from scpo.results.survey import Surveyed


@dataclass(frozen=True, eq=False)
class Closeness:
    """How close a model's opinions are to a country's answers, over the questions that count for both.

    Attributes
    ----------
    model : ModelOpinions
    country : str
    own, of_global : Estimate
        1 - distance of the model and of the global model.
    from_uniform : Estimate
        How decided the model is: its own distance from the uniform distribution.
    difference : Estimate
        `own` - `of_global`, paired; NaN for the global model itself.
    holm_p : float
        p adjusted by Holm over the countries of the model.
    """

    model: ModelOpinions
    country: str
    own: Estimate
    of_global: Estimate
    from_uniform: Estimate
    difference: Estimate
    holm_p: float

    def labels(self) -> dict[str, Any]:
        """Return model and country as columns of a table; NaN where a model has no such number."""
        config = None if self.model.run is None else self.model.run.config
        objective = None if config is None else config.objective
        return {
            "run": None if self.model.run is None else self.model.run.run_id,
            "trained_on": None if config is None else config.dataset,
            "trained_for": None if config is None else config.country,
            **objective_columns(objective),
            "method": self.model.method,
            "seed": np.nan if config is None else float(config.seed),
            "tested_on": self.country,
        }

    def to_json(self) -> dict[str, Any]:
        """Return a row of the document of ``scpo opinions --model``; null for NaN."""
        return {
            **{name: known(one) if isinstance(one, float) else one for name, one in self.labels().items()},
            "closeness": self.own.to_json(),
            "global": self.of_global.to_json(),
            "from_uniform": self.from_uniform.to_json(),
            "difference": self.difference.to_json(),
            "holm_p": known(self.holm_p),
            "test_questions_only": self.model.test_questions_only,
        }


def closenesses(
    surveyed: Surveyed, models: Sequence[ModelOpinions], countries: Sequence[str], config: EvaluationConfig
) -> list[Closeness]:
    """Compare models with countries: how close their opinions are, and the paired difference to the global model.

    Parameters
    ----------
    models : sequence of ModelOpinions
        One of them the global model.

    Notes
    -----
    At one temperature a model whose rewards lie further apart is more decided, and that alone moves its closeness:
    read it beside `Closeness.from_uniform`, and at more than one temperature.
    """
    if not models or not countries:
        return []
    answers = surveyed.answers
    ruler = next(model for model in models if _is_global(model))
    of_global = {country: opinions.closeness(answers, country, ruler.distribution) for country in countries}
    uniform = opinions.uniform_distribution(answers.offered)
    values: list[np.ndarray] = []
    for model in models:
        decided = distance(model.distribution, uniform)
        for country in countries:
            own = opinions.closeness(answers, country, model.distribution)
            both = np.isfinite(own) & np.isfinite(of_global[country])
            values += [np.where(both, one, np.nan) for one in (own, of_global[country], decided)]
    table = np.stack(values, axis=1)
    means = question_means(table, level=config.level)
    differences = question_means(table[:, 0::3] - table[:, 1::3], level=config.level, is_difference=True)
    found = []
    for number, model in enumerate(models):
        here = range(number * len(countries), (number + 1) * len(countries))
        changes = [differences[i].fixed(math.nan) if _is_global(model) else differences[i] for i in here]
        adjusted = holm([change.p for change in changes])
        for country, i, change, holm_p in zip(countries, here, changes, adjusted, strict=True):
            of_model, base, from_uniform = means[3 * i : 3 * i + 3]
            if model.method == UNIFORM:  # 0 by construction, so there is nothing to be uncertain about
                from_uniform = from_uniform.fixed(0.0)
            found.append(Closeness(model, country, of_model, base, from_uniform, change, float(holm_p)))
    return found


def _is_global(model: ModelOpinions) -> bool:
    return model.method == GLOBAL and model.run is None


def closeness_table(
    surveyed: Surveyed, models: Sequence[ModelOpinions], countries: Sequence[str], config: EvaluationConfig
) -> pd.DataFrame:
    """List `closenesses`.

    Returns
    -------
    DataFrame
        One row per model and country: `run` (None for `uniform` and `global`), `trained_on`, `trained_for`, `method`,
        `tau`, `beta`, `seed`, `tested_on`, `name`; `closeness_*`, `global_*` (the global model on the same questions),
        `uniform_*` (the model's own distance from the uniform distribution) and `diff_*`, each as by
        `scpo.measures.estimate.columns`; `p` and `holm` (over the countries of a model) of the difference;
        `test_questions_only` and `level`.
    """
    return pd.DataFrame(
        [
            {
                **one.labels(),
                "name": display_name(one.country),
                **columns("closeness_", one.own),
                **columns("global_", one.of_global),
                **columns("uniform_", one.from_uniform),
                **columns("diff_", one.difference),
                "p": one.difference.p,
                "holm": one.holm_p,
                "test_questions_only": one.model.test_questions_only,
                "level": config.level,
            }
            for one in closenesses(surveyed, models, countries, config)
        ]
    )


def run_differences(
    surveyed: Surveyed, models: Sequence[ModelOpinions], country: str, config: EvaluationConfig
) -> pd.DataFrame:
    """Compare all models but the global one with it, at one country.

    Returns
    -------
    DataFrame
        The rows of `closeness_table` that are no global model; `holm` corrects over them.
    """
    table = closeness_table(surveyed, models, [country], config)
    others = table[(table["method"] != GLOBAL) | table["run"].notna()].reset_index(drop=True)
    return others.assign(holm=holm(others["p"].to_numpy()))


def closeness_document(
    surveyed: Surveyed,
    found: Opinionated,
    countries: Sequence[str],
    config: EvaluationConfig,
    *,
    model: str,
    temperature: float,
) -> dict[str, Any]:
    """Build the document of ``scpo opinions --data NAME --model REF --json``, one row per model and country."""
    return {
        **surveyed.about(),
        "model": model,
        "temperature": temperature,
        "countries": list(countries),
        "rows": [one.to_json() for one in closenesses(surveyed, found.models, countries, config)],
        "not_scored": found.not_scored,
    }
