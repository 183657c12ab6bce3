"""What the registry says of a model reaches its runs (adapters), and so does what is read of a conversation."""

import shutil

import numpy as np
import pytest
from safetensors.numpy import load_file

from scpo import models
from scpo.config import LoraConfig, ObjectiveConfig, TrainingConfig
from scpo.store.cache import Store
from scpo.store.datasets import load_info
from scpo.store.models import model_folder, named_model
from scpo.store.runs import RunDirectory, list_runs
from scpo.store.scored import list_models, load_scored
from scpo.store.scores import list_scores
from scpo.work.context import Work
from scpo.work.requests import RunRequest
from scpo.work.run import run_one

FULL = ObjectiveConfig(method="full")
ADAPTERS = TrainingConfig(steps=1, learning_rate=1e-2, batch_pairs=8, lora=LoraConfig(rank=2, alpha=4))


@pytest.fixture
def cache_root(world, tmp_path):
    """A cache of its own, so that scores with another context are not the newest ones of other tests."""
    root = tmp_path / "cache"
    shutil.copytree(world.store.root, root, ignore=shutil.ignore_patterns("runs", "studies", "signs", "jobs*"))
    return root


def test_a_registered_model_s_adapters_are_trained_and_nothing_else(world, cache_root, tmp_path, monkeypatch):
    store = Store(cache_root)
    folder = shutil.copytree(model_folder(store, named_model(store, "rm").key), tmp_path / "with-adapters")
    row = models.RegisteredModel("with-adapters", None, "modernbert", "MIT", "A test's.", training=ADAPTERS)
    monkeypatch.setitem(models.REGISTRY, row.name, row)
    request = RunRequest(data="small", model=str(folder), country="CHL", objective=FULL, ladder=(3,), max_length=48)
    record = run_one(Work(store, world.settings), request)
    assert record.status == "succeeded"
    assert record.config.training == ADAPTERS.model_copy(update={"steps": 3})
    before, after = (
        load_file(folder / "model.safetensors"),
        load_file(RunDirectory(store, record.run_id).model_folder / "model.safetensors"),
    )
    assert set(before) == set(after)
    changed = {name for name in before if not np.array_equal(before[name], after[name])}
    embeddings = {name for name in before if "embed" in name or "norm" in name}
    assert embeddings and not embeddings & changed
    ranks = {name: np.linalg.matrix_rank(after[name] - before[name], tol=1e-5) for name in changed}
    layers = {name: rank for name, rank in ranks.items() if ".layers." in name}
    assert layers and set(layers.values()) <= {1, 2}


def test_the_context_that_is_asked_for_reaches_scores_and_runs(document, cache_root, tmp_path):
    asked = ("--data", "small", "--model", "rm")
    scores = document("score", *asked, "--context", "history")
    assert scores["encoding"] == {"max_length": 48, "context": "history"}
    run = document("run", *asked, "--country", "CHL", "--method", "full", "--steps", "2", "--context", "history")
    file = tmp_path / "study.toml"
    file.write_text(
        'countries = ["CHL"]\nmethods = ["full"]\nseeds = [0]\ncontext = "history"\n[training]\nsteps = 2\n'
    )
    study = document("study", *asked, "--config", file, "--here")
    assert study["runs"] == [run["run_id"]]
    store = Store(cache_root)
    assert [record.config.encoding.context for record in list_runs(store)] == ["history"]
    known = {info.encoding.context for _, info in list_scores(store, load_info(store, "small"))}
    assert "history" in known


def test_a_global_model_keeps_the_context_it_was_trained_with(document):
    trained = document(
        "model", "train-global", "--data", "small", "--name", "with-history", "--backbone", "tiny", "--steps", "1",
        "--context", "history", "--max-length", "48",
    )  # fmt: skip
    assert trained["encoding"] == {"max_length": 48, "context": "history"}
    scores = document("score", "--data", "small", "--model", "with-history")
    assert scores["encoding"] == trained["encoding"]


def test_an_unknown_context_is_refused(scpo):
    code, _, err = scpo("score", "--data", "small", "--model", "rm", "--context", "all")
    assert code == 2 and "'turn', 'history'" in err


def test_runs_are_measured_against_the_scores_that_read_as_much_as_they_did(document, cache_root):
    """With and without the conversation before a turn the same model is two rulers; neither hides the other's runs."""
    asked = ("--data", "small", "--model", "rm")
    ids = {}
    for context in ("turn", "history"):
        run = document("run", *asked, "--country", "CHL", "--method", "full", "--steps", "1", "--context", context)
        ids[context] = run["run_id"]
    store = Store(cache_root)
    assert list_models(store, "small") == ["rm", "rm (history)"]
    for name, context in (("rm", "turn"), ("rm (history)", "history")):
        points = document("frontier", "--data", "small", "--model", name)["points"]
        assert [point["run"] for point in points] == [ids[context]]
        assert load_scored(store, "small", name).scores.info.encoding.context == context
    assert document("compare", ids["turn"], ids["turn"])["rows"]
    found = document("compare", ids["turn"], "rm (history)")
    assert found["second"] == "model:rm (history)"
    assert found["config_difference"]["encoding.context"] == ["turn", "history"]


def test_runs_of_two_contexts_are_not_paired(document, scpo):
    asked = ("--data", "small", "--model", "rm", "--country", "CHL", "--method", "full", "--steps", "1")
    first, second = (document("run", *asked, "--context", context)["run_id"] for context in ("turn", "history"))
    code, _, err = scpo("compare", first, second)
    assert code == 2 and f"run {first} and run {second} differ in context" in err
    code, _, err = scpo("compare", first, "global", "--data", "small", "--model", "rm (history)")
    assert code == 2 and f"run {first} and small with rm (history) differ in context" in err
