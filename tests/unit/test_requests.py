"""Requests: they travel as JSON, and those that waited in the queue of the version before are read as they are."""

import json

import pytest
from hand import runs
from pydantic import ValidationError

from scpo import models
from scpo.cli.training import asked_training, overridden
from scpo.config import BUDGET_LADDER, DEFAULT_TRAINING, EncodingConfig, LoraConfig, ObjectiveConfig, TrainingConfig
from scpo.errors import InputError
from scpo.models import base_training
from scpo.store.cache import Store
from scpo.store.studies import StudyPlan
from scpo.work.requests import RunRequest, ScoreRequest, StudyRequest, check_study

TRAINING = TrainingConfig(steps=8)
OLDER = {
    "data": "small",
    "model": "rm",
    "ladder": [16, 32],
    "plan": {
        "countries": ["CHL"],
        "methods": ["full", "scpo"],
        "taus": [0.9],
        "betas": [1.1],
        "seeds": [0],
        "normalise_weights": False,
    },
    "training": None,
    "base": {
        "steps": 1,
        "epochs": None,
        "learning_rate": 0.001,
        "batch_pairs": 8,
        "weight_decay": 0.0,
        "warmup": 0.1,
        "max_gradient_norm": 1.0,
        "dropout": False,
        "precision": "auto",
        "frozen_layers": 0,
        "lora": None,
    },
}
"""A study's payload as version 0.1.0 wrote it before there were requests."""


def test_a_payload_of_the_version_before_is_read_as_it_is():
    request = StudyRequest.model_validate({"name": "two", **OLDER})
    assert request.base == TrainingConfig(steps=1, learning_rate=1e-3, batch_pairs=8)
    assert request.plan == StudyPlan(countries=("CHL",), methods=("full", "scpo"), taus=(0.9,), seeds=(0,))
    assert (request.training, request.ladder, request.context, request.max_length) == (None, (16, 32), None, None)


@pytest.mark.parametrize(
    "request_",
    [
        RunRequest(data="d", model="m", country="CHL", objective=ObjectiveConfig(method="scpo"), training=TRAINING),
        StudyRequest(name="s", data="d", model="m", plan=StudyPlan(), base=TRAINING, context="history", device="cpu"),
    ],
)
def test_a_request_comes_back_from_json_as_it_was(request_):
    assert type(request_).model_validate(json.loads(json.dumps(request_.as_json()))) == request_
    assert request_.ladder == BUDGET_LADDER


@pytest.mark.parametrize("bad", [{"seed": 1}, {"context": "all"}, {"max_length": 3}])
def test_a_request_with_an_unknown_field_or_value_is_refused(bad):
    with pytest.raises(ValidationError):
        StudyRequest.model_validate({"name": "two", **OLDER, **bad})


def test_what_is_not_asked_of_the_encoding_stays_the_model_s_own():
    own = EncodingConfig(max_length=48)
    assert ScoreRequest(data="d", model="m").encoding(own) == own
    asked = ScoreRequest(data="d", model="m", context="history").encoding(own)
    assert asked == EncodingConfig(max_length=48, context="history")


@pytest.mark.parametrize("ref", ["tulu3-8b-rm", "allenai/Llama-3.1-Tulu-3-8B-RM", "allenai/Llama-3.1-Tulu-3-8B-RM@v2"])
def test_a_registered_model_has_its_own_training_by_name_and_by_hub_id(ref):
    assert base_training(ref).lora == LoraConfig()


def test_a_folder_goes_by_its_name_and_a_stranger_is_trained_as_usual(tmp_path, monkeypatch):
    row = models.RegisteredModel(
        "mine", "me/mine", "bert", "MIT", "A test's.", training=TrainingConfig(steps=1, batch_pairs=3)
    )
    monkeypatch.setitem(models.REGISTRY, "mine", row)
    (tmp_path / "mine").mkdir()
    assert base_training(str(tmp_path / "mine")).batch_pairs == 3
    assert base_training("other/mine") == base_training(str(tmp_path)) == DEFAULT_TRAINING


def test_options_replace_fields_of_the_model_s_training_and_leave_the_budget_open():
    base = TrainingConfig(steps=1, learning_rate=2e-4, lora=LoraConfig())
    asked = asked_training(base, {"batch_pairs": 4})
    assert asked.training is None and asked.base == base.model_copy(update={"batch_pairs": 4})
    asked = asked_training(base, {"epochs": 2.0})
    assert asked.training == TrainingConfig(epochs=2, learning_rate=2e-4, lora=LoraConfig())
    with pytest.raises(InputError, match="two budgets"):
        asked_training(base, {"epochs": 2.0, "steps": 3})


def test_an_option_wins_over_the_file_and_its_budget_over_the_file_s():
    written = {"steps": 3, "batch_pairs": 4}
    assert overridden(written, {"learning_rate": 0.1}) == {"steps": 3, "batch_pairs": 4, "learning_rate": 0.1}
    assert overridden(written, {"epochs": 1.0, "batch_pairs": 2}) == {"epochs": 1.0, "batch_pairs": 2}


@pytest.mark.parametrize(
    ("data", "model", "says"),
    [
        ("sample", "sample-rm", None),
        ("sample", "owner/name (history)", None),
        ("llams", "sample-rm", "no data set named llams"),
        ("pairs", "sample-rm", "no data set named pairs"),
        ("sample", "mr", "no model 'mr'"),
        ("sample", "run:nope", "no run nope"),
    ],
)
def test_a_study_is_refused_before_it_waits_only_if_it_cannot_be_prepared(tmp_path, data, model, says):
    request = StudyRequest(name="s", data=data, model=model, plan=StudyPlan(), base=TRAINING)
    if says is None:
        check_study(Store(tmp_path), request)
    else:
        with pytest.raises(InputError, match=says):
            check_study(Store(tmp_path), request)


def test_a_run_that_waits_is_no_model_yet(tmp_path):
    run = runs.asked(Store(tmp_path)).run_id
    request = StudyRequest(name="s", data="sample", model=f"run:{run}", plan=StudyPlan(), base=TRAINING)
    with pytest.raises(InputError, match="has no model yet: its status is queued"):
        check_study(Store(tmp_path), request)
