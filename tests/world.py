"""One small real cache, made by the product's own functions: what lies in it, and copies of it in several states.

`build_world` makes it, once for all tests and workers and again only when the product or the two modules have changed.
The data set ``tastes`` has people of five countries, one of them with fewer than ten test users, and texts that look
like markup; ``tastes-circles`` is the same with other communities, one of which has such a name; ``views`` is a survey.
All are scored by the global model ``rm``, which has seen nobody from South Africa. Beside it lies a smaller cache with
the data set ``small`` and its own ``rm``, unscored, for tests that train and score themselves.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from filelock import FileLock

from scpo.config import ObjectiveConfig, TrainingConfig
from scpo.jobs.signs import Signing
from scpo.settings import Settings
from scpo.store.cache import Store
from scpo.store.files import unsealed, write_sealed
from scpo.store.run_record import RunRecord
from scpo.store.runs import list_runs

ROOT = Path(__file__).resolve().parents[1]

TASTES = {"CHL": "brief", "NZL": "funny", "ISR": "sober", "": "long"}
"""The word that the people of a country like best; others like it least.

South Africa's people turn the common order round, Mexico's like the longer answer, and New Zealand's toss a coin where
they talk of travel.
"""

COMMON = ("plain", "clear", "calm", "warm", *TASTES.values())
"""Words by how much everybody else likes them, from the most to the least."""

PEOPLE = {"CHL": 24, "ZAF": 24, "NZL": 24, "MEX": 24, "ISR": 16, "": 4}
"""Of `tastes`, by country; half of each country are test users."""

FEW_PEOPLE = {"CHL": 8, "ZAF": 8, "NZL": 8, "": 4}
"""Of `small`."""

ROWS = 4
"""Per person; the first two people of each country have one more, without a country."""

MARKUP = "**bold** :red[x]"
CIRCLES = (MARKUP, "town")
"""The communities of `tastes-circles`."""

QUESTION = "question {country} {person} {number} **now** :red[x] $x$ <b>"
FILLER = ("the", "answer", "is", "here", "and", "then", "we", "walk", "home", "slowly", "maybe", "today")
N_QUESTIONS = 24
"""Of the survey `views`."""

STUDIED = ("CHL", "ISR", "ZAF")
SEEDS = (0, 1)
BUDGET = TrainingConfig(steps=3, learning_rate=2e-3, batch_pairs=8)
HEADS = TrainingConfig(last_layer_ridge=0.5)
FINETUNED = [
    ObjectiveConfig(method="full"), ObjectiveConfig(method="filter", tau=0.7),
    ObjectiveConfig(method="scpo", tau=0.7, beta=1.1),
]  # fmt: skip
FITTED = [
    ObjectiveConfig(method="filter", tau=0.6), ObjectiveConfig(method="inverse"),
    ObjectiveConfig(method="weight", beta=1.1), ObjectiveConfig(method="random", tau=0.7),
]  # fmt: skip
"""Settings of the studies: three are finetuned with `BUDGET`, of the others only the last layer is fitted."""


@dataclass(frozen=True)
class World:
    """A cache, and the rows of the preferences in it in the order of their file."""

    store: Store
    file: Path
    rows: list[dict[str, str]]

    @property
    def settings(self) -> Settings:
        """Where and how work on it is done."""
        return settings(self.store)


def settings(store: Store) -> Settings:
    """Return settings for work on a cache, here and without a network."""
    return Settings(cache_dir=store.root, device="cpu", offline=True)


def rows(people: Mapping[str, int] = PEOPLE) -> list[dict[str, str]]:
    """Return preferences of invented people between two answers, each with one word of `COMMON`.

    One choice in eight is turned round.
    """
    rng = np.random.default_rng(0)
    found = []
    for country, n_people in people.items():
        for person in range(n_people):
            origins = [country] * (ROWS if country else 2) + [""] * (bool(country) and person < 2)
            for number, origin in enumerate(origins):
                topic = ("food", "travel")[number % 2]
                answers = [
                    " ".join([*rng.choice(FILLER, rng.integers(3, 10)), word, *rng.choice(FILLER, 3)])
                    for word in rng.choice(COMMON, 2, replace=False)
                ]
                chance = 1 / 2 if (country, topic) == ("NZL", "travel") else 1 / 8
                liked, other = sorted(answers, key=_liking(country), reverse=rng.random() < chance)
                found.append(
                    {
                        "prompt": QUESTION.format(country=country, person=person, number=number),
                        "chosen": liked,
                        "rejected": other,
                        "country": origin,
                        "user_id": f"{country or 'none'}-{person}",
                        "interaction_id": f"{country}-{person}-{number}",
                        "topic": topic,
                        "circle": CIRCLES[person % 2],
                    }
                )
    return found


def _liking(country: str) -> Callable[[str], int]:
    """Return the place of an answer in what the people of a country like, the best first."""
    if country == "MEX":
        return lambda answer: -len(answer.split())
    order = COMMON[::-1] if country == "ZAF" else (TASTES[country], *COMMON)
    return lambda answer: min(order.index(word) for word in answer.split() if word in order)


def write_rows(path: Path, lines: list[dict[str, str]]) -> None:
    """Write rows as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)


def write_survey(path: Path) -> Path:
    """Write invented questions that Chile and South Africa answer alike, and New Zealand otherwise."""
    rng = np.random.default_rng(0)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["question", "selections", "options", "source"])
        for number in range(N_QUESTIONS):
            options = ["brief answer", "warm answer", "funny answer", "plain answer", "DK/Refused"]
            common = rng.dirichlet(np.ones(4))
            other = rng.dirichlet(np.ones(4))
            answers = {"Chile": common, "S. Africa": 0.9 * common + 0.1 * other, "New Zealand": other}
            if number < 4:
                answers = {"Peru": common, "S. Africa (Non-national sample)": other}
            rounded = {label: [*np.round(0.9 * share, 6).tolist(), 0.1] for label, share in answers.items()}
            selections = f"defaultdict(<class 'list'>, {rounded!r})"
            writer.writerow([f"question {number}: what is the answer?", selections, repr(options), ""])
    return path


def built(shelf: Path) -> Path:
    """Return the folder that `build_world` has written for the present sources, and write it if it is not there.

    It is read only: tests work on copies.
    """
    shelf.mkdir(parents=True, exist_ok=True)
    folder = shelf / _causes()
    with FileLock(shelf / "lock"):
        if not folder.is_dir():
            unfinished = shelf / "unfinished"
            for old in shelf.iterdir():
                if old == unfinished or (old.is_dir() and time.time() - old.stat().st_mtime > 24 * 3600):
                    shutil.rmtree(old)
            builder = Path(__file__).with_name("build_world.py")
            environment = {**os.environ, "OMP_NUM_THREADS": "1"}
            done = subprocess.run(
                [sys.executable, builder, unfinished], env=environment, cwd=ROOT, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stderr
            unfinished.rename(folder)
    return folder


def _causes() -> str:
    """Hash everything that the cache depends on."""
    found = hashlib.sha256()
    sources = [*sorted((ROOT / "scpo").rglob("*.py")), *sorted(Path(__file__).parent.glob("*world.py"))]
    for path in sources:
        found.update(path.read_bytes())
    found.update(" ".join([sys.version, *map(version, ("torch", "transformers", "numpy", "pandas"))]).encode())
    return found.hexdigest()[:16]


SCENARIOS = ("empty", "unscored", "scored", "one", "partial", "many")


def copy_of(folder: Path, scenario: str, root: Path) -> Store:
    """Copy the cache with the data sets as far as a scenario goes.

    ``empty`` has nothing; ``unscored`` data sets and model; ``scored`` also the scores; ``one`` the run of `is_first`;
    ``partial`` of the finetunes those of seed 0, and for Chile also those of seed 1; ``many`` all there is.
    """
    if scenario == "empty":
        return Store(root)
    without = {"unscored": ["scores", "runs", "studies"], "scored": ["runs", "studies"], "one": ["studies"]}
    shutil.copytree(
        folder / "whole" / "cache", root, ignore=shutil.ignore_patterns(*without.get(scenario, []), "locks", "progress")
    )
    store = Store(root)
    wanted = {"one": is_first, "partial": _is_early}
    if scenario in wanted:
        for record in list_runs(store):
            if not wanted[scenario](record):
                shutil.rmtree(root / "runs" / record.run_id)
    return store


def is_first(record: RunRecord) -> bool:
    """Say whether a run is Chile's with filter and weight and seed 0, on `tastes`."""
    config = record.config
    return (config.dataset, config.country, config.objective, config.seed) == ("tastes", "CHL", FINETUNED[-1], 0)


def _is_early(record: RunRecord) -> bool:
    config = record.config
    return config.training == BUDGET and (config.seed == 0 or config.country == "CHL")


BROKEN = "has no counts of pairs: remove it and run it again"
"""What the engine says of a run after `break_run`."""


def break_run(store: Store) -> None:
    """Take from the record of a finished run what the pages need."""
    record = store.root / "runs" / store.names("runs")[0] / "run.json"
    write_sealed(record, unsealed(json.loads(record.read_text()))[0] | {"n_train": None})


@contextmanager
def at_work(store: Store, title: str, stage: str, done: float, total: float, unit: str) -> Iterator[None]:
    """Have this process work on `tastes` and say how far it is."""
    with Signing(store, "tested", title, dataset="tastes", model="rm") as sign:
        sign(stage, done, total, unit)
        sign.write()
        yield
