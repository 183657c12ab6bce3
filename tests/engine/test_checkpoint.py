"""An interrupted training goes on as if nothing had happened."""

from __future__ import annotations

import json

import pytest
import torch

from scpo.config import LoraConfig, TrainingConfig
from scpo.errors import Cancelled, RunError
from scpo.model.training import train

CONFIGS = {
    "dropout": TrainingConfig(steps=7, learning_rate=1e-3, batch_pairs=8, dropout=True, weight_decay=0.1),
    "adapters": TrainingConfig(steps=7, learning_rate=1e-3, batch_pairs=8, lora=LoraConfig(rank=2, alpha=4)),
    "frozen": TrainingConfig(epochs=1.5, learning_rate=1e-3, batch_pairs=8, frozen_layers=1),
}


class Killed(Exception):
    """Stands for a process that dies between two steps."""


def stop_after(n):
    asked = []

    def should_stop():
        asked.append(1)
        return len(asked) > n

    return should_stop


def state(model):
    return {name: value.clone() for name, value in model.model.state_dict().items()}


def assert_same(a, b):
    assert a.keys() == b.keys()
    assert [name for name in a if not torch.equal(a[name], b[name])] == []


@pytest.mark.parametrize("name", CONFIGS)
def test_a_cancelled_training_resumes_to_the_same_weights_bit_for_bit(name, load_tiny, make_pairs, tmp_path):
    config = CONFIGS[name]
    undisturbed = load_tiny("bert")
    data = make_pairs(undisturbed)
    whole = train(undisturbed, data, config, seed=3)

    with pytest.raises(Cancelled, match="after step 3"):
        train(load_tiny("bert"), data, config, seed=3, should_stop=stop_after(3), checkpoint_dir=tmp_path)
    torch.manual_seed(999)
    resumed = load_tiny("bert")
    logs = []
    rest = train(resumed, data, config, seed=3, checkpoint_dir=tmp_path, resume=True, on_log=logs.append)
    assert_same(state(resumed), state(undisturbed))
    assert rest.losses == whole.losses
    assert rest.passes == whole.passes
    assert logs[0].step == 4


def test_a_killed_training_goes_on_from_its_last_checkpoint(load_tiny, make_pairs, tmp_path):
    config = CONFIGS["dropout"]
    undisturbed = load_tiny("bert")
    data = make_pairs(undisturbed)
    train(undisturbed, data, config, seed=0)

    def die(log):
        if log.step == 6:
            raise Killed

    options = {"checkpoint_dir": tmp_path, "checkpoint_every": 2}
    with pytest.raises(Killed):
        train(load_tiny("bert"), data, config, seed=0, on_log=die, **options)
    resumed, logs = load_tiny("bert"), []
    train(resumed, data, config, seed=0, resume=True, on_log=logs.append, **options)
    assert [log.step for log in logs] == [5, 6, 7]
    assert_same(state(resumed), state(undisturbed))


@pytest.fixture
def stopped(load_tiny, make_pairs, tmp_path):
    """A checkpoint after two steps, and what is needed to go on."""
    data = make_pairs(load_tiny("bert"))
    with pytest.raises(Cancelled):
        train(load_tiny("bert"), data, CONFIGS["dropout"], seed=0, should_stop=stop_after(2), checkpoint_dir=tmp_path)
    return tmp_path, data


def go_on(load_tiny, folder, data, *, config=CONFIGS["dropout"], seed=0):
    logs = []
    train(load_tiny("bert"), data, config, seed=seed, checkpoint_dir=folder, resume=True, on_log=logs.append)
    return logs[0].step


def test_a_checkpoint_is_safetensors_and_json_and_nothing_half_written(stopped):
    folder, _ = stopped
    assert [path.name for path in folder.iterdir()] == ["latest"]
    names = sorted(path.name for path in (folder / "latest").iterdir())
    assert names == ["model.safetensors", "optimizer.safetensors", "random.safetensors", "state.json"]
    assert json.loads((folder / "latest" / "state.json").read_text())["step"] == 2


def test_a_kill_in_the_middle_of_writing_leaves_the_checkpoint_before(stopped, load_tiny):
    folder, data = stopped
    (folder / "latest").rename(folder / "previous")  # between the two renames
    (folder / "writing-1").mkdir()
    (folder / "writing-1" / "model.safetensors").write_bytes(b"half")
    assert go_on(load_tiny, folder, data) == 3


def test_without_a_checkpoint_resuming_starts_at_the_first_step(stopped, load_tiny, tmp_path):
    _, data = stopped
    assert go_on(load_tiny, tmp_path / "empty", data) == 1


def test_the_checkpoint_of_another_run_is_refused(stopped, load_tiny, make_pairs):
    folder, data = stopped
    other = TrainingConfig(**{**CONFIGS["dropout"].as_json(), "learning_rate": 2e-3})
    with pytest.raises(RunError, match="other data or another configuration"):
        go_on(load_tiny, folder, data, config=other)
    with pytest.raises(RunError, match="other data or another configuration"):
        go_on(load_tiny, folder, data, seed=1)
    with pytest.raises(RunError, match="other data or another configuration"):
        go_on(load_tiny, folder, make_pairs(load_tiny("bert"), seed=5))


def test_a_broken_checkpoint_says_which_folder_to_delete(stopped, load_tiny):
    folder, data = stopped
    weights = folder / "latest" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(RunError, match="broken"):
        go_on(load_tiny, folder, data)
