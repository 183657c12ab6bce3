"""The model card of a model from elsewhere: what it was measured to do, and that its training is not known."""

from __future__ import annotations

from typing import Any

from scpo.config import EvaluationConfig
from scpo.errors import InputError
from scpo.methods import TRAINING_UNKNOWN
from scpo.results.communities import community_name
from scpo.results.datacard import SYNTHETIC
from scpo.results.external import load_externals
from scpo.results.model_card import MODEL_LIMITS, measured_parts
from scpo.store.cache import Store
from scpo.store.externals import read_external
from scpo.store.scored import Scored

LIMITS = (
    f"{TRAINING_UNKNOWN[0].upper()}{TRAINING_UNKNOWN[1:]}. If it has seen them, the numbers are too high.",
    "Method, tau, beta, seed and budget of its training are not known.",
    *MODEL_LIMITS,
)
"""What the numbers do not show."""


def external_card(store: Store, scored: Scored, name: str, *, level: float = 0.95) -> dict[str, Any]:
    """Build the document of the card of a model from elsewhere; `model_card_text.external_card_text` writes it.

    Returns
    -------
    dict
        JSON values; null for unknown. `banner`, `model`, `country_name`, `repository` (null for a folder, whose path is
        not told), `licence`, `training`, `held_out` (null: not known), `data`, `global_model`, `accuracy`,
        `communities` and `limits`, as of `scpo.results.model_card.model_card`.

    Raises
    ------
    InputError
        If there is no such model, or it is not compared with this global model.
    """
    record = read_external(store, name)
    found = next((one for one in load_externals(store, scored).models if record.id in one.runs), None)
    if found is None:
        raise InputError(f"model {name} is not scored as {scored.scores.info.label} has read {scored.info.name}")
    accuracy, communities = measured_parts(scored, found, EvaluationConfig(level=level))
    repository, at, commit = record.location.partition("@")
    return {
        "banner": SYNTHETIC if scored.info.synthetic else None,
        "model": name,
        "country": record.trained_for,
        "country_name": community_name(scored, record.trained_for),
        "repository": repository if at and not repository.startswith("/") else None,
        "commit": commit if at and not repository.startswith("/") else None,
        "key": record.key,
        "licence": record.licence,
        "training": TRAINING_UNKNOWN,
        "held_out": None,
        "data": {"name": scored.info.name, "unit": "user", "key": scored.info.key},
        "global_model": {"name": scored.scores.info.model, "key": scored.scores.info.model_key},
        "accuracy": accuracy,
        "communities": communities,
        "limits": list(LIMITS),
        "engine": {"level": level},
    }
