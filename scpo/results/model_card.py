"""What a finished run's model is, what it was measured to do, and to whom: the document of its model card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scpo.config import EvaluationConfig
from scpo.data.hub import reference_of
from scpo.data.sources import SOURCES
from scpo.data.tables import DatasetInfo
from scpo.errors import InputError
from scpo.measures.bias import bias_rows
from scpo.measures.estimate import estimate
from scpo.measures.evaluation import CountryModel
from scpo.measures.intervals import ALPHA
from scpo.methods import METHODS
from scpo.models import registered
from scpo.results.checks import CHECKS, find_check
from scpo.results.communities import community_name
from scpo.results.datacard import SYNTHETIC, limits
from scpo.results.ruler import Ruler
from scpo.store import datasets, models
from scpo.store.cache import Store
from scpo.store.run_record import RunRecord
from scpo.store.runs import RunDirectory
from scpo.store.scored import Scored, find_run, group_runs, load_scored, runs_of
from scpo.store.scores import read_scores

MODEL_LIMITS = (
    "The numbers are shares of preference pairs; what a language model does that is trained with this reward was not "
    "measured.",
    "p-values are corrected over the communities of this one model, not over other models that were tried.",
    "A model that was picked among several by these test users looks a little too good on them.",
)
"""What the numbers of any finetuned model do not show."""

HALF = "Where weights are in bfloat16, rewards elsewhere differ from the recorded ones by its rounding."


def model_card(store: Store, run_id: str, *, level: float = 0.95) -> dict[str, Any]:
    """Build the document of a finished run's model card; `scpo.results.model_card_text` writes it as Markdown.

    All numbers are those of this one model (one seed) on test users. Paths of this machine are not in it.

    Parameters
    ----------
    level : float, in (0, 1)
        Confidence level of the intervals.

    Returns
    -------
    dict
        JSON values; null for unknown. `banner` (null for real data), `data`, `global_model`, `settings`, `training`,
        `accuracy` at home, `communities` (the paired change on every community, each with a `verdict` of gains, pays,
        not distinguishable or too few users), `checks` that have been carried out and `checks_missing`, `limits`,
        and `engine`, on what it ran.

    Raises
    ------
    InputError
        If the run has not finished, or its data set has been registered anew since.
    """
    record = find_run(store, run_id)
    scored = _scored(store, record)
    runs = runs_of(store, scored)
    mine = [run for run in runs if run.run_id == run_id]
    if not mine:
        RunDirectory(store, run_id).reward_table()  # it says what is broken
        raise InputError(f"run {run_id} has no counts of pairs: remove it and run it again")
    config, evaluation = record.config, EvaluationConfig(level=level)
    accuracy, communities = measured_parts(scored, group_runs(mine)[0], evaluation)
    found = {name: find_check(store, scored, runs, name, level=level) for name in CHECKS}
    return {
        "run": run_id,
        "banner": SYNTHETIC if scored.info.synthetic else None,
        "country": config.country,
        "country_name": community_name(scored, config.country),
        "data": _data(scored.info),
        "global_model": _global_model(store, scored),
        "settings": {
            **config.objective.as_json(),
            "label": METHODS[config.objective.method].label,
            "control": METHODS[config.objective.method].control,
            "seed": config.seed,
            "encoding": config.encoding.as_json(),
        },
        "training": config.training.as_json()
        | {
            name: getattr(record, name)
            for name in ("n_train", "n_train_users", "n_kept", "effective_sample_size", "passes")
        }
        | {"steps_done": record.steps},
        "accuracy": accuracy,
        "communities": communities,
        "checks": [
            {
                "check": name,
                "label": CHECKS[name].label,
                "question": one.question,
                "conclusion": one.conclusion,
                "notes": one.notes,
            }
            for name, one in found.items()
            if one is not None
        ],
        "checks_missing": [name for name, one in found.items() if one is None],
        "limits": [*limits(scored.info), *MODEL_LIMITS, *([HALF] if config.training.lora is not None else [])],
        "engine": {
            "versions": record.versions,
            "python": record.python,
            "source_revision": record.source_revision,
            "device": record.device,
            "finished_at": record.finished_at,
            "level": level,
        },
    }


def measured_parts(
    scored: Scored, model: CountryModel, config: EvaluationConfig
) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """Return `accuracy` and `communities` of a card: None and nothing where the model's own has no test pairs."""
    ruler = Ruler(scored, config)
    if model.trained_for not in ruler.countries:
        return None, []
    measured, base = ruler.measure(model.gap, model.trained_for), ruler.measure_global(model.trained_for)
    parts = {
        "all_country": measured.everything,
        "all_country_global": base.everything,
        "true_country": measured.recovered,
        "excess": measured.excess,
        "gain": measured.gain,
    }
    communities = [
        {
            **{key: value for key, value in row.to_json().items() if key in _ROW},
            "name": community_name(scored, row.tested_on),
            "at_home": row.tested_on == model.trained_for,
            "verdict": _verdict(row.difference.value, row.holm_p, too_few=row.too_few_users),
        }
        for row in bias_rows([model], scored.evaluation(config))
    ]
    return {name: estimate(one, level=config.level).to_json() for name, one in parts.items()}, communities


_ROW = ("tested_on", "difference", "holm_p", "smallest_visible", "too_few_users")


def _scored(store: Store, record: RunRecord) -> Scored:
    """Read the data set of a run with the scores that it was trained by."""
    config = record.config
    if record.scores_key is None:
        scored = load_scored(store, config.dataset, config.model_key, context=config.encoding.context)
    else:
        scored = Scored(datasets.load_dataset(store, config.dataset), read_scores(store, record.scores_key))
    if scored.info.key != config.dataset_key:
        raise InputError(
            f"data set {config.dataset} has been registered anew since run {record.run_id}: its numbers are gone; "
            "do the run again"
        )
    return scored


def _verdict(value: float, p: float, *, too_few: bool) -> str:
    """Say in a word whether a community gains or pays."""
    if too_few:
        return "too few users"
    if not p < ALPHA:
        return "not distinguishable"
    return "gains" if value > 0 else "pays"


def _data(info: DatasetInfo) -> dict[str, Any]:
    """Return what may be known of a data set elsewhere: no path of this machine."""
    source = SOURCES[info.source]
    asked = reference_of(Path(info.location))
    public = source.published is not None and info.location == source.published.repository
    return {
        "name": info.name,
        "source": source.label,
        "unit": source.unit,
        "repository": asked.repository if asked is not None else info.location if public else None,
        "revision": info.revision,
        "licence": info.licence,
        "citation": info.citation,
        "community": info.group,
        "key": info.key,
        "split": info.split.as_json(),
        "users": info.counts.get("users"),
        "pairs": info.counts.get("pairs"),
    }


def _global_model(store: Store, scored: Scored) -> dict[str, Any]:
    """Return what was adapted: a repository at a commit, or a model that was trained here."""
    info = scored.scores.info
    known = registered(info.model)
    trained = models.read_model(store, info.model_key) if models.has_model(store, info.model_key) else None
    repository, _, commit = info.model_location.partition("@")
    public = info.model_commit is not None
    return {
        "name": info.model,
        "key": info.model_key,
        "repository": repository if public else None,
        "commit": (commit or info.model_commit) if public else None,
        "licence": None if known is None else known.licence,
        "trained_on": None if trained is None else trained.dataset,
        "without": [] if trained is None else trained.exclude_countries,
    }
