"""Models to take away: an exported run under plain transformers in another process, its card, and what is refused."""

import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from hand.tables import rewrite
from world import BUDGET, HEADS, MARKUP, copy_of, is_first, settings

from scpo.config import LoraConfig, ObjectiveConfig
from scpo.errors import InputError
from scpo.results.checks import load_check
from scpo.store.cache import write_json
from scpo.store.datasets import load_dataset
from scpo.store.models import model_folder, named_model
from scpo.store.runs import RunDirectory, list_runs
from scpo.store.scored import load_scored, runs_of
from scpo.work.context import Work
from scpo.work.export import export_run
from scpo.work.requests import RunRequest
from scpo.work.run import run_one

ADAPTED = BUDGET.model_copy(update={"lora": LoraConfig(rank=2, alpha=4), "learning_rate": 1e-2})

ELSEWHERE = """
import json, re, sys
sys.modules["scpo"] = None  # an import of it would fail
given = json.load(open("given.json"))
code = re.search("```python\\n(.*?)```", open("README.md").read(), re.DOTALL)[1]
code = code.replace('["What do you think?"], ["I think so."]', "given['prompts'], given['responses']")
code = code.replace("BASE", repr(given["base"]))
exec(code)
json.dump(rewards.tolist(), open("rewards.json", "w"))
"""
"""What somebody does who has the folder and no scpo: the lines of its README."""


@pytest.fixture(scope="module")
def store(world_folder, tmp_path_factory):
    """The cache with all runs of the studies, and one of which adapters were trained."""
    store = copy_of(world_folder, "many", tmp_path_factory.mktemp("export") / "cache")
    request = RunRequest(
        data="tastes", model="rm", country="CHL", objective=ObjectiveConfig(method="full"), training=ADAPTED
    )
    run_one(Work(store, settings(store)), request)
    return store


def run_with(store, **wanted):
    """Return the first finished run whose training has these values."""
    records = (r for r in list_runs(store) if r.config.dataset == "tastes" and r.config.country == "CHL")
    return next(r for r in records if all(getattr(r.config.training, k) == v for k, v in wanted.items())).run_id


def export(store, run, folder, **asked):
    return export_run(Work(store, settings(store)), run, str(folder), **asked)


def rewards_elsewhere(store, run, folder, base=None):
    """Return the rewards of the recorded test responses under the exported model, and the recorded ones."""
    utterances = load_dataset(store, "tastes").utterances
    recorded = RunDirectory(store, run).rewards(len(utterances))
    rows = np.flatnonzero(np.isfinite(recorded))
    base = str(base or model_folder(store, named_model(store, "rm").key))
    texts = utterances.iloc[rows]
    given = {"prompts": texts["prompt"].tolist(), "responses": texts["response"].tolist(), "base": base}
    (folder / "given.json").write_text(json.dumps(given))
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return np.array(json.loads((folder / "rewards.json").read_text())), recorded[rows]


CASES = {
    "finetune": ({"lora": None, "last_layer_ridge": None}, False),
    "last layer": ({"last_layer_ridge": HEADS.last_layer_ridge}, False),
    "adapters merged": ({"lora": ADAPTED.lora}, False),
    "adapters alone": ({"lora": ADAPTED.lora}, True),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_the_lines_of_the_card_give_the_recorded_rewards_in_a_fresh_interpreter(store, tmp_path, case):
    wanted, adapter = CASES[case]
    run = run_with(store, **wanted)
    found = export(store, run, tmp_path / "model", adapter=adapter)
    assert sorted(path.name for path in (tmp_path / "model").iterdir()) == found["files"]
    rewards, recorded = rewards_elsewhere(store, run, tmp_path / "model")
    assert len(recorded) > 100 and np.std(recorded) > 1e-3
    # the rewards of a last-layer model were computed from features stored in half precision
    np.testing.assert_allclose(rewards, recorded, atol=5e-3 if case == "last layer" else 1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("adapter", [False, True])
def test_the_lines_of_the_card_of_a_model_that_reads_conversations_do_so_too(store, tiny_folder, tmp_path, adapter):
    base = tiny_folder("llama")
    request = RunRequest(
        data="tastes", model=str(base), country="NZL", objective=ObjectiveConfig(method="full"), training=ADAPTED
    )
    run = run_one(Work(store, settings(store)), request).run_id
    export(store, run, tmp_path / "model", adapter=adapter)
    rewards, recorded = rewards_elsewhere(store, run, tmp_path / "model", base)
    assert len(recorded) > 100 and np.std(recorded) > 1e-3
    np.testing.assert_allclose(rewards, recorded, atol=1e-4)


def test_adapters_alone_are_small_and_name_their_global_model(store, tmp_path):
    run = run_with(store, lora=ADAPTED.lora)
    whole, alone = export(store, run, tmp_path / "whole"), export(store, run, tmp_path / "alone", adapter=True)
    assert "model.safetensors" in whole["files"] and "adapter_model.safetensors" not in whole["files"]
    assert "adapter_model.safetensors" in alone["files"] and "model.safetensors" not in alone["files"]
    assert (tmp_path / "alone" / "adapter_model.safetensors").stat().st_size < whole["bytes"] / 4
    config = json.loads((tmp_path / "alone" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "rm"


@pytest.mark.parametrize("adapter", [False, True])
def test_nothing_exported_names_a_folder_of_this_machine(store, tmp_path, adapter):
    export(store, run_with(store, lora=ADAPTED.lora), tmp_path / "model", adapter=adapter)
    texts = [path for path in (tmp_path / "model").iterdir() if path.suffix != ".safetensors"]
    assert len(texts) >= 5
    for path in texts:
        assert not re.search(r"/(tmp|home|root|private|var)/", path.read_text()), path.name


def test_the_card_has_the_numbers_of_its_run(store, tmp_path):
    run = next(record for record in list_runs(store) if is_first(record)).run_id
    card = export(store, run, tmp_path / "model")["card"]
    dataset = load_dataset(store, "tastes")
    reward = RunDirectory(store, run).rewards(len(dataset.utterances))
    test = dataset.pairs[dataset.pairs["split"] == "test"]
    right = reward[test["chosen"]] > reward[test["rejected"]]
    at_home = (test["country"] == "CHL").to_numpy()
    found = card["accuracy"]["all_country"]
    assert found["value"] == pytest.approx(right[at_home].mean())
    assert (found["n_pairs"], found["n_users"]) == (at_home.sum(), test.loc[at_home, "user_id"].nunique())
    assert found["low"] < found["value"] < found["high"]
    base = card["accuracy"]["all_country_global"]["value"]
    assert card["accuracy"]["gain"]["value"] == pytest.approx(right[at_home].mean() - base)
    changes = {row["tested_on"]: row for row in card["communities"]}
    assert set(changes) == set(test["country"].dropna()) and changes["CHL"]["at_home"]
    assert changes["ISR"]["verdict"] == "too few users"  # eight test users
    assert card["training"]["n_train"] == (dataset.pairs["country"] == "CHL").sum() - at_home.sum()
    text = (tmp_path / "model" / "README.md").read_text()
    assert f"| {100 * found['value']:.1f} % | {100 * found['low']:.1f} to {100 * found['high']:.1f} |" in text
    assert run in text and "Not carried out: shuffled" in text
    assert json.loads((tmp_path / "model" / "model_card.json").read_text()) == card


def test_the_card_says_what_the_checks_in_the_store_have_found(store, tmp_path):
    scored = load_scored(store, "tastes", "rm")
    found = load_check(store, scored, runs_of(store, scored), "length")
    run = run_with(store, last_layer_ridge=HEADS.last_layer_ridge)
    card = export(store, run, tmp_path / "model")["card"]
    assert [(one["check"], one["conclusion"]) for one in card["checks"]] == [("length", found.conclusion)]
    text = (tmp_path / "model" / "README.md").read_text()
    assert f"- **Length.** {found.question}" in text
    assert "Not carried out: shuffled, noise-floor, topics, budget, efficiency." in text


def test_a_community_s_name_is_no_markup_in_its_card(store, tmp_path):
    run = next(record.run_id for record in list_runs(store) if record.config.country == MARKUP)
    export(store, run, tmp_path / "model")
    text = (tmp_path / "model" / "README.md").read_text()
    assert MARKUP not in text.partition("## Made by")[0]
    assert text.count(r"\*\*bold\*\* :red\[x\]") >= 3


def test_a_card_says_that_data_are_generated_and_what_their_licence_asks(store, tmp_path):
    path = store.root / "datasets" / "tastes" / "dataset.json"
    before = json.loads(path.read_text())
    run = run_with(store, last_layer_ridge=HEADS.last_layer_ridge)
    export(store, run, tmp_path / "real")
    rewrite(path, synthetic=True, licence="CC-BY-NC-4.0")
    try:
        export(store, run, tmp_path / "generated")
    finally:
        write_json(path, before)
    real, generated = ((tmp_path / name / "README.md").read_text() for name in ("real", "generated"))
    for sentence in ("says nothing about real countries", "non-commercial"):
        assert sentence in generated and sentence not in real


def test_what_is_there_is_never_written_over(store, tmp_path):
    run = run_with(store, last_layer_ridge=HEADS.last_layer_ridge)
    (tmp_path / "mine").mkdir()
    export(store, run, tmp_path / "mine")  # an empty folder is taken
    before = {path.name: path.read_bytes() for path in (tmp_path / "mine").iterdir()}
    with pytest.raises(InputError, match="is not empty: name a new one"):
        export(store, run, tmp_path / "mine")
    assert {path.name: path.read_bytes() for path in (tmp_path / "mine").iterdir()} == before
    with pytest.raises(InputError, match="is a file: name a new folder"):
        export(store, run, tmp_path / "mine" / "README.md")


def test_an_export_that_is_stopped_leaves_nothing(store, tmp_path):
    def stopped(stage, done, total, unit):
        assert (stage, unit) == ("exporting", "MB") and 0 < done <= total
        raise KeyboardInterrupt

    run = run_with(store, last_layer_ridge=HEADS.last_layer_ridge)
    with pytest.raises(KeyboardInterrupt):
        export_run(Work(store, settings(store), stopped), run, str(tmp_path / "model"))
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_too_small_is_refused_before_anything_is_written(store, tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    with pytest.raises(InputError, match="0 MB left and the model needs"):
        export(store, run_with(store, last_layer_ridge=HEADS.last_layer_ridge), tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"lora": None, "last_layer_ridge": None}, "all its weights were trained"),
        ({"last_layer_ridge": HEADS.last_layer_ridge}, "only its last layer was fitted"),
    ],
)
def test_adapters_that_do_not_exist_are_refused(store, tmp_path, wanted, why):
    with pytest.raises(InputError, match=f"{why}: export the whole model, without --adapter"):
        export(store, run_with(store, **wanted), tmp_path / "model", adapter=True)
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_has_no_result_is_not_exported(store, tmp_path):
    run = run_with(store, last_layer_ridge=HEADS.last_layer_ridge)
    directory = RunDirectory(store, run)
    try:
        directory.update(status="failed")
        with pytest.raises(InputError, match="its status is failed"):
            export(store, run, tmp_path / "model")
    finally:
        directory.update(status="succeeded")
