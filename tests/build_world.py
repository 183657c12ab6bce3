"""Build the world of `world` with the product's own functions: ``build_world.py FOLDER``.

To look at it: ``SCPO_CACHE_DIR=FOLDER/cache scpo dashboard``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from world import (
    BUDGET,
    CIRCLES,
    FEW_PEOPLE,
    FINETUNED,
    FITTED,
    HEADS,
    PEOPLE,
    SEEDS,
    STUDIED,
    rows,
    settings,
    write_rows,
    write_survey,
)

from scpo import results
from scpo.config import (
    DEFAULT_BETA,
    DEFAULT_TAU,
    EncodingConfig,
    EvaluationConfig,
    ObjectiveConfig,
    SplitConfig,
    TrainingConfig,
)
from scpo.store.cache import Store
from scpo.store.datasets import load_dataset
from scpo.store.studies import StudyPlan
from scpo.work.context import Work
from scpo.work.global_model import train_global
from scpo.work.prepare import prepare
from scpo.work.register import add_dataset, regroup
from scpo.work.requests import ScoreRequest, StudyRequest
from scpo.work.study import run_study


def begin(root: Path, name: str, people: dict[str, int], *, test_fraction: float, training: TrainingConfig) -> Store:
    """Write preferences, register them, and train ``rm`` on everybody's but South Africa's."""
    root.mkdir(parents=True)
    store = Store(root / "cache")
    write_rows(root / "pairs.csv", rows(people))
    split = SplitConfig(kind="stratified", test_fraction=test_fraction)
    add_dataset(store, name, source="pairs", path=root / "pairs.csv", settings=settings(store), split=split)
    train_global(
        Work(store, settings(store)),
        load_dataset(store, name),
        name="rm",
        backbone="tiny",
        exclude_countries=["ZAF"],
        training=training,
        encoding=EncodingConfig(max_length=48),
        seed=0,
        unseen_share=0.0,
    )
    return store


def study(
    store: Store,
    name: str,
    objectives: list[ObjectiveConfig],
    training: TrainingConfig,
    *,
    data: str = "tastes",
    countries: tuple[str, ...] = STUDIED,
    seeds: tuple[int, ...] = SEEDS,
) -> None:
    """Run settings that have the same tau and beta where they have any."""
    plan = StudyPlan(
        countries=countries,
        methods=tuple(one.method for one in objectives),
        taus=tuple({one.tau for one in objectives if one.tau}) or (DEFAULT_TAU,),
        betas=tuple({one.beta for one in objectives if one.beta}) or (DEFAULT_BETA,),
        seeds=seeds,
    )
    assert set(plan.objectives()) == set(objectives)
    request = StudyRequest(name=name, data=data, model="rm", plan=plan, training=training)
    done = run_study(Work(store, settings(store)), request)
    assert not done.failures, done.failures


def build(root: Path) -> None:
    """Build both caches under `root`, which is not there yet."""
    torch.set_num_threads(1)
    begin(
        root / "small",
        "small",
        FEW_PEOPLE,
        test_fraction=0.4,  # three test users per country
        training=TrainingConfig(steps=6, learning_rate=1e-3, batch_pairs=16),
    )
    slow = TrainingConfig(steps=24, learning_rate=1e-3, batch_pairs=32)
    store = begin(root / "whole", "tastes", PEOPLE, test_fraction=0.5, training=slow)
    regroup(store, "tastes", "tastes-circles", ["circle"])
    survey = write_survey(root / "whole" / "survey.csv")
    add_dataset(store, "views", source="global-opinions", path=survey, settings=settings(store))
    prepare(Work(store, settings(store)), ScoreRequest(data="views", model="rm"))
    study(store, "paper", FINETUNED, BUDGET)
    study(store, "stricter", FITTED[:1], HEADS)
    study(store, "heads", FITTED[1:], HEADS)
    study(store, "circles", FINETUNED[-1:], HEADS, data="tastes-circles", countries=CIRCLES, seeds=(0,))
    results.load_divergence(store, results.load_scored(store, "tastes", "rm"), EvaluationConfig())  # takes seconds


if __name__ == "__main__":
    build(Path(sys.argv[1]))
