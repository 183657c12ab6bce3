"""A reward model from elsewhere: finetuned with plain transformers, added, scored, compared, forgotten again."""

import shutil

import numpy as np
import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer
from world import FEW_PEOPLE, World, rows

from scpo.errors import InputError
from scpo.methods import TRAINING_UNKNOWN
from scpo.results import load_externals
from scpo.store.cache import Store
from scpo.store.datasets import load_dataset
from scpo.store.externals import list_externals
from scpo.store.fingerprint import fingerprint
from scpo.store.models import model_folder, named_model
from scpo.store.scored import list_models, load_scored, runs_of
from scpo.store.scores import find_scores

ON = ("--data", "small", "--model", "rm")
TRAINING = ("--steps", "3", "--lr", "1e-3", "--batch-pairs", "8")


def finetune(world, folder, *, country="NZL", steps=8, labels=1):
    """Finetune the global model on a country's training pairs with torch alone, and save it as transformers does."""
    start = model_folder(world.store, named_model(world.store, "rm").key)
    torch.manual_seed(0)
    model = AutoModelForSequenceClassification.from_pretrained(
        start, num_labels=labels, ignore_mismatched_sizes=labels > 1
    )
    tokenizer = AutoTokenizer.from_pretrained(start)
    data = load_dataset(world.store, "small")
    pairs = data.pairs[(data.pairs["country"] == country) & (data.pairs["split"] == "train")]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    for _ in range(steps if labels == 1 else 0):
        chosen, rejected = (
            model(**tokenizer(*texts(data, pairs[side]), padding=True, truncation=True, return_tensors="pt")).logits
            for side in ("chosen", "rejected")
        )
        loss = -torch.nn.functional.logsigmoid(chosen - rejected).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return model.eval(), tokenizer


def texts(data, rows):
    """Return prompts and responses of some utterances."""
    found = data.utterances.iloc[rows.to_numpy()]
    return found["prompt"].tolist(), found["response"].tolist()


@pytest.fixture(scope="module")
def world(world_folder, tmp_path_factory):
    """Copy the small cache, so that other tests do not meet the models from elsewhere, nor these tests their runs."""
    root = shutil.copytree(world_folder / "small", tmp_path_factory.mktemp("external") / "small")
    return World(Store(root / "cache"), root / "pairs.csv", rows(FEW_PEOPLE))


@pytest.fixture(scope="module")
def colleague(world, tmp_path_factory):
    folder = tmp_path_factory.mktemp("elsewhere") / "colleague"
    return folder, *finetune(world, folder)


@pytest.fixture
def added(scpo, document, world, colleague):
    """Add the model for New Zealand, with two countries' runs beside it."""
    if not any(one.name == "colleague" for one in list_externals(world.store)):
        scpo("study", *ON, "--name", "two", "--countries", "CHL,NZL", "--methods", "full", "--seeds", "0", "--here",
             *TRAINING)  # fmt: skip
        before = fingerprint(world.store, "small", "rm")
        found = document("model", "add", colleague[0], "--for", "New Zealand")
        assert (found["name"], found["setting"], found["trained_for"]) == ("colleague", "colleague", "NZL")
        assert found["training"] == TRAINING_UNKNOWN and fingerprint(world.store, "small", "rm") != before
        frontier = document("frontier", *ON)
        assert frontier["external"] == []  # it has no scores yet, and that is said
        assert "not compared: colleague, not scored yet" in scpo("frontier", *ON)[2]
        document("score", "--data", "small", "--model", "colleague")
    return colleague


def test_its_numbers_are_those_that_plain_transformers_gives(added, document, world):
    _, model, tokenizer = added
    scored = load_scored(world.store, "small", "rm")
    test = scored.test_pairs[scored.test_pairs["country"] == "NZL"]
    with torch.inference_mode():
        rewards = [
            model(**tokenizer(*texts(scored.dataset, test[side]), padding=True, truncation=True, return_tensors="pt"))
            .logits[:, 0].numpy() for side in ("chosen", "rejected")
        ]  # fmt: skip
    right = rewards[0] > rewards[1]
    (point,) = document("frontier", *ON)["external"]
    assert point["all_country"]["value"] == pytest.approx(right.mean())
    assert point["true_country"]["value"] == pytest.approx(right[test["gap"].to_numpy() < 0].mean())
    assert point["gain"]["value"] == pytest.approx(right.mean() - (test["gap"] > 0).mean())
    assert right.mean() != pytest.approx((test["gap"] > 0).mean())  # it has moved


def test_frontier_and_bias_say_that_its_training_is_unknown_and_choose_without_it(added, document, world):
    frontier, bias = document("frontier", *ON), document("bias", *ON)
    (point,) = frontier["external"]
    assert (point["method"], point["model"], point["training"]) == ("external", "colleague", TRAINING_UNKNOWN)
    assert [point[name] for name in ("run", "tau", "beta", "seed", "n_kept", "held_out")] == [None] * 6
    assert not point["on_frontier"] and {one["method"] for one in frontier["points"]} == {"full"}
    assert frontier["chosen"]["NZL"]["method"] == "full"
    cells = {row["tested_on"]: row for row in bias["external"]}
    assert set(cells) == {row["tested_on"] for row in bias["rows"]}
    assert cells["NZL"]["difference"]["value"] == pytest.approx(point["gain"]["value"])
    assert all(row["trained_for"] == "NZL" and row["held_out"] is None for row in cells.values())
    assert "external" not in {row["method"] for row in bias["rows"]}


def test_it_is_no_global_model_and_no_run(added, world):
    scored = load_scored(world.store, "small", "rm")
    assert list_models(world.store, "small") == ["rm"]
    assert len(runs_of(world.store, scored)) == 2
    (model,) = load_externals(world.store, scored).models
    assert model.gap.shape == (1, len(scored.test_pairs)) and np.isfinite(model.gap).all()


def test_tables_name_it_and_a_document_says_what_is_known(added, scpo, document):
    for command in ("frontier", "bias"):
        code, out, err = scpo(command, *ON)
        assert code == 0 and TRAINING_UNKNOWN in err
        methods = {word for line in out.splitlines() for word in line.split()[1:3]}
        assert {"colleague", "full"} <= methods
    assert document("model", "show", "colleague")["training"] == TRAINING_UNKNOWN
    (row,) = [one for one in document("model", "list") if one["name"] == "colleague"]
    assert "from elsewhere, for NZL" in row["note"]


def test_it_is_compared_by_its_name_and_its_configuration_says_that_it_is_unknown(added, document):
    found = document("compare", "colleague", "full", *ON)
    (point,) = document("frontier", *ON)["external"]
    assert TRAINING_UNKNOWN in str(found["config_difference"])
    home = [row for row in found["rows"] if row["tested_on"] == "NZL" and row["subset"] == "all_country"]
    ours = next(one for one in document("frontier", *ON)["points"] if one["country"] == "NZL")
    wanted = point["all_country"]["value"] - ours["all_country"]["value"]
    assert abs(home[0]["difference"]["value"]) == pytest.approx(abs(wanted))


def test_scores_that_read_something_else_are_not_compared_with_the_global_model_s(added, document, world):
    document("score", "--data", "small", "--model", "rm", "--context", "history")
    by_history = load_scored(world.store, "small", "rm", context="history")
    found = load_externals(world.store, by_history)
    assert found.models == () and "--context history` does it" in found.left_out["colleague"]


def test_a_model_of_another_place_is_named_and_left_out(added, document, world, colleague):
    document("model", "add", colleague[0], "--for", "Peru", "--name", "peru")
    found = load_externals(world.store, load_scored(world.store, "small", "rm"))
    assert len(found.models) == 1 and found.left_out == {"peru": "small has no test pairs of PER"}
    document("model", "rm", "peru")


def test_models_of_several_countries_can_share_a_setting_but_not_a_country(added, scpo, document, world, colleague):
    document("model", "add", colleague[0], "--for", "CHL", "--name", "chile", "--setting", "colleague")
    models = load_externals(world.store, load_scored(world.store, "small", "rm")).models
    assert [(one.trained_for, one.external) for one in models] == [("CHL", "colleague"), ("NZL", "colleague")]
    assert models[0].setting == models[1].setting  # the same weights, so the same scores: nothing is scored twice
    code, _, err = scpo("model", "add", colleague[0], "--for", "CHL", "--name", "again", "--setting", "colleague")
    assert code == 2 and "colleague has a model for CHL already: chile" in err
    document("model", "rm", "chile")


BAD = {
    "{folder} --name x": "--for takes a country",
    "{folder} --for Narnia --name x": "Narnia",
    "{folder} --for CHL,NZL --name x": "must name one community",
    "{folder} --for AUS --name x --data small": "no pairs from AUS",
    "{folder} --for CHL --name a|b": "is no name",
    "{folder} --for CHL --name rm": "is the name of a global model",
    "{folder} --for CHL": "colleague is there already, for NZL",
    "rm --for CHL --name x": "is the global model of finished runs",
    "/absent --for CHL": "no model '/absent'",
    "scpo-reward-model-chile": "model MulticulturalAlignment/scpo-reward-model-chile is not on this machine and this",
}


@pytest.mark.parametrize("arguments", BAD)
def test_what_cannot_be_added_is_said_in_one_line(added, scpo, world, colleague, arguments):
    before = list_externals(world.store)
    code, out, err = scpo("model", "add", *arguments.format(folder=colleague[0]).split())
    assert (code, out, err.count("\n")) == (2, "", 1) and BAD[arguments] in err
    assert list_externals(world.store) == before


def test_a_model_with_two_outputs_asks_which_is_the_reward_when_it_is_scored(added, scpo, world, tmp_path):
    finetune(world, tmp_path / "two", labels=2)
    assert scpo("model", "add", tmp_path / "two", "--for", "CHL")[0] == 0
    code, _, err = scpo("score", "--data", "small", "--model", "two")
    assert code == 2 and "has 2 outputs" in err and "choose with --output 0" in err
    assert scpo("model", "rm", "two")[0] == 0


def test_a_folder_that_has_changed_since_is_not_scored(added, scpo, world, tmp_path):
    finetune(world, tmp_path / "later", steps=1)
    assert scpo("model", "add", tmp_path / "later", "--for", "CHL")[0] == 0
    finetune(world, tmp_path / "later", steps=2)
    code, _, err = scpo("score", "--data", "small", "--model", "later")
    assert code == 2 and "is not the one that was added" in err
    assert scpo("model", "rm", "later")[0] == 0


def test_forgotten_it_is_compared_no_more_and_its_scores_stay(added, scpo, document, world):
    scored = load_scored(world.store, "small", "rm")
    key = find_scores(world.store, scored.info, "colleague").key
    assert scpo("model", "rm", "colleague")[0] == 0
    assert document("frontier", *ON)["external"] == []
    assert find_scores(world.store, scored.info, "colleague").key == key
    with pytest.raises(InputError, match="there is no model colleague from elsewhere"):
        from scpo.store.externals import read_external

        read_external(world.store, "colleague")
