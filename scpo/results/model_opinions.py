"""How close the opinions of the global model and of every run are to each country's answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from scpo.config import PAPER_COUNTRIES, EvaluationConfig, content_key
from scpo.data.countries import display_name
from scpo.measures import model_opinions as opinions
from scpo.measures.intervals import holm
from scpo.measures.question_means import QuestionMean, as_columns, question_differences, question_means
from scpo.measures.survey import distance
from scpo.results.survey import Surveyed
from scpo.store import studies
from scpo.store.cache import Store
from scpo.store.datasets import load_info
from scpo.store.models import named_model, run_model_key
from scpo.store.run_record import RunRecord
from scpo.store.runs import RunDirectory, list_runs
from scpo.store.scores import find_scores, list_scores, read_scores

UNIFORM = "uniform"
"""The model that knows nothing: every option alike. What is not closer than this has no opinion."""

GLOBAL = "global"


@dataclass(frozen=True, eq=False)
class ModelOpinions:
    """A model's opinions on the questions it may be judged by.

    Attributes
    ----------
    method : str
        ``uniform``, ``global`` or the run's method.
    run : RunRecord or None
    distribution : ndarray, shape (n_questions, most_options)
        NaN throughout where the model has no opinion or the question was trained on.
    test_questions_only : bool
        It, or the global model it starts from, was trained on other questions of this data set.
    """

    method: str
    run: RunRecord | None
    distribution: np.ndarray
    test_questions_only: bool


@dataclass(frozen=True, eq=False)
class Opinionated:
    """All models whose opinions on a data set are known, and the runs whose opinions are not."""

    models: list[ModelOpinions]
    """First the uniform and the global model, then the runs, oldest first."""

    not_scored: list[str]
    """Finished runs that have not scored the options: ``scpo score --data NAME --model run:ID`` does."""


def load_opinionated(
    store: Store, surveyed: Surveyed, model: str, *, temperature: float, study: str | None = None
) -> Opinionated:
    """Read the opinions of a global model and of the finished runs that start from it, whatever they trained on.

    Parameters
    ----------
    model : str
        A model that has scored the data set.
    temperature : float, > 0
        Of the softmax over rewards.
    study : str, optional
        Only the runs of this study.

    Notes
    -----
    A model that was trained on this very data set, or starts from one that was, is judged on its test questions alone.
    """
    info = surveyed.info
    scores = find_scores(store, info, model)
    by_model = {found.model_key: key for key, found in list_scores(store, info)}
    base_seen = _has_seen(store, scores.info.model_key, info.key)
    uniform = opinions.uniform_distribution(surveyed.answers.offered)

    def known(reward: np.ndarray, seen: bool) -> np.ndarray:
        found = surveyed.distribution(reward, temperature=temperature)
        found[~(surveyed.tests | (not seen))] = np.nan
        return found

    models = [
        ModelOpinions(UNIFORM, None, uniform, False),
        ModelOpinions(GLOBAL, None, known(scores.reward, base_seen), base_seen),
    ]
    not_scored = []
    for record in runs_from(store, scores.info.model_key, study=study):
        seen = base_seen or record.config.dataset_key == info.key
        key = by_model.get(run_model_key(record.run_id))
        if key is not None:
            reward = read_scores(store, key).reward
        elif record.config.dataset_key == info.key:
            reward = RunDirectory(store, record.run_id).rewards(info.counts["utterances"])
        else:
            not_scored.append(record.run_id)
            continue
        models.append(ModelOpinions(record.config.objective.method, record, known(reward, seen), seen))
    return Opinionated(models, not_scored)


def _has_seen(store: Store, model_key: str, dataset_key: str) -> bool:
    """Tell whether a model was trained on a data set, or starts from one that was."""
    trained = named_model(store, model_key)
    if trained is not None:
        return trained.dataset_key == dataset_key
    run = next((record for record in list_runs(store) if run_model_key(record.run_id) == model_key), None)
    if run is None:
        return False
    return run.config.dataset_key == dataset_key or _has_seen(store, run.config.model_key, dataset_key)


def runs_from(store: Store, model_key: str, *, study: str | None = None) -> list[RunRecord]:
    """List the finished runs that start from a global model, on whatever data set, oldest first."""
    wanted = None if study is None else set(studies.read_study(store, study).runs)
    return [
        record
        for record in list_runs(store)
        if record.status == "succeeded"
        and record.config.model_key == model_key
        and (wanted is None or record.run_id in wanted)
    ]


def opinions_fingerprint(store: Store, data: str, model: str) -> str:
    """Return a key that changes when what `load_opinionated` reads changes; empty if the model has not scored."""
    info = load_info(store, data)
    scored = list_scores(store, info)
    keys = {found.model_key for _, found in scored if model in (found.model, found.model_key)}
    if not keys:
        return ""
    runs = sorted(record.run_id for key in keys for record in runs_from(store, key))
    return content_key("opinions", {"dataset": info.key, "scores": sorted(key for key, _ in scored), "runs": runs})


def compared_countries(surveyed: Surveyed, found: Opinionated, asked: Sequence[str]) -> list[str]:
    """Choose the countries models are compared with: those asked for, else those the runs were trained for, else the
    paper's, else all; the last three as far as they have answers."""
    if asked:
        return surveyed.check(asked)
    trained_for = sorted({model.run.config.country for model in found.models if model.run is not None})
    for choice in (trained_for, PAPER_COUNTRIES):
        present = [country for country in choice if country in surveyed.answers.countries]
        if present:
            return present
    return list(surveyed.answers.countries)


def closeness_table(
    surveyed: Surveyed, models: Sequence[ModelOpinions], countries: Sequence[str], config: EvaluationConfig
) -> pd.DataFrame:
    """Compare models with countries: how close their opinions are, and the paired difference to the global model.

    Parameters
    ----------
    models : sequence of ModelOpinions
        One of them the global model.

    Returns
    -------
    DataFrame
        One row per model and country: `run` (None for `uniform` and `global`), `trained_on`, `trained_for`, `method`,
        `tau`, `beta`, `seed`, `tested_on`, `name`, `closeness_*` (1 - distance, with interval and number of
        questions), `global_*` (the global model on the same questions), `diff_*` (model - global, paired; NaN for the
        global model itself) with `p` and `holm` (over the countries of a model), `uniform_*` (how decided the model
        is: its own distance from the uniform distribution on these questions), `test_questions_only`.

    Notes
    -----
    At one temperature a model whose rewards lie further apart is more decided, and that alone moves its closeness:
    read it beside `uniform_*`, and at more than one temperature.
    """
    answers, resamples = surveyed.answers, surveyed.answers.resamples(config)
    ruler = next(model for model in models if model.method == GLOBAL and model.run is None)
    of_global = {c: opinions.closeness(answers, c, ruler.distribution) for c in countries}
    uniform = opinions.uniform_distribution(answers.offered)
    columns: list[np.ndarray] = []
    for model in models:
        for country in countries:
            own = opinions.closeness(answers, country, model.distribution)
            both = np.isfinite(own) & np.isfinite(of_global[country])
            decided = distance(model.distribution, uniform)
            columns += [np.where(both, column, np.nan) for column in (own, of_global[country], decided)]
    table = np.stack(columns, axis=1) if columns else np.empty((answers.question_id.size, 0))
    means = question_means(table, resamples, level=config.level)
    differences = question_differences(table[:, 0::3] - table[:, 1::3], resamples, level=config.level)
    rows = []
    for number, model in enumerate(models):
        here = range(number * len(countries), (number + 1) * len(countries))
        adjusted = holm([differences[i].p for i in here])
        for country, i, holm_p in zip(countries, here, adjusted, strict=True):
            rows.append(_row(model, country, means[3 * i : 3 * i + 3], differences[i], float(holm_p)))
    return pd.DataFrame(rows).assign(level=config.level) if rows else pd.DataFrame()


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


def _row(
    model: ModelOpinions,
    country: str,
    means: Sequence[QuestionMean],
    difference: QuestionMean,
    holm_p: float,
) -> dict[str, Any]:
    own, of_global, from_uniform = means
    if model.method == UNIFORM:  # 0 by construction, so there is nothing to be uncertain about
        from_uniform = replace(from_uniform, value=0.0, low=0.0, high=0.0)
    config = None if model.run is None else model.run.config
    objective = None if config is None else config.objective
    itself = model.method == GLOBAL and model.run is None
    nothing = QuestionMean(np.nan, np.nan, np.nan, difference.level, difference.n_questions)
    return {
        "run": None if model.run is None else model.run.run_id,
        "trained_on": None if config is None else config.dataset,
        "trained_for": None if config is None else config.country,
        "method": model.method,
        "tau": np.nan if objective is None or objective.tau is None else objective.tau,
        "beta": np.nan if objective is None or objective.beta is None else objective.beta,
        "seed": None if config is None else config.seed,
        "tested_on": country,
        "name": display_name(country),
        **as_columns("closeness_", own),
        **as_columns("global_", of_global),
        **as_columns("uniform_", from_uniform),
        **as_columns("diff_", nothing if itself else difference),
        "p": np.nan if itself else difference.p,
        "holm": np.nan if itself else holm_p,
        "test_questions_only": model.test_questions_only,
    }
