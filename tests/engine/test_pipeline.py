"""The whole way with real functions on a tiny model: what is computed, what is kept, what is computed once."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from scpo.config import ObjectiveConfig, TrainingConfig
from scpo.errors import Cancelled, InputError
from scpo.jobs.signs import read_signs
from scpo.models import base_training
from scpo.store.cache import Store
from scpo.store.datasets import load_dataset
from scpo.store.models import list_models, named_model
from scpo.store.runs import RunDirectory, list_runs
from scpo.store.scores import find_scores, list_scores
from scpo.store.studies import StudyPlan, read_study
from scpo.work import run, study
from scpo.work import score as scoring
from scpo.work.context import Work, never
from scpo.work.global_model import train_global
from scpo.work.global_rows import rows_for_global, seen_users
from scpo.work.prepare import prepare, settle_training
from scpo.work.register import regroup
from scpo.work.requests import RunRequest, ScoreRequest, StudyRequest

TRAINING = TrainingConfig(steps=6, learning_rate=1e-3, batch_pairs=8)
SMALL = ScoreRequest(data="small", model="rm")


def run_one(world, *, store=None, **changes):
    given = {
        "data": "small",
        "model": "rm",
        "country": "CHL",
        "objective": ObjectiveConfig(method="full"),
        "training": TRAINING,
    }
    how = {name: changes.pop(name) for name in ("tell", "stop") if name in changes}
    request = RunRequest.model_validate(given | changes)
    return run.run_one(Work(store or world.store, world.settings, **how), request)


def run_study(store, settings, *, stop=never, **asked):
    request = StudyRequest.model_validate({"name": "s", "data": "small", "model": "rm", "training": TRAINING} | asked)
    return study.run_study(Work(store, settings, stop=stop), request)


@pytest.fixture(scope="module")
def finished(world):
    """One finished run."""
    return run_one(world)


@pytest.fixture
def copied(world, finished, tmp_path) -> Store:
    """A second cache with the data set, the model and its scores, and without a run."""
    shutil.copytree(world.store.root, tmp_path / "cache", ignore=shutil.ignore_patterns("runs", "studies", "progress"))
    return Store(tmp_path / "cache")


def child(world, store, *arguments, before="") -> subprocess.Popen[bytes]:
    """Start the command line as a process of its own; `before` is code that slows it down."""
    code = f"{before}\nfrom scpo.cli.main import main\nmain()"
    environment = {
        **os.environ,
        "SCPO_CACHE_DIR": str(store.root),
        "SCPO_DEVICE": "cpu",
        "SCPO_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
    }
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def wait_until(true, *, process) -> None:
    began = time.monotonic()
    while not true():
        assert process.poll() is None, process.stderr.read().decode()
        assert time.monotonic() - began < 60
        time.sleep(0.01)


def test_a_global_model_without_a_country_never_sees_a_row_of_its_people(world):
    people = {row["user_id"] for row in world.rows if row["country"] == "ZAF"}
    without_country = [row for row in world.rows if row["user_id"] in people and not row["country"]]
    assert len(people) == 8 and len(without_country) == 2  # the trap is there
    dataset = load_dataset(world.store, "small")
    train, test, left_out, unseen = rows_for_global(dataset, ["ZAF"])
    training_people = set(dataset.users.loc[dataset.users["split"] == "train", "user_id"])
    expected = sum(row["user_id"] in training_people - people for row in world.rows)
    assert not people & ({*train["user_id"], *test["user_id"]})
    assert {"none-0", "none-1", "none-2", "none-3"} <= {*train["user_id"], *test["user_id"]}
    assert len(train) == expected and left_out == len(people & training_people) and unseen == []
    record = named_model(world.store, "rm")
    assert (record.n_pairs, record.left_out_users, record.exclude_countries) == (expected, left_out, ["ZAF"])
    assert record.n_users == len(training_people - people)
    assert set(record.held_out) == {"model", "longer_response_wins"}
    assert record.held_out["model"]["n_pairs"] == len(test)


def test_excluding_an_unknown_country_is_refused(world):
    with pytest.raises(InputError, match="no pairs from AUS: it has CHL, NZL, ZAF"):
        rows_for_global(load_dataset(world.store, "small"), ["AUS"])


def test_a_global_model_asked_for_again_is_not_trained_again_and_its_name_is_taken(world, monkeypatch):
    record = named_model(world.store, "rm")

    def forbidden(*_, **__):
        raise AssertionError("computed again")

    monkeypatch.setattr("scpo.work.global_model.train", forbidden)
    asked = {
        "name": "rm",
        "backbone": "tiny",
        "exclude_countries": ["ZAF", "ZAF"],
        "training": record.training,
        "encoding": record.encoding,
        "seed": 0,
        "unseen_share": 0.0,
    }
    dataset = load_dataset(world.store, "small")
    assert train_global(Work(world.store, world.settings), dataset, **asked) == record
    with pytest.raises(InputError, match="rm exists already"):
        train_global(Work(world.store, world.settings), dataset, **(asked | {"seed": 1}))
    assert len(list_models(world.store)) == 1


def test_a_finished_global_model_leaves_no_checkpoint_behind(world):
    assert [path.name for path in (world.store.root / "models").iterdir()] == [named_model(world.store, "rm").key]


def test_a_scoring_that_was_killed_goes_on_after_its_last_part_and_ends_the_same(
    world, finished, tmp_path, monkeypatch
):
    undisturbed = find_scores(world.store, load_dataset(world.store, "small").info, "rm")
    shutil.copytree(
        world.store.root, tmp_path / "cache", ignore=shutil.ignore_patterns("runs", "studies", "progress", "scores")
    )
    store = Store(tmp_path / "cache")
    parts = store.root / "scores" / f".{undisturbed.key}.parts"
    slow = (
        "import time, scpo.work.score as stage\n"
        "stage.PART_RESPONSES, real = 32, stage.score\n"
        "def score(*a, **k): time.sleep(0.3); return real(*a, **k)\n"
        "stage.score = score"
    )
    with child(world, store, "score", "--data", "small", "--model", "rm", before=slow) as process:
        wait_until(lambda: len(list(parts.glob("?????????.npz"))) >= 2, process=process)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert store.names("scores") == []
    kept = list(parts.glob("?????????.npz"))
    assert 2 <= len(kept) < 7
    done = []
    real = scoring.score

    def counted(model, encoded, **rest):
        done.append(len(encoded))
        return real(model, encoded, **rest)

    monkeypatch.setattr(scoring, "PART_RESPONSES", 32)
    monkeypatch.setattr(scoring, "score", counted)
    prepare(Work(store, world.settings), SMALL)
    assert sum(done) == undisturbed.info.n_responses - 32 * len(kept)  # only what was missing
    resumed = find_scores(store, load_dataset(store, "small").info, "rm")
    assert resumed.key == undisturbed.key and not parts.exists()
    np.testing.assert_allclose(resumed.reward, undisturbed.reward, atol=1e-5)
    np.testing.assert_allclose(
        resumed.features @ resumed.head_weight + resumed.head_bias, undisturbed.reward, atol=1e-4
    )


def test_scores_asked_for_twice_are_computed_once(world, finished, monkeypatch):
    def forbidden(*_, **__):
        raise AssertionError("computed again")

    monkeypatch.setattr("scpo.work.score.score", forbidden)
    prepare(Work(world.store, world.settings), SMALL)
    assert len(list_scores(world.store, load_dataset(world.store, "small").info)) == 1


def test_the_record_of_a_run_says_what_was_asked_on_what_it_ran_and_what_came_out(world, finished):
    value = json.loads((world.store.root / "runs" / finished.run_id / "run.json").read_text())
    unknown = {key for key, field in value.items() if field is None}
    assert unknown == {"error", "traceback"}
    own = [row for row in world.rows if row["country"] == "CHL"]
    users = load_dataset(world.store, "small").users.set_index("user_id")["split"]
    training = [row for row in own if users[row["user_id"]] == "train"]
    assert value["status"] == "succeeded"
    assert (value["n_train"], value["n_kept"], value["steps"]) == (len(training), len(training), 6)
    assert value["n_train_users"] == len({row["user_id"] for row in training})
    assert value["effective_sample_size"] == pytest.approx(len(training))  # all weights are 1
    log = RunDirectory(world.store, finished.run_id).read_log()
    assert [line["step"] for line in log if "step" in line] == [1, 2, 3, 4, 5, 6]
    assert value["passes"] == pytest.approx(log[-2]["pairs_seen"] / len(training))
    assert value["config"]["objective"]["method"] == "full" and value["config"]["seed"] == 0
    assert value["versions"]["torch"].split("+")[0] == torch.__version__.split("+")[0]
    assert not (world.store.root / "runs" / finished.run_id / "checkpoint").exists()


def test_a_finished_model_loads_with_plain_transformers_and_gives_the_recorded_rewards(world, finished):
    directory = RunDirectory(world.store, finished.run_id)
    tokenizer = AutoTokenizer.from_pretrained(directory.model_folder)
    model = AutoModelForSequenceClassification.from_pretrained(directory.model_folder).eval()
    utterances = load_dataset(world.store, "small").utterances
    recorded = directory.rewards(len(utterances))
    rows = np.flatnonzero(np.isfinite(recorded))
    assert 10 < len(rows) < len(utterances)
    batch = tokenizer(
        utterances["prompt"].iloc[rows].tolist(),
        utterances["response"].iloc[rows].tolist(),
        padding=True,
        truncation=True,
        max_length=48,
        return_tensors="pt",
    )
    with torch.inference_mode():
        rewards = model(**batch).logits[:, 0].numpy()
    np.testing.assert_allclose(rewards, recorded[rows], atol=1e-4)
    assert np.std(rewards) > 1e-3  # not all the same


def by_hand(pairs: pd.DataFrame, reward: np.ndarray, global_reward: np.ndarray, country: str) -> dict[str, tuple]:
    mine = [p for p in pairs.to_dict("records") if p["country"] == country and p["split"] == "test"]
    lost = [p for p in mine if global_reward[p["chosen"]] < global_reward[p["rejected"]]]
    return {
        name: (
            sum(reward[p["chosen"]] > reward[p["rejected"]] for p in some) / len(some) if some else np.nan,
            len(some),
            len({p["user_id"] for p in some}),
        )
        for name, some in (("all_country", mine), ("true_country", lost))
    }


def test_the_metrics_are_the_shares_counted_by_hand_from_the_stored_rewards(world, finished):
    directory = RunDirectory(world.store, finished.run_id)
    stored = pd.read_parquet(directory.path / "rewards.parquet")
    reward = dict(zip(stored["utterance"], stored["reward"], strict=True))
    dataset = load_dataset(world.store, "small")
    global_reward = find_scores(world.store, dataset.info, "rm").reward
    metrics = pd.read_parquet(directory.path / "metrics.parquet").set_index(["tested_on", "subset"])
    assert len(metrics) == 3 * 3  # both accuracies and the excess
    for country in ("CHL", "NZL", "ZAF"):
        for subset, (value, n_pairs, n_users) in by_hand(dataset.pairs, reward, global_reward, country).items():
            row = metrics.loc[(country, subset)]
            assert (row["n_pairs"], row["n_users"]) == (n_pairs, n_users)
            assert row["value"] == pytest.approx(value, nan_ok=True)
            if n_pairs and n_users > 1 and subset == "all_country":
                assert row["low"] <= row["value"] <= row["high"]
    rest = dataset.pairs[dataset.pairs["country"].notna() & (dataset.pairs["split"] == "test")]
    assert set(reward) == {*rest["chosen"], *rest["rejected"]}  # no pair without a country is a test pair


def test_a_run_asked_for_again_is_the_same_run_and_nothing_is_computed(world, finished, monkeypatch):
    def forbidden(*_, **__):
        raise AssertionError("computed again")

    monkeypatch.setattr("scpo.work.finetune.train", forbidden)
    monkeypatch.setattr("scpo.work.finetune.score", forbidden)
    folder = world.store.root / "runs" / finished.run_id
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert run_one(world) == finished
    assert run_one(world, objective=ObjectiveConfig(method="full", tau=0.6)) == finished
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_a_run_for_a_country_without_pairs_is_refused_before_anything_is_written(world, finished):
    known = {record.run_id for record in list_runs(world.store)}
    with pytest.raises(InputError, match="no pairs from AUS"):
        run_one(world, country="AUS")
    assert {record.run_id for record in list_runs(world.store)} == known


def test_a_stopped_run_is_cancelled_keeps_its_state_and_ends_like_an_undisturbed_one(world, finished, copied):
    asked = iter([False, False, True])
    with pytest.raises(Cancelled, match="after step 2 of 6"):
        run_one(world, store=copied, stop=lambda: next(asked))
    directory = RunDirectory(copied, finished.run_id)
    record = directory.record()
    assert record.status == "cancelled" and "after step 2 of 6" in record.error
    assert directory.checkpoint_folder.is_dir()
    steps = []
    resumed = run_one(world, store=copied, tell=lambda stage, done, *_: stage == "training" and steps.append(done))
    assert steps == [3, 4, 5, 6]
    assert resumed.status == "succeeded" and resumed.error is None
    assert [line["step"] for line in directory.read_log() if "step" in line] == [1, 2, 3, 4, 5, 6]
    n = len(load_dataset(copied, "small").utterances)
    expected = RunDirectory(world.store, finished.run_id).rewards(n)
    assert np.array_equal(directory.rewards(n), expected, equal_nan=True)  # bit for bit
    assert not directory.checkpoint_folder.exists()


def test_an_interrupted_run_is_cancelled_and_a_broken_one_failed(world, copied, monkeypatch):
    for error, status in ((KeyboardInterrupt(), "cancelled"), (ValueError("broken"), "failed")):

        def raising(*_, error=error, **__):
            raise error

        monkeypatch.setattr("scpo.work.finetune.train", raising)
        with pytest.raises(type(error)):
            run_one(world, store=copied)
        assert [record.status for record in list_runs(copied)] == [status]


def test_a_study_goes_on_after_a_run_that_fails_and_says_which(world, copied):
    plan = StudyPlan(countries=("CHL", "NZL"), methods=("filter", "full"), taus=(1e-9,), seeds=(0,))
    result = run_study(copied, world.settings, plan=plan)
    records = {record.run_id: record for record in list_runs(copied)}
    assert sorted((r.config.country, r.config.objective.method, r.status) for r in records.values()) == [
        ("CHL", "filter", "failed"),
        ("CHL", "full", "succeeded"),
        ("NZL", "filter", "failed"),
        ("NZL", "full", "succeeded"),
    ]
    assert set(result.failures) == {run for run, record in records.items() if record.status == "failed"}
    assert all("raise tau" in sentence for sentence in result.failures.values())
    assert set(read_study(copied, "s").runs) == set(records)
    (progress,) = read_signs(copied)
    assert (progress.state, progress.message) == ("done", "2 runs finished, 2 failed")


def test_a_study_survives_a_run_that_breaks_unexpectedly(world, copied, monkeypatch):
    from scpo.work import finetune

    real = finetune.train

    def train(model, data, config, *, seed, **rest):
        if seed == 0:
            raise ZeroDivisionError("unexpected")
        return real(model, data, config, seed=seed, **rest)

    monkeypatch.setattr(finetune, "train", train)
    plan = StudyPlan(countries=("CHL",), methods=("full",), seeds=(0, 1))
    result = run_study(copied, world.settings, plan=plan)
    assert [record.config.seed for record in result.records] == [1]
    assert list(result.failures.values()) == ["ZeroDivisionError: unexpected"]
    failed = RunDirectory(copied, next(iter(result.failures))).record()
    assert "in train" in failed.traceback


def test_a_study_that_is_told_to_terminate_is_cancelled_and_goes_on_from_its_checkpoint(world, finished, copied):
    slow = (
        "import time, scpo.model.training as t\n"
        "real = t._Loop.advance\n"
        "def advance(self): time.sleep(0.2); real(self)\n"
        "t._Loop.advance = advance"
    )
    arguments = [
        "study", "--data", "small", "--model", "rm", "--name", "s", "--countries", "CHL,NZL", "--methods", "full",
        "--seeds", "0", "--steps", "6", "--lr", "1e-3", "--batch-pairs", "8", "--here",
    ]  # fmt: skip
    directory = RunDirectory(copied, finished.run_id)
    with child(world, copied, *arguments, before=slow) as process:
        wait_until(lambda: len(directory.read_log()) >= 2, process=process)
        process.terminate()
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1, errors
    assert b"Traceback" not in errors and b"training stopped after step" in errors
    (progress,) = read_signs(copied)
    assert progress.state == "cancelled"
    assert [record.status for record in list_runs(copied)] == ["cancelled"]
    plan = StudyPlan(countries=("CHL", "NZL"), methods=("full",), seeds=(0,))
    result = run_study(copied, world.settings, plan=plan)
    assert not result.failures and len(result.records) == 2
    assert [line["step"] for line in directory.read_log() if "step" in line] == [1, 2, 3, 4, 5, 6]
    n = len(load_dataset(copied, "small").utterances)
    expected = RunDirectory(world.store, finished.run_id).rewards(n)
    np.testing.assert_array_equal(directory.rewards(n), expected)


@pytest.fixture
def trained_on(monkeypatch):
    """Return the users of every training that follows, one set each."""
    from scpo.work import budget

    seen, real = [], budget.pair_data

    def spied(model, utterances, pairs, weight):
        seen.append(set(pairs["user_id"]))
        return real(model, utterances, pairs, weight)

    monkeypatch.setattr(budget, "pair_data", spied)
    return seen


def test_without_a_budget_it_is_chosen_by_folds_of_users_whom_the_global_model_has_not_seen(copied, world, trained_on):
    """South Africa's people were left out of the global model, so all of its training users judge."""
    plan = StudyPlan(countries=("ZAF",), methods=("full",), seeds=(0,))
    result = run_study(copied, world.settings, plan=plan, training=None, base=TRAINING, ladder=(2, 4))
    budget = result.study.budget
    users = load_dataset(copied, "small").users
    training = set(users.loc[(users["country"] == "ZAF") & (users["split"] == "train"), "user_id"])
    assert len(training) == 5
    assert budget["steps"] in (2, 4) and result.records[0].steps == budget["steps"]
    assert (budget["folds"], budget["n_validation_users"]) == ({"ZAF": 5}, {"ZAF": 5})
    assert set(map(int, budget["tried"])) == {0, 2, 4} and budget["standard_error"] >= 0
    assert [len(users) for users in trained_on] == [4] * 10
    for rung in (trained_on[:5], trained_on[5:]):
        assert set.union(*(training - users for users in rung)) == training, "every user judges once per rung"


def test_a_global_model_leaves_out_users_for_budgets_and_they_alone_judge(copied, world, trained_on):
    dataset = load_dataset(copied, "small")
    asked = {
        "backbone": "tiny",
        "exclude_countries": ["ZAF"],
        "training": named_model(world.store, "rm").training,
        "encoding": named_model(world.store, "rm").encoding,
        "seed": 0,
    }
    record = train_global(Work(copied, world.settings), dataset, name="fair", **asked)
    pairs = dataset.pairs
    own = pairs[(pairs["country"] == "CHL") & (pairs["split"] == "train")]
    unseen = set(own["user_id"]) & set(record.unseen_users)
    assert record.unseen_share == 0.25 and len(unseen) == 2 and record.key != named_model(world.store, "rm").key
    assert record.n_users == named_model(world.store, "rm").n_users - len(record.unseen_users)
    rows = pairs[(pairs["split"] == "train") & ~pairs["user_id"].isin(record.unseen_users)]
    assert seen_users(copied, dataset, record.key, "fair") == {
        user for user in rows["user_id"] if not user.startswith("ZAF")
    }
    plan = StudyPlan(countries=("CHL",), methods=("full",), seeds=(0,))
    result = run_study(copied, world.settings, model="fair", plan=plan, training=None, base=TRAINING, ladder=(2,))
    assert result.study.budget["n_validation_users"] == {"CHL": 2}
    assert result.study.budget["n_validation_pairs"] == {"CHL": int(own["user_id"].isin(unseen).sum())}
    assert len(trained_on) == 2
    for users in trained_on:
        assert users == set(own["user_id"]) - (unseen - users) and len(unseen & users) == 1
    with pytest.raises(InputError, match="must be at least 0 and below 1"):
        train_global(Work(copied, world.settings), dataset, name="none", unseen_share=1.0, **asked)


def test_no_budget_is_chosen_on_people_whom_the_global_model_has_seen(copied, world):
    plan = StudyPlan(countries=("CHL",), methods=("full",), seeds=(0,))
    with pytest.raises(InputError, match="rm has seen all but 0 of its 5 training users; give --steps"):
        run_study(copied, world.settings, plan=plan, training=None, base=TRAINING, ladder=(2,))


def test_the_sample_s_own_model_has_its_budget(world):
    request = RunRequest(data="sample", model="sample-rm", country="CHL", objective=ObjectiveConfig(method="full"))
    scored = SimpleNamespace(
        scores=SimpleNamespace(info=SimpleNamespace(model="sample-rm")), info=SimpleNamespace(synthetic=True)
    )
    training, chosen = settle_training(Work(world.store, world.settings), request, scored, ["CHL"])
    assert chosen is None and training == base_training("sample-rm").model_copy(update={"steps": 32})


def test_whom_a_model_has_seen_is_known_in_other_communities_and_through_runs(copied, world, finished):
    rm = named_model(copied, "rm")
    regroup(copied, "small", "circles", ["circle"])
    circles, small = load_dataset(copied, "circles"), load_dataset(copied, "small")
    by_rm = seen_users(copied, small, rm.key, "rm")
    assert circles.info.key != small.info.key and seen_users(copied, circles, rm.key, "rm") == by_rm
    assert seen_users(copied, small, "0" * 16, "from elsewhere") == set()
    shutil.copytree(world.store.root / "runs" / finished.run_id, copied.root / "runs" / finished.run_id)
    own = small.pairs[(small.pairs["country"] == "CHL") & (small.pairs["split"] == "train")]
    assert seen_users(copied, small, "", f"run:{finished.run_id}") == by_rm | set(own["user_id"])


def test_a_study_name_that_is_no_name_is_refused_before_the_work(world, finished, copied):
    with pytest.raises(InputError, match="is no name"):
        run_study(copied, world.settings, name="a/b", plan=StudyPlan())
    assert list_runs(copied) == [] and read_signs(copied) == []


def test_a_study_stopped_before_its_first_run_is_cancelled_and_keeps_what_was_scored(world, copied):
    shutil.rmtree(copied.root / "scores")
    with pytest.raises(Cancelled, match="stopped while scoring"):
        run_study(copied, world.settings, plan=StudyPlan(seeds=(0,)), stop=lambda: True)
    (progress,) = read_signs(copied)
    assert progress.state == "cancelled" and list_runs(copied) == []


def test_a_study_asked_to_stop_between_two_runs_starts_no_other(world, copied):
    plan = StudyPlan(countries=("CHL", "NZL"), methods=("full",), seeds=(0,))

    def one_is_finished():
        return any(record.status == "succeeded" for record in list_runs(copied))

    with pytest.raises(Cancelled, match="stopped after 1 of 2 runs"):
        run_study(copied, world.settings, plan=plan, stop=one_is_finished)
    assert [record.config.country for record in list_runs(copied)] == ["CHL"]
