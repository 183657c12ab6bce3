"""A model is what its files hold: two folders of one name are two models, and a path names it wherever a name does."""

import shutil

import numpy as np
import pytest
from safetensors.torch import load_file, save_file
from world import FEW_PEOPLE, World, rows

from scpo.errors import InputError
from scpo.settings import load_settings
from scpo.store import models as stored_models
from scpo.store.cache import Store
from scpo.store.datasets import load_info
from scpo.store.fingerprint import fingerprint
from scpo.store.models import folder_identity, local_model_key, model_folder, named_model
from scpo.store.scored import list_models, load_scored
from scpo.store.scores import find_scores
from scpo.work.score import identify_model


@pytest.fixture(scope="module")
def world(world_folder, tmp_path_factory):
    """A copy of the small cache of its own."""
    root = shutil.copytree(world_folder / "small", tmp_path_factory.mktemp("identity") / "small")
    return World(Store(root / "cache"), root / "pairs.csv", rows(FEW_PEOPLE))


@pytest.fixture(scope="module")
def twins(world, tmp_path_factory):
    """Two folders called checkpoint-100: the second prefers what the first rejects."""
    source = model_folder(world.store, named_model(world.store, "rm").key)
    root = tmp_path_factory.mktemp("twins")
    first, second = root / "a" / "checkpoint-100", root / "b" / "checkpoint-100"
    for folder in (first, second):
        shutil.copytree(source, folder)
        (folder / "model.json").unlink()
    weights = load_file(first / "model.safetensors")
    weights["classifier.weight"] *= 0.5
    save_file(weights, first / "model.safetensors", metadata={"format": "pt"})
    weights["classifier.weight"] *= -3
    save_file(weights, second / "model.safetensors", metadata={"format": "pt"})
    return first, second


@pytest.fixture
def scored(scpo, twins):
    for folder in twins:
        code, _, err = scpo("score", "--data", "small", "--model", folder)
        assert code == 0, err
    return twins


def test_each_of_two_folders_of_one_name_is_shown_its_own_numbers(scored, world):
    gaps = [load_scored(world.store, "small", str(folder)).test_pairs["gap"].to_numpy() for folder in scored]
    assert np.abs(gaps[0]).max() > 0
    keys = [local_model_key(world.store, folder) for folder in scored]
    assert keys[0] != keys[1]
    names = [f"checkpoint-100 [{key[:8]}]" for key in keys]
    known = [name for name in list_models(world.store, "small") if name.startswith("checkpoint")]
    assert sorted(known) == sorted(names)
    for name, key, gap in zip(names, keys, gaps, strict=True):
        found = load_scored(world.store, "small", name)
        assert found.scores.info.model_key == key and np.array_equal(found.test_pairs["gap"], gap)
    assert fingerprint(world.store, "small", names[0]) != fingerprint(world.store, "small", names[1])


def test_a_name_that_two_models_share_is_refused_with_names_that_they_do_not_share(scored, scpo, world):
    for command in ("frontier", "bias", "preview"):
        code, _, err = scpo(command, "--data", "small", "--model", "checkpoint-100")
        assert code == 2 and "several models named checkpoint-100 have scored small" in err
        assert all(f"checkpoint-100 [{local_model_key(world.store, folder)[:8]}]" in err for folder in scored)


def test_a_path_works_wherever_a_name_does(scored, scpo, document):
    folder = scored[0]
    asked = ("--data", "small", "--model", folder)
    assert document("preview", *asked, "--countries", "CHL", "--methods", "full")["points"]
    run = document("run", *asked, "--country", "CHL", "--method", "full", "--steps", "2", "--lr", "1e-3")
    assert run["status"] == "succeeded"
    assert run["run_id"] in str(document("frontier", *asked))
    assert run["run_id"] in str(document("bias", *asked)["rows"])
    other = document("frontier", "--data", "small", "--model", scored[1])
    assert run["run_id"] not in str(other)


def test_a_folder_that_has_not_scored_is_told_how(twins, scpo, tmp_path):
    folder = shutil.copytree(twins[0], tmp_path / "elsewhere")
    weights = load_file(folder / "model.safetensors")
    weights["classifier.weight"] += 1
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    code, _, err = scpo("preview", "--data", "small", "--model", folder)
    assert code == 2 and f"`scpo score --data small --model {folder}` makes them" in err


def test_a_renamed_copy_is_the_same_model(scored, world, tmp_path):
    copy = shutil.copytree(scored[0], tmp_path / "another-name")
    assert find_scores(world.store, load_info(world.store, "small"), str(copy)).key == (
        find_scores(world.store, load_info(world.store, "small"), str(scored[0])).key
    )


def test_a_name_with_scores_is_a_model_for_work_too_as_long_as_its_folder_is_the_same(scored, world, tmp_path, scpo):
    folder = shutil.copytree(scored[0], tmp_path / "mine")
    weights = load_file(folder / "model.safetensors")
    weights["classifier.weight"] *= 2
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    assert scpo("score", "--data", "small", "--model", folder)[0] == 0
    found = identify_model(world.store, "mine", world.settings)
    assert (found.key, found.location) == (local_model_key(world.store, folder), str(folder))
    weights["classifier.weight"] *= 2
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match="is gone or holds another model by now"):
        identify_model(world.store, "mine", world.settings)
    with pytest.raises(InputError, match="several models are named checkpoint-100"):
        identify_model(world.store, "checkpoint-100", world.settings)


def test_how_a_model_is_read_is_part_of_what_it_is(twins, world):
    plain, read = (folder_identity(world.store, f"{twins[0]}{how}") for how in ("", " (plain)"))
    assert plain.key != read.key and read.name == "checkpoint-100 (plain)"
    assert read.location == f"{twins[0]} (plain)"
    assert folder_identity(world.store, f"{twins[0]} (output 1)").key not in (plain.key, read.key)


def test_a_large_file_is_hashed_once_until_it_is_touched(twins, tmp_path, monkeypatch):
    store, folder = Store(tmp_path / "cache"), shutil.copytree(twins[0], tmp_path / "model")
    small = local_model_key(store, folder)
    monkeypatch.setattr(stored_models, "LARGE", 1000)
    hashed = []
    original = stored_models.file_sha256
    monkeypatch.setattr(stored_models, "file_sha256", lambda path: hashed.append(path.name) or original(path))
    assert local_model_key(store, folder) == small  # how it is hashed is no part of it
    assert "model.safetensors" in hashed
    hashed.clear()
    assert local_model_key(store, folder) == small and "model.safetensors" not in hashed
    content = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert local_model_key(store, folder) != small
    monkeypatch.setenv("SCPO_READ_ONLY", "1")
    assert load_settings().read_only
    before = sorted((tmp_path / "cache" / "digests").iterdir())
    (folder / "model.safetensors").write_bytes(content)
    assert local_model_key(store, folder) == small
    assert sorted((tmp_path / "cache" / "digests").iterdir()) == before
