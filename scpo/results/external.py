"""Models from elsewhere beside the runs of a study: measured as these are, with their training unknown and said so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scpo.config import EvaluationConfig, ObjectiveConfig
from scpo.measures.bias import BiasRow, bias_rows
from scpo.measures.estimate import estimate
from scpo.measures.evaluation import CountryModel
from scpo.method.objective import gap
from scpo.methods import EXTERNAL, EXTERNAL_PREFIX, TRAINING_UNKNOWN
from scpo.results.ruler import Ruler, point
from scpo.store.cache import Store
from scpo.store.externals import ExternalModel, list_externals
from scpo.store.scored import Scored
from scpo.store.scores import list_scores, read_scores

OBJECTIVE = ObjectiveConfig.model_construct(
    method=EXTERNAL, tau=None, beta=None, normalise_weights=False, inverse_clip=5.0
)
"""Stands where a setting is told: not checked, because nobody can ask for it."""


@dataclass(frozen=True, eq=False)
class Externals:
    """The models from elsewhere, as one data set and global model have them.

    Attributes
    ----------
    models : tuple of CountryModel
        Those that have read what the global model has read, with gaps of shape (1, n_test_pairs).
    left_out : mapping
        Of the others, by name, why they are not compared and what to do.
    """

    models: tuple[CountryModel, ...]
    left_out: dict[str, str]


def load_externals(store: Store, scored: Scored) -> Externals:
    """Read the rewards of the models from elsewhere on the test pairs of a data set.

    One is compared with the global model if it belongs to a community with test pairs and its newest scores of this
    data set have read as much of a conversation as the global model's.
    """
    test = scored.test_pairs
    known, communities = list_scores(store, scored.info), set(test["country"])
    models, left_out = [], {}
    for record in list_externals(store):
        mine = [(key, info) for key, info in known if info.model_key == record.key]
        alike = [key for key, info in mine if info.encoding.context == scored.scores.info.encoding.context]
        if record.trained_for not in communities:
            left_out[record.name] = f"{scored.info.name} has no test pairs of {record.trained_for}"
        elif not alike:
            left_out[record.name] = _unscored(record, scored, other_context=bool(mine))
        else:
            reward = read_scores(store, alike[-1]).reward
            own = gap(reward[test["chosen"].to_numpy()], reward[test["rejected"].to_numpy()])
            models.append(
                CountryModel(record.trained_for, OBJECTIVE, (record.id,), own[None, :], external=record.setting)
            )
    return Externals(tuple(sorted(models, key=lambda one: (one.trained_for, one.external or ""))), left_out)


def _unscored(record: ExternalModel, scored: Scored, *, other_context: bool) -> str:
    context = scored.scores.info.encoding.context
    command = f"scpo score --data {scored.info.name} --model {record.name}"
    if context == "turn" and not other_context:
        return f"not scored yet: `{command}` does it"
    return f"not scored as the global model has read: `{command} --context {context}` does it"


def external_points(externals: Sequence[CountryModel], ruler: Ruler, *, level: float) -> list[dict[str, Any]]:
    """Return models from elsewhere as points of ``scpo frontier --json``: never on the front, never chosen."""
    return [
        point(
            measured,
            level=level,
            country=model.trained_for,
            method=EXTERNAL,
            **_identity(model.runs, model.external),
            gain=estimate(measured.gain, level=level).to_json(),
            preview=False,
            control=False,
            front_frequency=None,
        )
        for model in externals
        if model.trained_for in ruler.countries
        for measured in [ruler.measure(model.gap, model.trained_for)]
    ]


def external_cells(externals: Sequence[CountryModel], scored: Scored, config: EvaluationConfig) -> list[dict[str, Any]]:
    """Return models from elsewhere on every community, as rows of ``scpo bias --json``."""
    return [_cell(row) for row in bias_rows(externals, scored.evaluation(config))]


def _cell(row: BiasRow) -> dict[str, Any]:
    return row.to_json() | {"run": None, "runs": [], **_identity(row.runs, row.external)}


def _identity(runs: tuple[str, ...], setting: str | None) -> dict[str, Any]:
    """Say which model it is and that its training is not known: null where ours say that they held users out."""
    return {
        "model": runs[0].removeprefix(EXTERNAL_PREFIX),
        "setting": setting,
        "training": TRAINING_UNKNOWN,
        "held_out": None,
    }
