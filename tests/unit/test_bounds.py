"""Bounds: every number of the configuration is finite and within a stated range, wherever it comes from."""

import json
import math
import os

import pytest
from pydantic import ValidationError

from scpo.config import (
    MOST_PASSES,
    MOST_SEED,
    MOST_STEPS,
    EvaluationConfig,
    ObjectiveConfig,
    RunConfig,
    SplitConfig,
    TrainingConfig,
)
from scpo.errors import InputError
from scpo.method.objective import select
from scpo.settings import Settings
from scpo.store.cache import Store
from scpo.store.studies import StudyPlan, read_study_file
from scpo.work.requests import StudyRequest

NO_NUMBERS = (math.nan, math.inf, -math.inf)


@pytest.mark.parametrize("value", NO_NUMBERS)
@pytest.mark.parametrize(
    ("kind", "given", "field"),
    [
        (ObjectiveConfig, {"method": "scpo"}, "tau"),
        (ObjectiveConfig, {"method": "scpo"}, "beta"),
        (ObjectiveConfig, {"method": "inverse"}, "inverse_clip"),
        (TrainingConfig, {}, "epochs"),
        (TrainingConfig, {}, "last_layer_ridge"),
        (TrainingConfig, {"steps": 1}, "learning_rate"),
        (TrainingConfig, {"steps": 1}, "weight_decay"),
        (TrainingConfig, {"steps": 1}, "warmup"),
        (TrainingConfig, {"steps": 1}, "max_gradient_norm"),
        (SplitConfig, {}, "test_fraction"),
        (EvaluationConfig, {}, "level"),
    ],
)
def test_a_number_that_is_infinite_or_none_is_refused(kind, given, field, value):
    with pytest.raises(ValidationError) as refused:
        kind(**given, **{field: value})
    assert refused.value.errors()[0]["loc"] == (field,)


def run(**changes):
    given = {
        "dataset": "d", "dataset_key": "d", "model": "m", "model_key": "m", "country": "CHL",
        "objective": ObjectiveConfig(method="full"), "training": TrainingConfig(steps=1),
    }  # fmt: skip
    return RunConfig.model_validate(given | changes)


@pytest.mark.parametrize("seed", [-1, MOST_SEED + 1, 10**20, 1.5, "one", None])
def test_a_seed_outside_its_range_is_refused(seed):
    with pytest.raises(ValidationError, match="seed"):
        run(seed=seed)


def test_every_seed_in_its_range_draws_the_same_pairs_twice():
    random = ObjectiveConfig(method="random", tau=0.7)
    gap = [-2.0, -1.0, 0.0, 1.0, 2.0, 3.0]
    for seed in (0, 1, MOST_SEED):
        assert run(seed=seed).seed == seed
        kept = [select(gap, random, seed=seed).kept.tolist() for _ in range(2)]
        assert kept[0] == kept[1] and sum(kept[0]) == 3


@pytest.mark.parametrize("beta", [5e-324, 1e-9, 1e9, 1.7e308])
def test_weights_are_finite_for_the_smallest_and_the_largest_temperature(beta):
    for normalised in (False, True):
        objective = ObjectiveConfig(method="weight", beta=beta, normalise_weights=normalised)
        weight = select([-50.0, -1.0, 0.0, 1.0, 50.0], objective, seed=0).weight
        assert all(math.isfinite(one) and one >= 0 for one in weight)


@pytest.mark.parametrize(
    "budget",
    [{"steps": MOST_STEPS + 1}, {"steps": 0}, {"steps": 10**30}, {"epochs": MOST_PASSES * 1.01}, {"epochs": 1e300}],
)
def test_a_budget_that_would_never_end_is_refused(budget):
    with pytest.raises(ValidationError):
        TrainingConfig(**budget)


@pytest.mark.parametrize(
    "bad",
    [{"methods": ()}, {"taus": ()}, {"seeds": ()}, {"seeds": (-1,)}, {"seeds": range(1001)}, {"betas": (math.inf,)},
     {"taus": tuple(k / 1000 for k in range(1, 1001)), "seeds": tuple(range(500))}],
)  # fmt: skip
def test_a_plan_without_runs_or_with_too_many_is_refused(bad):
    with pytest.raises(ValidationError):
        StudyPlan(**bad)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("taus = [inf]", "taus.0: Input should be a finite number"),
        ("seeds = [-1]", "seeds.0: Input should be greater than or equal to 0"),
        ("seeds = 1", "seeds: Input should be a valid tuple"),
        ("methods = ['dpo']", "methods.0: no method 'dpo'"),
        ("seeds = [" + "9" * 5000 + "]", "is no TOML file: Exceeds the limit"),
        ("taus = " + "[" * 5000, "is no TOML file: "),
        ("training = 3", "training: Input should be a valid dictionary"),
        ("[training]\nsizes = 3", "training: the table takes steps, epochs"),
    ],
)
def test_a_study_file_that_breaks_a_bound_is_refused_in_one_sentence_with_its_field(tmp_path, text, says):
    file = tmp_path / "study.toml"
    file.write_text(text)
    with pytest.raises(InputError) as refused:
        read_study_file(file)
    assert str(refused.value).startswith(str(file))
    assert says in str(refused.value) and "Value error" not in str(refused.value)


@pytest.mark.parametrize("device", ["banana", "cuda:x", "cuda:-1", "CPU", "cuda:0\n", "meta", ""])
def test_a_device_that_nobody_knows_is_refused_in_settings_and_in_requests(device):
    with pytest.raises(ValidationError, match="unknown device"):
        Settings(device=device)
    with pytest.raises(ValidationError, match="unknown device"):
        StudyRequest(name="s", data="d", model="m", plan=StudyPlan(), device=device)


@pytest.mark.parametrize("device", ["auto", "cpu", "cuda", "cuda:0", "cuda:15"])
def test_a_device_is_known_by_its_name_on_every_machine(device):
    assert Settings(device=device).device == device


def test_a_variable_that_is_empty_is_not_set(monkeypatch):
    for name in ("CACHE_DIR", "DEVICE", "READ_ONLY"):
        monkeypatch.setenv(f"SCPO_{name}", "")
    settings = Settings()
    assert settings.cache_dir.name == "cache" and settings.device == "auto" and not settings.read_only


def test_a_cache_that_cannot_be_a_folder_is_refused_by_name(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    for root in (file, file / "deeper", tmp_path / "file" / "a" / "b"):
        with pytest.raises(InputError, match=f"{file} is no folder; set SCPO_CACHE_DIR"):
            Store(root).check_place(writes=False)
    Store(tmp_path).check_place(writes=True)
    Store(tmp_path / "not" / "there" / "yet").check_place(writes=True)


def test_a_cache_that_may_not_be_written_is_refused_to_what_writes(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)  # also where the tests run as root
    Store(tmp_path).check_place(writes=False)
    with pytest.raises(InputError, match="cannot be written"):
        Store(tmp_path).check_place(writes=True)


def test_the_record_of_a_run_within_the_bounds_is_read_as_it_is():
    kept = run(seed=2**32 + 5, training=TrainingConfig(epochs=1000, learning_rate=1.0))
    assert RunConfig.model_validate(json.loads(json.dumps(kept.as_json()))).run_id == kept.run_id
