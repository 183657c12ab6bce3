"""A cache made by the version before: its runs, numbers, stars and jobs are found again and mean the same."""

import json

import pytest
from golden_cache import printed, unpack
from world import settings

from scpo.config import RunConfig
from scpo.errors import InputError
from scpo.jobs import control
from scpo.jobs.queue import Queue
from scpo.methods import CONTROLS
from scpo.store.cache import Store
from scpo.store.datasets import load_dataset
from scpo.store.models import named_model
from scpo.store.runs import RunDirectory, list_runs
from scpo.store.stars import read_stars, starred_pairs
from scpo.store.studies import read_study
from scpo.work.context import Work
from scpo.work.global_model import train_global

UNCERTAINTY = {"low", "high", "p", "holm_p", "noise_floor", "over_steering", "worst_group", "calibration", "map"}
"""How sure a number is may be computed better by a later version; the number and its n may not change."""


@pytest.fixture
def cache_root(tmp_path):
    return unpack(tmp_path / "cache")


def certain(value):
    """Return a document without what says how sure its numbers are, floats to nine digits.

    Where a control lies is no longer compared with the others, so neither is whether it lies on their front.
    """
    if isinstance(value, dict):
        gone = UNCERTAINTY | ({"on_frontier"} if value.get("method") in CONTROLS else set())
        return {key: certain(one) for key, one in value.items() if key not in gone}
    if isinstance(value, list):
        return [certain(one) for one in value]
    return round(value, 9) if isinstance(value, float) else value


def contains(found, wanted) -> bool:
    """Tell whether a document says all that another one says; it may say more."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(key in found and contains(found[key], wanted[key]) for key in wanted)
    if isinstance(wanted, list):
        return len(found) == len(wanted) and all(contains(a, b) for a, b in zip(found, wanted, strict=True))
    return found == wanted


@pytest.mark.parametrize("command", ["frontier", "bias", "preview", "divergence"])
def test_commands_print_the_same_numbers(document, command):
    wanted, found = certain(printed(command)), certain(document(command, "--data", "small", "--model", "rm"))
    if command == "preview":
        del wanted["chosen"]  # the version before chose on the test users
    assert wanted and contains(found, wanted)


def test_runs_keep_their_ids_their_settings_and_their_status(document, cache_root):
    wanted = {run["run_id"]: run for run in printed("runs")}
    found = {run["run_id"]: run for run in document("runs")}
    assert len(wanted) == 5 and found.keys() == wanted.keys()
    for run_id, run in wanted.items():
        assert found[run_id]["status"] == run["status"] == "succeeded"
        assert RunConfig.model_validate(run["config"]).run_id == run_id
        assert contains(found[run_id]["config"], run["config"])


def test_a_run_asked_for_again_is_the_one_that_is_there(cache_root):
    store = Store(cache_root)
    for record in list_runs(store):
        assert control.ask_run(store, record.config).status == "succeeded"
    assert not Queue(store).jobs(("queued",))


def test_a_global_model_asked_for_again_with_everybody_is_the_one_that_is_there(cache_root, monkeypatch):
    store = Store(cache_root)
    record = named_model(store, "rm")
    assert (record.unseen_share, record.unseen_users) == (0, [])
    monkeypatch.setattr("scpo.work.global_model.train", lambda *_, **__: pytest.fail("trained again"))
    asked = {
        "name": "rm",
        "backbone": "tiny",
        "exclude_countries": ["ZAF"],
        "training": record.training,
        "encoding": record.encoding,
        "seed": 0,
    }
    dataset = load_dataset(store, "small")
    assert train_global(Work(store, settings(store)), dataset, unseen_share=0.0, **asked) == record
    with pytest.raises(InputError, match="rm exists already, made from other causes"):
        train_global(Work(store, settings(store)), dataset, **asked)


def test_stars_and_studies_are_found(cache_root):
    store = Store(cache_root)
    starred = starred_pairs(read_stars(store, "small"))
    assert len(starred) == 2 and set(starred) <= set(load_dataset(store, "small").pairs["pair_id"])
    study = read_study(store, "golden")
    assert study.countries == ["ZAF", "CHL"] and set(study.runs) <= {run["run_id"] for run in printed("runs")}


def test_a_study_that_waits_in_the_queue_is_carried_out(cache_root, scpo, document):
    """Its payload was written by the version before; asked for again, it finds that all its runs are there."""
    store = Store(cache_root)
    payload = Queue(store).job("study-golden").payload
    assert set(payload) == {"data", "model", "ladder", "plan", "training", "base"}
    Queue(store).remove("study-golden")
    Queue(store).put("study-golden", kind="study", payload=payload)
    code, _, err = scpo("worker", "--until-idle", "0")
    assert code == 0, err
    job = Queue(store).job("study-golden")
    assert job.state == "succeeded", job.message
    assert {run["status"] for run in document("runs")} == {"succeeded"}


def test_a_lost_run_of_the_version_before_can_be_resumed(cache_root):
    store = Store(cache_root)
    run_id = printed("runs")[0]["run_id"]
    path = RunDirectory(store, run_id).path / "run.json"
    older = json.loads(path.read_text())
    path.write_text(json.dumps(older | {"status": "running"}))
    Queue(store).remove(run_id)
    assert control.current_status(store, RunDirectory(store, run_id).record()) == "lost"
    control.resume(store, run_id)
    assert Queue(store).job(run_id).state == "queued"
