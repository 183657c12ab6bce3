"""Survey answers of five invented countries with a global model and runs that have scored them, written by hand.

Chile and South Africa answer alike, New Zealand otherwise, Australia nearly as New Zealand; Israel answered four
questions. The global model's rewards are the logarithms of Chile's shares, so that its softmax is Chile's answers; the
run's are New Zealand's.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from hand import tables
from hand.runs import run_config
from scpo.config import ObjectiveConfig, SplitConfig
from scpo.data.sources.global_opinions.pairs import opinion_tables
from scpo.data.tables import DatasetInfo, LoadReport
from scpo.store.cache import Store, now
from scpo.store.datasets import load_dataset, register
from scpo.store.models import run_model_key
from scpo.store.runs import RunDirectory

N_QUESTIONS, N_FEW = 12, 4
OPTIONS = ("yes", "no", "<b>maybe</b> *x*", "DK/Refused")
REFUSED = 0.1
SHARES = {
    "CHL": (0.8, 0.1, 0.1),
    "ZAF": (0.8, 0.1, 0.1),
    "NZL": (0.1, 0.8, 0.1),
    "AUS": (0.1, 0.7, 0.2),
    "ISR": (0.4, 0.4, 0.2),
}
APART = {"CHL": (1.0, 0.0, 0.0), "NZL": (0.0, 1.0, 0.0)}
"""Chile and New Zealand have no answer to the first question in common."""

QUESTION = "INVENTED $x$ **bold** :red[x] question {number}: is the soup warm?"


def shares(country: str, number: int) -> tuple[float, ...]:
    """Return the answers of a country to a question, without non-answers."""
    return APART.get(country, SHARES[country]) if number == 0 else SHARES[country]


def answer_rows(countries: tuple[str, ...] = tuple(SHARES)) -> pd.DataFrame:
    """Build rows of OPINIONS; a tenth of every country's answers are non-answers."""
    rows = [
        (f"q{number:02d}", QUESTION.format(number=number), country, index, option, share, option != "DK/Refused")
        for number in range(N_QUESTIONS)
        for country in countries
        if country != "ISR" or number < N_FEW
        for index, (option, share) in enumerate(
            zip(OPTIONS, [*((1 - REFUSED) * np.array(shares(country, number))), REFUSED], strict=True)
        )
    ]
    columns = ["question_id", "question", "country", "option_index", "option", "share", "is_answer"]
    table = pd.DataFrame(rows, columns=columns).astype({"option_index": "int32"})
    return table.assign(label=table["country"], survey=pd.Series([None] * len(table), dtype="str"))


def add_survey(store: Store, name: str = "answers", countries: tuple[str, ...] = tuple(SHARES)) -> DatasetInfo:
    """Register the survey; a quarter of the questions are for test."""
    return add_answers(store, name, answer_rows(countries))


def add_answers(store: Store, name: str, answers: pd.DataFrame) -> DatasetInfo:
    """Register rows of OPINIONS as the survey is registered."""
    read = opinion_tables(answers, LoadReport(files={"a.csv": N_QUESTIONS}, kept={"a.csv": N_QUESTIONS}))
    split = SplitConfig(kind="stratified", test_fraction=0.25)
    return register(
        store, name, read, source="global-opinions", location="a.csv", split=split, licence="CC-BY-NC-SA-4.0"
    )


def rewards(store: Store, name: str, country: str) -> np.ndarray:
    """Return rewards whose softmax is a country's answers."""
    utterances = load_dataset(store, name).utterances
    number = utterances["interaction_id"].str[1:].astype(int)
    index = utterances["utterance_id"].str.rpartition(":")[2].astype(int)
    own = [[*shares(country, n), 0.0][i] for n, i in zip(number, index, strict=True)]
    return np.log(np.maximum(own, 1e-12)).astype(np.float32)


def score_as(store: Store, info: DatasetInfo, country: str, *, model: str = "rm", model_key: str = "k") -> None:
    """Let a model score the options so that its opinions are a country's answers."""
    reward = rewards(store, info.name, country)
    features = np.stack([reward, -reward], axis=1)
    tables.score(store, info, reward, model=model, model_key=model_key, features=features, head=(1.0, 0.0))


def finished_run(store: Store, country: str, *, seed: int = 0, **changes: str) -> str:
    """Have a finished run on other data."""
    asked = {"country": country, "objective": ObjectiveConfig(method="full"), "model": "rm", "model_key": "k"}
    config = run_config(seed, **(asked | changes))
    directory = RunDirectory(store, config.run_id)
    directory.ask(config)
    directory.update(status="succeeded", seconds=60.0, started_at=now(), finished_at=now())
    return config.run_id


def score_by_run(store: Store, info: DatasetInfo, run_id: str, *, as_country: str) -> None:
    """Let a run score the options."""
    score_as(store, info, as_country, model=f"run:{run_id}", model_key=run_model_key(run_id))
