"""Choose the training budget once per global model, by folds of training users whom the global model has not seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scpo.config import Record, TrainingConfig, content_key
from scpo.data.splits import user_folds
from scpo.errors import InputError
from scpo.measures.budget import LEAST_USERS, mean_over, one_standard_error
from scpo.model.scoring import score
from scpo.model.training import train
from scpo.settings import Settings
from scpo.store.cache import Store, now
from scpo.store.models import ModelIdentity
from scpo.store.scored import Scored
from scpo.work.context import Work
from scpo.work.global_model import pair_data
from scpo.work.global_rows import seen_users
from scpo.work.score import encode_rows, load_model, scored_model

BUDGET_ALGORITHM_VERSION = 3
FOLDS = 5
LEAST_GAIN = 0.005
"""The climb counts a rung as a gain if it raises the best mean accuracy by more than this, half a point."""

PATIENCE = 2
"""The climb ends after so many rungs in a row that bring no `LEAST_GAIN`; one is too few: accuracy may dip first."""


class BudgetRecord(Record):
    """How a training budget was chosen."""

    steps: int
    """The smallest budget whose mean accuracy is within one standard error of the best."""

    tried: dict[int, dict[str, float]]
    """Steps -> country -> all-country accuracy of `full` on validation users, each judged by a model that was trained
    without them; 0 steps is the global model."""

    mean: dict[int, float]
    best: int
    """The budget with the highest mean accuracy."""

    standard_error: float | None
    """Of that mean, over users (jackknife); None if a country has one validation user."""

    folds: dict[str, int]
    n_validation_pairs: dict[str, int]
    n_validation_users: dict[str, int]
    """Training users whom the global model has not seen."""

    rule: str
    created_at: str


@dataclass(frozen=True, eq=False)
class _Country:
    """Training pairs of a country, and in which fold those are that judge; -1 for pairs that only train."""

    pairs: pd.DataFrame
    fold: NDArray[np.intp]

    @property
    def folds(self) -> int:
        return int(self.fold.max()) + 1

    @property
    def judging(self) -> NDArray[np.bool_]:
        return self.fold >= 0


def choose_budget(
    work: Work, scored: Scored, *, countries: Sequence[str], training: TrainingConfig, ladder: Sequence[int]
) -> BudgetRecord:
    """Find the smallest number of steps at which `full` is as good as it gets on all-country accuracy.

    Each rung of the ladder is a training of its own, with its own learning-rate schedule, per country and fold. The
    folds divide the training users whom the global model has not seen; a model trains on all training users of the
    country but those of one fold, and ranks their pairs. The climb ends after `PATIENCE` rungs without a gain; chosen
    is the smallest rung within one standard error of the best (Breiman, Friedman, Olshen and Stone 1984, 3.4.3). Test
    users are never looked at.

    Parameters
    ----------
    ladder : sequence of int
        Rising numbers of steps.
    training : TrainingConfig
        Everything but the budget.

    Raises
    ------
    InputError
        If a country has fewer than two training users whom the global model has not seen.
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
        "folds": FOLDS,
    }
    found = work.store.kept(
        "budgets",
        content_key("budget", causes),
        lambda: _climb(work, scored, countries, training, ladder).model_dump(mode="json"),
        file="budget.json",
    )
    return BudgetRecord.model_validate(found)


def _climb(
    work: Work, scored: Scored, countries: Sequence[str], training: TrainingConfig, ladder: Sequence[int]
) -> BudgetRecord:
    identity = scored_model(work.store, scored)
    parts = divide(work.store, scored, countries)
    right = {0: {country: part.pairs["gap"].to_numpy()[part.judging] > 0 for country, part in parts.items()}}
    total = sum(ladder) * sum(part.folds for part in parts.values())
    done = without_gain = 0
    best = 0.0
    for steps in ladder:
        if without_gain == PATIENCE:
            break
        right[steps] = {}
        for country, part in parts.items():
            ranked = np.zeros(len(part.pairs), dtype=bool)
            for fold in range(part.folds):
                ranked[part.fold == fold] = _ranked(
                    identity, scored, part, fold, training.model_copy(update={"steps": steps, "epochs": None}),
                    settings=work.settings,
                    on_step=lambda step, done=done: work.tell("choosing the budget", done + step, total, "steps"),  # type: ignore[misc]
                )  # fmt: skip
                done += steps
            right[steps][country] = ranked[part.judging]
        reached = mean_over(right[steps])
        without_gain = 0 if reached > best + LEAST_GAIN else without_gain + 1
        best = max(best, reached)
    users = {country: part.pairs["user_id"].to_numpy()[part.judging] for country, part in parts.items()}
    chosen = one_standard_error({steps: right[steps] for steps in ladder if steps in right}, users)
    return BudgetRecord(
        steps=chosen.steps,
        tried={steps: {c: float(np.mean(one)) for c, one in found.items()} for steps, found in right.items()},
        mean={steps: mean_over(found) for steps, found in right.items()},
        best=chosen.best,
        standard_error=chosen.standard_error,
        folds={country: part.folds for country, part in parts.items()},
        n_validation_pairs={country: int(part.judging.sum()) for country, part in parts.items()},
        n_validation_users={country: len(set(one)) for country, one in users.items()},
        rule=f"smallest of {list(ladder)} steps at which the mean accuracy of full, by folds of users whom the global "
        "model has not seen, is within one standard error (over users) of its best",
        created_at=now(),
    )


def divide(store: Store, scored: Scored, countries: Sequence[str]) -> dict[str, _Country]:
    """Divide the training users of each country whom the global model has not seen into folds.

    Raises
    ------
    InputError
        If there are fewer than two such users in a country.
    """
    info = scored.scores.info
    seen = seen_users(store, scored.dataset, info.model_key, info.model)
    parts = {}
    for country in countries:
        pairs = scored.country_pairs(country, "train")
        users = pairs["user_id"].to_numpy()
        unseen = sorted(set(users) - seen)
        if len(unseen) < LEAST_USERS:
            raise InputError(
                f"no budget can be chosen for {country}: {info.model} has seen all but {len(unseen)} of its "
                f"{len(set(users))} training users; give --steps or --epochs, or train a global model that leaves some "
                "out (scpo model train-global)"
                if seen & set(users)
                else f"{country} has fewer than two training users: give --steps or --epochs yourself"
            )
        of = user_folds(unseen, folds=FOLDS, seed=0)
        parts[country] = _Country(pairs, np.array([of.get(user, -1) for user in users], dtype=np.intp))
    return parts


def _ranked(
    identity: ModelIdentity,
    scored: Scored,
    part: _Country,
    fold: int,
    training: TrainingConfig,
    *,
    settings: Settings,
    on_step: Callable[[int], None],
) -> NDArray[np.bool_]:
    """Train on all pairs but those of a fold, and say which of these are then ranked right."""
    fit, held = part.pairs[part.fold != fold], part.pairs[part.fold == fold]
    model = load_model(identity, encoding=scored.scores.info.encoding, settings=settings)
    train(
        model,
        pair_data(model, scored.utterances, fit, np.ones(len(fit))),
        training,
        seed=0,
        on_log=lambda log: on_step(log.step),
    )
    rows, position = np.unique(held[["chosen", "rejected"]].to_numpy(), return_inverse=True)
    reward = score(model, encode_rows(model, scored.utterances, rows)).reward[position.reshape(-1, 2)]
    return np.asarray(reward[:, 0] > reward[:, 1])
