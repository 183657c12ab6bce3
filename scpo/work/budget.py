"""Choose the training budget once per global model, on validation users carved out of the training users."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from scpo.config import TrainingConfig, content_key
from scpo.data.splits import validation_users
from scpo.errors import InputError
from scpo.model.scoring import score
from scpo.model.training import train
from scpo.settings import Settings
from scpo.store.cache import Store, now
from scpo.store.scored import Scored
from scpo.work.global_model import pair_data
from scpo.work.score import OnProgress, encode_rows, load_model, scored_model

BUDGET_ALGORITHM_VERSION = 2
VALIDATION_FRACTION = 0.25
LEAST_GAIN = 0.005
"""A longer budget must raise the mean validation accuracy by more than this (half a point) to be worth it: smaller
differences are far inside the noise of a few validation users."""

PATIENCE = 2
"""The climb ends after so many rungs in a row that bring no `LEAST_GAIN`; one is too few: accuracy may dip first."""


class BudgetRecord(BaseModel):
    """How a training budget was chosen."""

    model_config = ConfigDict(extra="forbid")

    steps: int
    """The smallest budget after which `full` no longer improves."""

    tried: dict[int, dict[str, float]]
    """Steps -> country -> all-country accuracy of `full` on validation users; 0 steps is the global model."""

    mean: dict[int, float]
    n_validation_pairs: dict[str, int]
    n_validation_users: dict[str, int]
    rule: str
    created_at: str


def choose_budget(
    store: Store,
    scored: Scored,
    *,
    countries: Sequence[str],
    training: TrainingConfig,
    ladder: Sequence[int],
    settings: Settings,
    on_progress: OnProgress,
) -> BudgetRecord:
    """Find the smallest number of steps at which `full` stops improving on all-country accuracy (method.md, 5).

    Each rung of the ladder is a training of its own, with its own learning-rate schedule, per country, on the
    training users without the validation users. The climb ends after `PATIENCE` rungs without a gain; chosen is the
    smallest rung within `LEAST_GAIN` of the best mean over countries. Test users are never looked at.

    Parameters
    ----------
    ladder : sequence of int
        Rising numbers of steps.
    training : TrainingConfig
        Everything but the budget.
    """
    causes = {
        "algorithm_version": BUDGET_ALGORITHM_VERSION,
        "scores": scored.scores.key,
        "dataset": scored.info.key,
        "countries": list(countries),
        "training": training.model_copy(update={"steps": 1, "epochs": None}).as_json(),
        "encoding": scored.scores.info.encoding.as_json(),
        "ladder": list(ladder),
        "least_gain": LEAST_GAIN,
        "patience": PATIENCE,
        "validation_fraction": VALIDATION_FRACTION,
    }
    found = store.kept(
        "budgets",
        content_key("budget", causes),
        lambda: _climb(store, scored, countries, training, ladder, settings, on_progress).model_dump(mode="json"),
        file="budget.json",
    )
    return BudgetRecord.model_validate(found)


def _climb(
    store: Store,
    scored: Scored,
    countries: Sequence[str],
    training: TrainingConfig,
    ladder: Sequence[int],
    settings: Settings,
    on_progress: OnProgress,
) -> BudgetRecord:
    identity = scored_model(store, scored)
    fit, held = {}, {}
    for country in countries:
        pairs = scored.country_pairs(country, "train")
        if pairs["user_id"].nunique() < 2:
            raise InputError(f"{country} has fewer than two training users: give --steps or --epochs yourself")
        chosen = validation_users(pairs["user_id"].to_numpy(), fraction=VALIDATION_FRACTION, seed=0)
        held[country] = pairs[pairs["user_id"].isin(chosen)]
        fit[country] = pairs[~pairs["user_id"].isin(chosen)]

    tried = {0: {country: float(np.mean(held[country]["gap"] > 0)) for country in countries}}
    total = sum(ladder) * len(countries)
    done = without_gain = 0
    best = 0.0
    for steps in ladder:
        if without_gain == PATIENCE:
            break
        tried[steps] = {}
        for country in countries:
            model = load_model(identity, encoding=scored.scores.info.encoding, settings=settings)
            train(
                model,
                pair_data(model, scored.utterances, fit[country], np.ones(len(fit[country]))),
                training.model_copy(update={"steps": steps, "epochs": None}),
                seed=0,
                on_log=lambda log, done=done: on_progress("choosing the budget", done + log.step, total, "steps"),  # type: ignore[misc]
            )
            done += steps
            pairs = held[country]
            rows, position = np.unique(pairs[["chosen", "rejected"]].to_numpy(), return_inverse=True)
            reward = score(model, encode_rows(model, scored.utterances, rows)).reward[position.reshape(-1, 2)]
            tried[steps][country] = float(np.mean(reward[:, 0] > reward[:, 1]))
        reached = _mean(tried[steps])
        without_gain = 0 if reached > best + LEAST_GAIN else without_gain + 1
        best = max(best, reached)
    return BudgetRecord(
        steps=next(steps for steps in ladder if _mean(tried[steps]) >= best - LEAST_GAIN),
        tried=tried,
        mean={steps: _mean(by_country) for steps, by_country in tried.items()},
        n_validation_pairs={country: len(pairs) for country, pairs in held.items()},
        n_validation_users={country: pairs["user_id"].nunique() for country, pairs in held.items()},
        rule=f"smallest of {list(ladder)} steps at which full is within {LEAST_GAIN} of its best mean accuracy",
        created_at=now(),
    )


def _mean(by_country: dict[str, float]) -> float:
    return float(np.mean(list(by_country.values())))
