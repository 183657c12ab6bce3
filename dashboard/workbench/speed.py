"""How long the server works for one move of a slider of the Workbench: the real page, on generated pairs.

``python -m dashboard.workbench.speed`` writes a JSON list; ``scpo bench preview`` starts it and shows its rows beside
those of the engine. The page runs in Streamlit's own test runner: without a browser, without the network.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
from streamlit.testing.v1 import AppTest

from dashboard.frame import widgets
from dashboard.workbench import position
from dashboard.workbench import view as workbench
from scpo.config import EncodingConfig, SplitConfig
from scpo.data.sources.pairs.tables import build_tables
from scpo.data.tables import LoadReport
from scpo.settings import PROJECT_ROOT
from scpo.store.cache import Store
from scpo.store.datasets import register
from scpo.store.scores import scores_key, write_scores

COUNTRIES = ("AUS", "CAN", "CHL", "ISR", "MEX", "NZL", "ZAF")
PAIRS_PER_USER, TEST_SHARE, FEATURES = 25, 0.15, 64
MOVES = 40
MANY, PAPER = 100_000, 7 * 1_500
"""Training pairs in all: the size of the target, and that of the paper's study."""

WORDS = {"cheap": "all but the previews", "all": "everything, with the previews of six methods"}

TARGET = 100.0
"""Milliseconds."""


def make_cache(root: Path, *, n_pairs: int, seed: int = 0) -> None:
    """Register a data set of generated pairs with generated rewards and features.

    Parameters
    ----------
    n_pairs : int
        Training pairs in all; test users come on top.
    """
    rng = np.random.default_rng(seed)
    n_users = max(2 * len(COUNTRIES), round(n_pairs / (1 - TEST_SHARE) / PAIRS_PER_USER))
    n = n_users * PAIRS_PER_USER
    owner = np.repeat(np.arange(n_users), PAIRS_PER_USER)
    country = np.array(COUNTRIES)[owner % len(COUNTRIES)]
    pairs = pd.DataFrame(
        {
            "prompt": [f"generated prompt {i}" for i in range(n)],
            "chosen": [f"generated response {i}, chosen" for i in range(n)],
            "rejected": [f"generated response {i}, rejected" for i in range(n)],
            "country": country,
            "user_id": [f"u{i:06d}" for i in owner],
            "line": np.arange(n),
        }
    )
    report = LoadReport(files={"generated": n}, kept={"generated": n})
    tables = build_tables(pairs, report, "generated", grouped=False)
    store = Store(root)
    split = SplitConfig(test_fraction=TEST_SHARE, seed=seed)
    info = register(
        store,
        "generated",
        tables,
        source="sample",
        location="generated",
        split=split,
        licence="Apache-2.0",
    )
    head = rng.normal(size=FEATURES).astype(np.float32) * 0.3
    features = _features(rng, country, head)
    about: dict[str, Any] = {
        "dataset": info.name,
        "utterances_sha256": info.sha256["utterances"],
        "model": "generated",
        "model_key": "generated",
        "model_location": "nowhere",
        "encoding": EncodingConfig().as_json(),
        "seconds": 0.0,
        "device": "cpu",
    }
    write_scores(
        store,
        scores_key(info, "generated", EncodingConfig()),
        reward=features @ head,
        features=features,
        head_weight=head,
        head_bias=0.0,
        about=about,
    )


def _features(rng: np.random.Generator, country: np.ndarray, head: np.ndarray) -> np.ndarray:
    """Draw features of chosen and rejected responses in turn; what is chosen follows the head and a country's taste."""
    spread = (np.arange(1, FEATURES + 1) ** -0.5).astype(np.float32)
    drawn = rng.normal(size=(len(country), 2, FEATURES)).astype(np.float32) * spread
    tastes = {name: head + rng.normal(size=FEATURES).astype(np.float32) * 0.3 for name in COUNTRIES}
    taste = np.array([tastes[name] for name in COUNTRIES])[np.searchsorted(COUNTRIES, country)]
    liked = np.einsum("nf,nf->n", drawn[:, 0] - drawn[:, 1], taste) + rng.logistic(size=len(country)) > 0
    drawn[~liked] = drawn[~liked][:, ::-1]
    return drawn.reshape(-1, FEATURES)


def measure(root: Path, *, moves: int = MOVES) -> dict[str, dict[str, list[float]]]:
    """Move both sliders of the page and return the seconds of every move.

    Returns
    -------
    dict
        By slider ("tau", "beta") the seconds of ``all`` that is drawn, and of all but the previews (``cheap``).
    """
    os.environ |= {"SCPO_CACHE_DIR": str(root), "SCPO_READ_ONLY": "true"}
    spent: dict[str, list[float]] = {"fragment": [], "previews": []}
    with (
        patch.object(workbench, "_sliders", _timed(workbench._sliders, spent["fragment"])),
        patch.object(workbench, "_previews", _timed(workbench._previews, spent["previews"])),
    ):
        return _moved(spent, moves)


def _moved(spent: dict[str, list[float]], moves: int) -> dict[str, dict[str, list[float]]]:
    """Open the page and move its sliders to and fro."""
    page = AppTest.from_file(str(PROJECT_ROOT / "dashboard" / "app.py"), default_timeout=600)
    page.run()
    page.switch_page(str(PROJECT_ROOT / "pages" / "workbench.py")).run()
    rng = np.random.default_rng(0)
    taus, betas = np.arange(0.5, 1.0, 0.01), np.arange(0.3, 4.0, 0.01)
    places = {"tau": rng.permutation(taus)[:moves], "beta": rng.permutation(betas)[:moves]}
    found = {}
    for name, values in places.items():
        for seconds in spent.values():
            seconds.clear()
        for value in values:
            _slider(page, name).set_value(round(float(value), 2)).run()
        if len(page.exception) or len(page.error):
            raise RuntimeError("the page shows an error: " + "; ".join(one.value for one in page.error))
        if len(spent["previews"]) != moves:
            raise RuntimeError(f"the page was drawn {len(spent['previews'])} times for {moves} moves")
        cheap = [whole - part for whole, part in zip(spent["fragment"], spent["previews"], strict=True)]
        found[name] = {"all": list(spent["fragment"]), "cheap": cheap}
    return found


def _slider(page: AppTest, name: str) -> Any:
    """Return the slider that stands on the page now."""
    return next(one for one in page.slider if widgets.place_of(one.key) == position.SLIDERS[name])


def _timed(call: Callable[..., Any], seconds: list[float]) -> Callable[..., Any]:
    def timed(*given: Any) -> Any:
        began = time.perf_counter()
        try:
            return call(*given)
        finally:
            seconds.append(time.perf_counter() - began)

    return timed


def rows(*, many: int = MANY, paper: int = PAPER, moves: int = MOVES) -> list[dict[str, Any]]:
    """Measure the page at both sizes; rows like those of `scpo.method.bench`."""
    found = []
    for n_pairs, parts in ((many, ("cheap", "all")), (paper, ("all",))):
        with tempfile.TemporaryDirectory() as folder:
            make_cache(Path(folder), n_pairs=n_pairs)
            seconds = measure(Path(folder), moves=moves)
        found += [
            {
                "what": f"page, {slider} move, {n_pairs:,} pairs: {WORDS[part]}",
                "milliseconds": 1000 * float(np.quantile(seconds[slider][part], 0.95)),
                # Six previews of seven countries take as long as the pairs are many: that has no target of its own.
                "target": None if (n_pairs, part) == (many, "all") else TARGET,
                "n": moves,
            }
            for part in parts
            for slider in seconds
        ]
    return found


if __name__ == "__main__":
    sizes = dict(zip(("many", "paper", "moves"), map(int, sys.argv[1:]), strict=False))
    sys.stdout.write(json.dumps(rows(**sizes)))
