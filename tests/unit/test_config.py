"""Configuration: what a method ignores is not part of a key; names are labels."""

import hashlib
import math

import pytest
from pydantic import ValidationError

from scpo.config import (
    DEFAULT_BETA,
    DEFAULT_TAU,
    EncodingConfig,
    ObjectiveConfig,
    RunConfig,
    TrainingConfig,
    canonical_json,
    content_key,
)


def run_config(**changes: object) -> RunConfig:
    given = {
        "dataset": "prism",
        "dataset_key": "d",
        "model": "m",
        "model_key": "k",
        "country": "CHL",
        "objective": ObjectiveConfig(method="scpo"),
        "training": TrainingConfig(steps=8),
    }
    return RunConfig.model_validate(given | changes)


@pytest.mark.parametrize(
    ("method", "tau", "beta"),
    [
        ("full", None, None),
        ("inverse", None, None),
        ("filter", 0.6, None),
        ("random", 0.6, None),
        ("weight", None, 0.5),
        ("scpo", 0.6, 0.5),
    ],
)
def test_an_objective_keeps_only_what_its_method_uses(method, tau, beta):
    objective = ObjectiveConfig(method=method, tau=0.6, beta=0.5)
    assert (objective.tau, objective.beta) == (tau, beta)


def test_an_objective_without_values_takes_the_reference_run_s():
    assert (DEFAULT_TAU, DEFAULT_BETA) == (0.7, 1.10)
    objective = ObjectiveConfig(method="scpo")
    assert (objective.tau, objective.beta) == (0.7, 1.10)


@pytest.mark.parametrize("bad", [{"tau": 0}, {"tau": -0.1}, {"tau": 1.01}, {"beta": 0}, {"beta": -1}, {"gamma": 1}])
def test_an_objective_out_of_range_or_with_an_unknown_field_is_refused(bad):
    with pytest.raises(ValidationError):
        ObjectiveConfig(method="scpo", **bad)


def test_a_clip_that_is_no_number_is_refused():
    with pytest.raises(ValidationError):
        ObjectiveConfig(method="inverse", inverse_clip=math.nan)


def test_an_unknown_method_is_refused():
    with pytest.raises(ValidationError, match="no method 'dpo': known are full, filter, inverse"):
        ObjectiveConfig(method="dpo")


@pytest.mark.parametrize("budget", [{}, {"steps": 3, "epochs": 1.0}])
def test_a_training_has_steps_or_epochs_and_never_both_or_none(budget):
    with pytest.raises(ValidationError, match="either steps or epochs"):
        TrainingConfig(**budget)


@pytest.mark.parametrize("budget", [{"steps": 3}, {"epochs": 0.5}])
def test_a_training_with_one_budget_is_accepted(budget):
    assert TrainingConfig(**budget).model_dump(include=set(budget)) == budget


def test_configuration_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        TrainingConfig(steps=1).steps = 2


def test_canonical_json_does_not_depend_on_the_order_of_keys_and_refuses_nan():
    assert canonical_json({"b": 1, "a": [1.5, None, "é"]}) == '{"a":[1.5,null,"é"],"b":1}'
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical_json({"a": math.nan})


def test_a_key_is_the_start_of_the_hash_of_stage_and_causes():
    expected = hashlib.sha256(b'run\n{"a":1,"b":2}').hexdigest()[:16]
    assert content_key("run", {"b": 2, "a": 1}) == expected


def test_equal_causes_give_equal_run_ids_and_names_do_not_count():
    assert run_config().run_id == run_config().run_id
    assert run_config(dataset="other", model="else").run_id == run_config().run_id


def test_a_value_that_the_method_ignores_does_not_change_the_run_id():
    one, other = (run_config(objective=ObjectiveConfig(method="full", tau=tau)) for tau in (0.5, 0.6))
    assert one.run_id == other.run_id


@pytest.mark.parametrize(
    "change",
    [
        {"dataset_key": "e"},
        {"model_key": "l"},
        {"country": "ZAF"},
        {"objective": ObjectiveConfig(method="scpo", tau=0.6)},
        {"objective": ObjectiveConfig(method="scpo", normalise_weights=True)},
        {"training": TrainingConfig(steps=9)},
        {"training": TrainingConfig(steps=8, learning_rate=1e-5)},
        {"encoding": EncodingConfig(max_length=256)},
        {"seed": 1},
    ],
    ids=str,
)
def test_every_cause_changes_the_run_id(change):
    assert run_config(**change).run_id != run_config().run_id
