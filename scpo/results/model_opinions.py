"""The opinions of the global model and of every run, read from the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scpo.config import PAPER_COUNTRIES, content_key
from scpo.measures import model_opinions as opinions
from scpo.results.survey import Surveyed
from scpo.store import studies
from scpo.store.cache import Store
from scpo.store.datasets import load_info
from scpo.store.models import named_model, run_model_key
from scpo.store.run_record import RunRecord
from scpo.store.runs import RunDirectory, list_runs
from scpo.store.scores import find_scores, list_scores, read_scores, scores_of

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
    keys = {found.model_key for _, found in scores_of(store, info, model)}
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
