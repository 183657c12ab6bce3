"""Survey answers: how far apart countries are, and how close the global model and every run are to each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from scpo.analysis import opinions as survey
from scpo.analysis.intervals import holm
from scpo.analysis.opinions import LEAST_SHARED, NO_NOISE_FLOOR, Answers, QuestionMean
from scpo.config import PAPER_COUNTRIES, EvaluationConfig
from scpo.data.countries import display_name
from scpo.data.opinion_pairs import utterance_ids
from scpo.data.tables import DatasetInfo
from scpo.errors import InputError
from scpo.runs import datasets, studies
from scpo.runs.models import named_model, run_model_key
from scpo.runs.run import RunDirectory, RunRecord, list_runs
from scpo.runs.scores import find_scores, list_scores, read_scores
from scpo.runs.store import Store

UNIFORM = "uniform"
"""The model that knows nothing: every option alike. What is not closer than this has no opinion."""

GLOBAL = "global"


@dataclass(frozen=True, eq=False)
class Surveyed:
    """A data set with survey answers, arranged for comparison with models.

    Attributes
    ----------
    info : DatasetInfo
    opinions : DataFrame
        Rows of OPINIONS.
    answers : Answers
    utterance : ndarray of int, shape (n_questions, most_options)
        Row of each option in the table utterances; -1 where there is none.
    tests : ndarray of bool, shape (n_questions,)
        The questions on which nothing was trained.
    non_answers : bool
        ``DK/Refused`` and the like count as options.
    """

    info: DatasetInfo
    opinions: pd.DataFrame
    answers: Answers
    utterance: np.ndarray
    tests: np.ndarray
    non_answers: bool

    def distribution(self, reward: np.ndarray, *, temperature: float) -> np.ndarray:
        """Return the opinions of a model from its rewards by row of utterances; NaN where an option has none."""
        of_option = np.where(self.utterance >= 0, reward[self.utterance], np.nan)
        return survey.opinion_distribution(of_option, self.answers.offered, temperature=temperature)

    def check(self, countries: Sequence[str]) -> list[str]:
        """Return the countries, or refuse one without answers in the words of the data set."""
        for country in countries:
            if country not in self.answers.countries:
                raise InputError(
                    f"{self.info.name} has no answers from {country}: it has {', '.join(self.answers.countries)}"
                )
        return list(dict.fromkeys(countries))


def load_surveyed(store: Store, data: str, *, non_answers: bool = False) -> Surveyed:
    """Read a data set's survey answers.

    Raises
    ------
    InputError
        If the data set holds none.
    """
    opinions = datasets.load_opinions(store, data)
    loaded = datasets.load_dataset(store, data)
    answers = survey.answers_of(opinions, non_answers=non_answers)
    options = opinions.drop_duplicates(["question_id", "option_index"])
    row = pd.Series(np.arange(len(loaded.utterances)), index=loaded.utterances["utterance_id"])
    utterance = np.full(answers.offered.shape, -1)
    question = np.searchsorted(answers.question_id, options["question_id"].to_numpy(dtype=str))
    utterance[question, options["option_index"].to_numpy()] = row.loc[utterance_ids(options)].to_numpy()
    split = loaded.users.set_index("user_id")["split"]
    tests = (split.loc[answers.question_id.tolist()] == "test").to_numpy()
    return Surveyed(loaded.info, opinions, answers, utterance, tests, non_answers)


def couple_table(
    surveyed: Surveyed, config: EvaluationConfig, *, countries: Sequence[str] | None = None, least: int = LEAST_SHARED
) -> pd.DataFrame:
    """List the couples of countries by the mean distance of their answers, the most different first.

    Returns
    -------
    DataFrame
        `first`, `second`, `distance_value`, `distance_low`, `distance_high`, `distance_n_questions`, `level`; couples
        with fewer than `least` shared questions are left out.
    """
    chosen = None if countries is None else surveyed.check(countries)
    found = survey.couples(surveyed.answers, config, countries=chosen, least=least)
    rows = [
        {"first": c.first, "second": c.second, **survey.as_columns("distance_", c.distance), "level": config.level}
        for c in found
    ]
    numbers = [f"distance_{name}" for name in ("value", "low", "high", "n_questions")]
    return pd.DataFrame(rows, columns=["first", "second", *numbers, "level"])


def question_table(surveyed: Surveyed, first: str, second: str) -> pd.DataFrame:
    """List the questions that both countries answered, the most dividing first.

    Returns
    -------
    DataFrame
        `question_id`, `question`, `distance` in [0, 1], and `answers`: a list of (option, share in the first country,
        share in the second), the largest difference first. The shares sum to 1 over the options that count.
    """
    _two(surveyed, first, second)
    answers = surveyed.answers
    table = survey.dividing_questions(answers, first, second)
    options = surveyed.opinions.drop_duplicates(["question_id", "option_index"])
    text = options.set_index(["question_id", "option_index"])["option"].to_dict()
    question = options.drop_duplicates("question_id").set_index("question_id")["question"]
    place = np.searchsorted(answers.question_id, table["question_id"].to_numpy(dtype=str))
    shares = answers.of(first), answers.of(second)
    rows = []
    for question_id, row in zip(table["question_id"], place, strict=True):
        offered = np.flatnonzero(answers.offered[row])
        compared = [(text[question_id, i], float(shares[0][row, i]), float(shares[1][row, i])) for i in offered]
        rows.append(sorted(compared, key=lambda one: -abs(one[1] - one[2])))
    table.insert(1, "question", table["question_id"].map(question))
    return table.assign(answers=pd.Series(rows, dtype=object))


def _two(surveyed: Surveyed, first: str, second: str) -> None:
    if len(surveyed.check([first, second])) != 2:
        raise InputError(f"a couple is two different countries, got {first} twice")


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
    A run that was trained on this very data set is judged on its test questions alone, as is everything that starts
    from a global model trained on it.
    """
    info = surveyed.info
    scores = find_scores(store, info, model)
    by_model = {found.model_key: key for key, found in list_scores(store, info)}
    trained = named_model(store, scores.info.model_key)
    base_seen = trained is not None and trained.dataset_key == info.key
    uniform = survey.uniform_distribution(surveyed.answers.offered)

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
    of_global = {c: survey.closeness(answers, c, ruler.distribution) for c in countries}
    uniform = survey.uniform_distribution(answers.offered)
    columns: list[np.ndarray] = []
    for model in models:
        for country in countries:
            own = survey.closeness(answers, country, model.distribution)
            both = np.isfinite(own) & np.isfinite(of_global[country])
            decided = survey.distance(model.distribution, uniform)
            columns += [np.where(both, column, np.nan) for column in (own, of_global[country], decided)]
    table = np.stack(columns, axis=1) if columns else np.empty((answers.question_id.size, 0))
    means = survey.question_means(table, resamples, level=config.level)
    differences = survey.question_differences(table[:, 0::3] - table[:, 1::3], resamples, level=config.level)
    rows = []
    for number, model in enumerate(models):
        here = range(number * len(countries), (number + 1) * len(countries))
        adjusted = holm([differences[i].p for i in here])
        for country, i, holm_p in zip(countries, here, adjusted, strict=True):
            rows.append(_row(model, country, means[3 * i : 3 * i + 3], differences[i], float(holm_p)))
    return pd.DataFrame(rows).assign(level=config.level) if rows else pd.DataFrame()


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
        **survey.as_columns("closeness_", own),
        **survey.as_columns("global_", of_global),
        **survey.as_columns("uniform_", from_uniform),
        **survey.as_columns("diff_", nothing if itself else difference),
        "p": np.nan if itself else difference.p,
        "holm": np.nan if itself else holm_p,
        "test_questions_only": model.test_questions_only,
    }


def couples_document(
    surveyed: Surveyed, config: EvaluationConfig, *, countries: Sequence[str] | None = None
) -> dict[str, Any]:
    """Build the document of ``scpo opinions --data NAME --json``: all couples, the most different first."""
    table = couple_table(surveyed, config, countries=countries)
    listed = [
        {"first": row["first"], "second": row["second"], "distance": _estimate(row, "distance_", config)}
        for row in table.to_dict("records")
    ]
    chosen = surveyed.answers.countries if countries is None else list(dict.fromkeys(countries))
    n_questions = surveyed.answers.n_questions
    return {
        **_about(surveyed),
        "countries": [{"country": country, "n_questions": n_questions[country]} for country in chosen],
        "couples": listed,
        "most_different": listed[0] if listed else None,
        "least_shared_questions": LEAST_SHARED,
        "couples_left_out": len(chosen) * (len(chosen) - 1) // 2 - len(listed),
    }


def couple_document(surveyed: Surveyed, first: str, second: str, config: EvaluationConfig) -> dict[str, Any]:
    """Build the document of ``scpo opinions --data NAME --couple A,B --json``: the questions that divide them."""
    table = question_table(surveyed, first, second)
    mean = survey.couple_distance(surveyed.answers, first, second, config)
    return {
        **_about(surveyed),
        "first": first,
        "second": second,
        "distance": mean.to_json(),
        "questions": [
            {
                "question_id": row["question_id"],
                "question": row["question"],
                "distance": row["distance"],
                "answers": [{"option": option, first: a, second: b} for option, a, b in row["answers"]],
            }
            for row in table.to_dict("records")
        ],
    }


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
    table = closeness_table(surveyed, found.models, countries, config)
    labels = ("run", "trained_on", "trained_for", "method", "tau", "beta", "seed", "tested_on")
    rows = [
        {
            **{key: _value(row[key]) for key in labels},
            "closeness": _estimate(row, "closeness_", config),
            "global": _estimate(row, "global_", config),
            "from_uniform": _estimate(row, "uniform_", config),
            "difference": {**_estimate(row, "diff_", config), "p": _value(row["p"])},
            "holm_p": _value(row["holm"]),
            "test_questions_only": bool(row["test_questions_only"]),
        }
        for row in table.to_dict("records")
    ]
    return {
        **_about(surveyed),
        "model": model,
        "temperature": temperature,
        "countries": list(countries),
        "rows": rows,
        "not_scored": found.not_scored,
    }


def _about(surveyed: Surveyed) -> dict[str, Any]:
    return {
        "data": surveyed.info.name,
        "n_questions": int(surveyed.answers.offered.any(axis=1).sum()),
        "n_questions_without_choice": surveyed.answers.n_without_choice,
        "non_answers": "counted as options" if surveyed.non_answers else "left out, the rest renormalised",
        "noise_floor": None,
        "noise_floor_note": NO_NOISE_FLOOR,
    }


def _estimate(row: dict[Any, Any], prefix: str, config: EvaluationConfig) -> dict[str, Any]:
    value, low, high = (row[f"{prefix}{name}"] for name in ("value", "low", "high"))
    return QuestionMean(value, low, high, config.level, int(row[f"{prefix}n_questions"])).to_json()


def _value(value: Any) -> Any:
    """Return a JSON value: null for NaN, whole numbers as such."""
    if value is None or (isinstance(value, float) and not np.isfinite(value)):
        return None
    return int(value) if isinstance(value, np.integer) else value
