"""The rows of the methods: what they promise to those who read them, and that no run has got another name."""

import numpy as np
import pytest

from dashboard.kit import theme
from scpo.config import EncodingConfig, LoraConfig, ObjectiveConfig, RunConfig, TrainingConfig
from scpo.errors import InputError
from scpo.method.objective import pair_weights, select
from scpo.methods import CONTROLS, METHODS, PAPER_METHODS, PREVIEWED, TRAINED, known_method

GAPS = np.linspace(-4, 4, 81)
RUN_IDS = {
    "full": ("fabebf2b5739a146", "fabebf2b5739a146"),
    "filter": ("dc127dc570a47838", "af50e9561742a066"),
    "inverse": ("1fbda2d3e0c73557", "1fbda2d3e0c73557"),
    "weight": ("bb0a33d0bc74537c", "3639856156f24c72"),
    "scpo": ("d07e8d690b29bdc7", "152aa621bfc754a4"),
    "random": ("1ea948913f35586f", "10a5fb20be9ffe9e"),
}
"""Folders of runs at tau 0.6 and beta 0.9, and at the defaults, as version 0.1.0 named them before there were rows."""


def run_id(objective: ObjectiveConfig, **changes: object) -> str:
    given = {"training": TrainingConfig(steps=64, learning_rate=2e-5)} | changes
    keys = {"dataset_key": "0123456789abcdef", "model_key": "fedcba9876543210"}
    config = {"dataset": "d", "model": "m", "country": "CHL", "objective": objective, "seed": 1}
    return RunConfig.model_validate(keys | config | given).run_id


def test_the_paper_s_study_compares_these_six_in_this_order():
    assert PAPER_METHODS == ("full", "filter", "inverse", "weight", "scpo", "random")


@pytest.mark.parametrize("method", RUN_IDS)
def test_runs_of_the_version_before_keep_their_folders(method):
    moved = ObjectiveConfig(method=method, tau=0.6, beta=0.9)
    assert (run_id(moved), run_id(ObjectiveConfig(method=method))) == RUN_IDS[method]


def test_runs_with_other_options_keep_their_folders_too():
    training = TrainingConfig(epochs=3, lora=LoraConfig(), frozen_layers=2)
    encoding = EncodingConfig(max_length=256, context="history")
    normalised = ObjectiveConfig(method="scpo", normalise_weights=True)
    assert run_id(normalised, training=training, encoding=encoding) == "9c316081f9f1bd32"
    last_layer = TrainingConfig(last_layer_ridge=2.5)
    assert run_id(ObjectiveConfig(method="inverse", inverse_clip=3), training=last_layer) == "38a8104c2d551d75"


@pytest.mark.parametrize("row", [METHODS[name] for name in TRAINED], ids=TRAINED)
def test_a_row_says_which_numbers_move_its_pairs_and_weights(row):
    plain, other_tau, other_beta = (
        select(GAPS, ObjectiveConfig(method=row.name, tau=tau, beta=beta), seed=0)
        for tau, beta in ((0.7, 1.1), (0.5, 1.1), (0.7, 2.2))
    )
    assert (plain.n_kept != other_tau.n_kept) == row.needs_tau
    assert (plain.weight != other_beta.weight).any() == row.needs_beta
    assert (plain.weight[plain.kept] != 1).any() == (row.log_weight is not None)
    again = select(GAPS, ObjectiveConfig(method=row.name), seed=1)
    assert (plain.kept != again.kept).any() == row.at_random


@pytest.mark.parametrize("row", [METHODS[name] for name in TRAINED], ids=TRAINED)
def test_pairs_on_which_the_global_model_agrees_weigh_one_so_that_a_slider_need_not_sum_them(row):
    weight = pair_weights(GAPS[GAPS >= 0], ObjectiveConfig(method=row.name))
    assert (weight == 1).all() and weight.size == 41


def test_what_may_be_proposed_is_what_the_sliders_move():
    assert [row.name for row in METHODS.values() if row.proposed] == ["filter", "weight", "scpo"]


def test_controls_are_there_to_be_compared_with_and_only_some_are_finetuned():
    assert CONTROLS == ("random", "shuffled", "pooled", "transfer", "length")
    assert (*PAPER_METHODS, "shuffled") == TRAINED and PREVIEWED == PAPER_METHODS
    assert known_method("shuffled") == "shuffled"
    for name in ("pooled", "transfer", "length"):
        with pytest.raises(InputError, match="is a control that is not finetuned"):
            known_method(name)
        with pytest.raises(ValueError, match="is a control that is not finetuned"):
            ObjectiveConfig(method=name)


def test_a_row_is_found_under_its_name_and_drawn_under_its_label():
    assert all(name == row.name and theme.METHODS[name].label == row.label for name, row in METHODS.items())
    assert len({row.label for row in METHODS.values()}) == len(METHODS)
