"""When the demo starts its work: whenever a run, the survey or a model's answers to it are missing."""

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import typer
from hand.tables import score
from typer.testing import CliRunner

from scpo.cli import serve
from scpo.cli.main import app
from scpo.config import TrainingConfig
from scpo.settings import Settings
from scpo.store.cache import Store
from scpo.store.models import run_model_key
from scpo.store.studies import PRESETS, write_study
from scpo.work.register import add_dataset


@pytest.mark.parametrize(("preset", "complete"), [("sliders", True), ("paper", False)])
def test_a_finished_study_of_fewer_settings_is_gone_on_with(tmp_path, preset, complete):
    store = Store(tmp_path)
    assert not serve.sample_study_is_complete(store)
    about = {"dataset": "sample", "dataset_key": "d", "model": "sample-rm", "model_key": "k", "countries": ["CHL"]}
    write_study(
        store,
        name=serve.SAMPLE_STUDY,
        **about,
        plan=PRESETS[preset],
        training=TrainingConfig(steps=32),
        runs=[],
    )
    assert serve.sample_study_is_complete(store) == complete


@pytest.mark.parametrize("sign", ["", '{"state": "running", "stage": "scoring"}'])
def test_a_study_whose_record_is_gone_or_not_there_yet_is_not_complete(tmp_path, sign):
    folder = Store(tmp_path).folder("studies", serve.SAMPLE_STUDY)
    folder.mkdir(parents=True)
    if sign:
        (folder / "heartbeat.json").write_text(sign)
    assert not serve.sample_study_is_complete(Store(tmp_path))


def test_the_dashboard_stays_where_the_queue_is_damaged_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("SCPO_CACHE_DIR", str(tmp_path))
    (tmp_path / "jobs.sqlite3").write_bytes(b"x" * 8192)
    monkeypatch.setattr(serve, "start_dashboard", lambda *given, **more: None)
    monkeypatch.setattr(serve, "wait_for", lambda server: 0)
    found = CliRunner().invoke(app, ["dashboard", "--port", "8799"])
    assert found.exit_code == 0 and "jobs.sqlite3 is damaged" in found.output and "localhost:8799" in found.output


def test_a_study_with_a_run_that_is_not_there_is_not_complete(tmp_path):
    store = Store(tmp_path)
    about = {"dataset": "sample", "dataset_key": "d", "model": "sample-rm", "model_key": "k", "countries": ["CHL"]}
    plan = PRESETS[serve.SAMPLE_PRESET]
    write_study(store, name=serve.SAMPLE_STUDY, **about, plan=plan, training=TrainingConfig(steps=32), runs=["r"])
    assert not serve.sample_study_is_complete(store)


def test_the_survey_of_an_earlier_demo_is_missing_until_every_model_has_answered_it(tmp_path):
    store = Store(tmp_path)
    assert not serve.sample_survey_is_scored(store)
    about = {"dataset": "sample", "dataset_key": "d", "model": "sample-rm", "model_key": "k", "countries": ["CHL"]}
    plan, training = PRESETS[serve.SAMPLE_PRESET], TrainingConfig(steps=32)
    write_study(store, name=serve.SAMPLE_STUDY, **about, plan=plan, training=training, runs=["r"])
    assert not serve.sample_survey_is_scored(store)
    info = add_dataset(store, serve.SAMPLE_SURVEY, source="sample-opinions", settings=Settings(cache_dir=tmp_path))
    reward = np.zeros(info.counts["utterances"])
    score(store, info, reward, model="sample-rm", model_key="k")
    assert not serve.sample_survey_is_scored(store), "the run has not"
    score(store, info, reward, model="run:r", model_key=run_model_key("r"))
    assert serve.sample_survey_is_scored(store)


@pytest.mark.parametrize("words", serve.DEMO_WORK)
def test_the_demo_runs_commands_that_there_are(words):
    name, *options = words.split()
    commands = typer.main.get_command(app)
    commands.commands[name].make_context(name, options)


def test_the_demo_ends_with_the_first_command_that_fails(monkeypatch):
    given = []

    def run(command):
        given.append(command[3])
        return SimpleNamespace(returncode=3 if command[3] == "study" else 0)

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(SystemExit) as ended:
        serve.demo_work()
    assert ended.value.code == 3 and given == ["score", "score", "study"]


def test_the_server_gives_freed_memory_back_unless_told_otherwise(monkeypatch, tmp_path):
    given, answers = {}, iter([False, True])
    monkeypatch.setattr(serve, "_answers", lambda *_: next(answers))
    monkeypatch.setattr(subprocess, "Popen", lambda command, **options: given.update(options["env"]))
    monkeypatch.setenv("MALLOC_ARENA_MAX", "7")
    serve.start_dashboard(1, "localhost", Settings(cache_dir=tmp_path))
    assert given["ARROW_DEFAULT_MEMORY_POOL"] == "system" and given["MALLOC_TRIM_THRESHOLD_"] == "131072"
    assert given["MALLOC_ARENA_MAX"] == "7", "what the environment says goes first"


def test_what_the_server_has_loaded_is_not_searched_for_garbage_after_every_drawing():
    counts = "gc.get_freeze_count(), len(gc.get_objects()), 'dashboard.bias.view' in sys.modules"
    asked = f"import gc, sys; from dashboard import serve; serve.warm(); print({counts})"
    said = subprocess.run([sys.executable, "-W", "ignore", "-c", asked], check=True, capture_output=True, text=True)
    frozen, searched, loaded = said.stdout.split()
    assert int(frozen) > 20 * int(searched) and loaded == "True"
