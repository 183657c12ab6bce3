"""The measuring of the page: that it measures the real page, not how fast this machine is."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.workbench import speed
from dashboard.workbench import view as workbench
from scpo import results
from scpo.config import EvaluationConfig, ObjectiveConfig
from scpo.store.cache import Store

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_drawn_and_timed_at_both_sizes():
    done = subprocess.run(
        [sys.executable, "-m", "dashboard.workbench.speed", "1400", "700", "3"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rows = json.loads(done.stdout)
    assert [row["what"].split(": ")[0] for row in rows] == [
        f"page, {slider} move, {n} pairs" for n in ("1,400", "1,400", "700") for slider in ("tau", "beta")
    ]
    assert all(row["n"] == 3 and 0 < row["milliseconds"] < 60_000 for row in rows)


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    root = tmp_path_factory.mktemp("generated")
    speed.make_cache(root, n_pairs=3000)
    return Store(root)


def test_the_generated_data_are_what_they_are_said_to_be(generated):
    scored = results.load_scored(generated, "generated", "generated")
    training = scored.pairs[scored.pairs["split"] == "train"]
    assert len(training) == pytest.approx(3000, rel=0.05)
    assert set(training["country"]) == set(speed.COUNTRIES)
    assert scored.scores.features.shape == (2 * len(scored.pairs), speed.FEATURES)
    reward = scored.scores.features @ scored.scores.head_weight
    assert reward == pytest.approx(scored.scores.reward, abs=1e-4)
    disagreement = (training["gap"] < 0).groupby(training["country"]).mean()
    assert disagreement.between(0.1, 0.5).all()


def test_steering_generated_countries_moves_them(generated):
    scored = results.load_scored(generated, "generated", "generated")
    previewer = results.Previewer(scored, EvaluationConfig(resamples=100))
    heads = previewer.preview("CHL", [ObjectiveConfig(method="filter")], ridge=1.0).fit.heads
    assert previewer.accuracies("CHL", previewer.test_gaps(heads))[0, 1] > 0.2


def test_a_page_that_shows_an_error_is_not_a_fast_page(tmp_path, monkeypatch):
    speed.make_cache(tmp_path, n_pairs=700)
    for name in ("SCPO_CACHE_DIR", "SCPO_READ_ONLY"):
        monkeypatch.setenv(name, "unset")  # measure sets them; put back afterwards

    def broken(*_: object) -> None:
        raise ValueError("no previews")

    monkeypatch.setattr(workbench, "_previews", broken)
    with pytest.raises(RuntimeError, match="shows an error"):
        speed.measure(tmp_path, moves=2)
