"""The hub, asked by its real client: data sets and models at pinned revisions, and exported models pushed.

Commands run in processes of their own with ``HF_ENDPOINT`` set to the stub of `hub`, as a mirror would be.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hub import TOKEN, HubStub
from world import copy_of, settings

from scpo.data.sources import SOURCES
from scpo.errors import InputError
from scpo.store.cache import Store
from scpo.store.datasets import load_info
from scpo.store.models import model_folder, named_model
from scpo.store.runs import list_runs
from scpo.store.scores import list_scores
from scpo.work.context import Work
from scpo.work.export import export_run

pytestmark = pytest.mark.slow

INVENTED = Path(__file__).resolve().parents[1] / "unit" / "data" / "invented"
COMMIT, OTHER = "a" * 40, "b" * 40


@pytest.fixture
def hub():
    with HubStub() as stub:
        yield stub


@pytest.fixture
def ask(hub, tmp_path):
    """Return a function that runs a command against the stub: exit code, stdout, stderr."""

    def call(*words, cache=tmp_path / "cache", token=None, offline=False):
        unwanted = ("HF_", "SCPO_", "TRANSFORMERS_")
        environment = {k: v for k, v in os.environ.items() if not k.startswith(unwanted)}
        environment |= hub.environment(tmp_path / "home")
        environment |= {"SCPO_CACHE_DIR": str(cache), "SCPO_DEVICE": "cpu", "OMP_NUM_THREADS": "1"}
        environment |= ({"HF_TOKEN": token} if token else {}) | ({"SCPO_OFFLINE": "1"} if offline else {})
        words = [sys.executable, "-m", "scpo", *map(str, words)]
        done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=300)
        return done.returncode, done.stdout, done.stderr

    return call


def publish(hub, source, *, gated=False, without=None):
    """Put the invented files of a source at its pinned revision, and broken ones at the branch main."""
    published = SOURCES[source].published
    names = {name: INVENTED / Path(name).name for name in published.files if name != without}
    files = {name: path.read_bytes() for name, path in names.items()} | {"more/large.bin": b"0" * 1000}
    hub.add("datasets", published.repository, published.revision, files, named="at-release", gated=gated)
    hub.add("datasets", published.repository, OTHER, dict.fromkeys(published.files, b"broken"))
    return published


def holds(root, words):
    """Return the files under a folder that contain some words."""
    return [path for path in root.rglob("*") if path.is_file() and words.encode() in path.read_bytes()]


@pytest.mark.parametrize("source", ["prism", "global-opinions"])
def test_a_published_data_set_is_read_at_its_pinned_revision_and_again_without_a_network(hub, ask, tmp_path, source):
    published = publish(hub, source)
    code, _, err = ask("data", "add", "mine", "--source", source)
    assert code == 0, err
    info = json.loads((tmp_path / "cache" / "datasets" / "mine" / "dataset.json").read_text())
    assert (info["location"], info["revision"]) == (published.repository, published.revision)
    assert info["counts"]["pairs"] > 0
    asked = [request.path for request in hub.requests if published.repository in request.path]
    got = {path.partition(f"resolve/{published.revision}/")[2] for path in asked if "/resolve/" in path}
    assert got == set(published.files)  # nothing else, and nothing of another revision
    assert asked and all(published.revision in path for path in asked)
    assert {request.authorization for request in hub.requests} == {None}
    n = len(hub.requests)
    code, _, err = ask("data", "add", "again", "--source", source, offline=True)
    assert code == 0 and len(hub.requests) == n, err
    again = json.loads((tmp_path / "cache" / "datasets" / "again" / "dataset.json").read_text())
    assert again["key"] == info["key"]


def test_a_gated_data_set_asks_for_a_token_and_keeps_it_nowhere(hub, ask, tmp_path):
    published = publish(hub, "prism", gated=True)
    code, _, err = ask("data", "add", "mine", "--source", "prism")
    assert code == 2 and "accept its terms on the hub and set HF_TOKEN" in err
    assert err.count("\n") == 1
    code, out, err = ask("data", "add", "mine", "--source", "prism", token=TOKEN)
    assert code == 0, err
    assert f"Bearer {TOKEN}" in {request.authorization for request in hub.requests}
    assert TOKEN not in out + err and holds(tmp_path, TOKEN) == []
    assert holds(tmp_path / "cache", published.revision)


@pytest.mark.parametrize(
    ("spoilt", "words"),
    [
        ("file", "came without survey.jsonl; download"),
        ("revision", "is not on the hub, or not public; download"),
        ("repository", "is not on the hub, or not public; download"),
    ],
)
def test_what_the_hub_does_not_have_is_named_in_one_sentence(hub, ask, tmp_path, spoilt, words):
    published = publish(hub, "prism", without="survey.jsonl")
    if spoilt == "revision":
        del hub.repositories["datasets", published.repository].commits[published.revision]
    if spoilt == "repository":
        hub.repositories.clear()
    code, _, err = ask("data", "add", "mine", "--source", "prism")
    assert code == 2 and words in err.splitlines()[-1] and "Traceback" not in err
    assert not (tmp_path / "cache" / "datasets" / "mine").exists()


@pytest.fixture
def small(world_folder, tmp_path):
    """A copy of the cache with the data set ``small``, without its scores, and the files of its model."""
    root = tmp_path / "small"
    source = Store(world_folder / "small" / "cache")
    shutil.copytree(source.root, root, ignore=shutil.ignore_patterns("scores", "runs", "models"))
    folder = model_folder(source, named_model(source, "rm").key)
    return Store(root), {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "model.json"}


def test_a_model_is_read_at_the_commit_of_its_revision_and_its_export_says_so(hub, ask, small, tmp_path):
    store, files = small
    hub.add("models", "owner/rm", COMMIT, files, named="v1")
    hub.add("models", "owner/rm", OTHER, {"config.json": b"broken"})
    words = ("--data", "small", "--model", "owner/rm@v1", "--country", "CHL", "--method", "full", "--steps", "2")
    code, _, err = ask("run", *words, cache=store.root, token=TOKEN)
    assert code == 0, err
    record = list_runs(store)[0]
    ((_, scores),) = list_scores(store, load_info(store, "small"))
    assert (scores.model_location, scores.model_commit) == (f"owner/rm@{COMMIT}", COMMIT)
    read = {r.path for r in hub.requests if r.path.endswith(".safetensors") and "/resolve/" in r.path}
    assert read == {f"/owner/rm/resolve/{COMMIT}/model.safetensors"}
    code, out, err = ask("export", record.run_id, tmp_path / "model", "--json", cache=store.root, token=TOKEN)
    assert code == 0, err
    base = json.loads(out)["card"]["global_model"]
    assert (base["repository"], base["commit"]) == ("owner/rm", COMMIT)
    assert 'base_model: "owner/rm"' in (tmp_path / "model" / "README.md").read_text()
    assert holds(tmp_path, TOKEN) == [] and TOKEN not in err


def test_a_registered_model_that_is_another_on_the_hub_is_refused(hub, ask, small):
    store, files = small
    hub.add("models", "OpenAssistant/reward-model-deberta-v3-base", OTHER, files, named="refs/pr/1")
    code, _, err = ask("score", "--data", "small", "--model", "openassistant-deberta-v3-base", cache=store.root)
    assert code == 2 and f"is at commit {OTHER}" in err and "4ed92a8" in err
    assert store.names("scores") == []


@pytest.mark.parametrize("cached", [False, True])
def test_a_hub_that_is_gone_is_one_sentence_within_five_seconds(hub, ask, small, cached):
    store, files = small
    hub.add("models", "owner/rm", COMMIT, files)
    words = ("score", "--data", "small", "--model", "owner/rm")
    if cached:
        code, _, err = ask(*words, cache=store.root)
        assert code == 0, err
        shutil.rmtree(store.root / "scores")
    hub.server.shutdown()
    hub.server.server_close()
    began = time.monotonic()
    offline = ask(*words, cache=store.root, offline=True)
    usual = time.monotonic() - began
    shutil.rmtree(store.root / "scores", ignore_errors=True)
    began = time.monotonic()
    code, _, err = ask(*words, cache=store.root)
    assert time.monotonic() - began - usual < max(5, usual)  # a loaded machine is slow at both
    assert code == offline[0] == (0 if cached else 2) and "Retrying" not in err
    if not cached:
        assert err.count("\n") == 1 and "owner/rm is not on this machine and the hub does not answer" in err


@pytest.fixture
def finished(world_folder, tmp_path):
    """A cache with one finished run."""
    store = copy_of(world_folder, "one", tmp_path / "finished")
    return store, list_runs(store)[0].run_id


def test_an_export_to_the_hub_is_one_commit_of_a_private_repository(hub, ask, finished, tmp_path):
    store, run = finished
    code, out, err = ask("export", run, "hub:me/chile", cache=store.root, token=TOKEN)
    assert code == 0, err
    repository = hub.repositories["models", "me/chile"]
    assert repository.private and out.startswith(f"{hub.url}/me/chile/commit/")
    assert sum("/commit/" in request.path for request in hub.requests) == 1
    pushed = dict(repository.commits[repository.names["main"]])
    del pushed[".gitattributes"]
    local = tmp_path / "local"
    export_run(Work(store, settings(store)), run, str(local))
    assert pushed == {path.name: path.read_bytes() for path in local.iterdir()}
    assert TOKEN not in out + err and holds(tmp_path, TOKEN) == []
    code, _, err = ask("export", run, "hub:me/chile", cache=store.root, token=TOKEN)
    assert code == 2 and "has 6 files already: name a new one, nothing is written over" in err
    assert len(repository.commits) == 2


@pytest.fixture
def push(hub, finished, monkeypatch):
    """Return a function that pushes from this process."""
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.url)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    store, run = finished

    def call(target="hub:me/chile", *, token=TOKEN, offline=False, **asked):
        how = settings(store).model_copy(update={"offline": offline, "hf_token": token})
        return export_run(Work(store, how), run, target, **asked)

    return call


def test_a_push_that_breaks_leaves_the_repository_as_it_was_and_can_be_done_again(hub, push):
    for part in ("/large/", "/commit/"):
        hub.breaks_on = part
        with pytest.raises(InputError, match="me/chile is unchanged: check the name and the network") as refused:
            push(public=True)
        assert TOKEN not in str(refused.value) and hub.url not in str(refused.value)
        assert list(hub.repositories["models", "me/chile"].commits.values()) == [
            {".gitattributes": b"*.safetensors filter=lfs\n"}
        ]
    hub.breaks_on = None
    assert push(public=True)["where"].startswith(f"{hub.url}/me/chile/commit/")
    assert not hub.repositories["models", "me/chile"].private


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"token": "hf_" + "wrong" * 6}, "set HF_TOKEN to a token that may"),
        ({"offline": True}, "SCPO_OFFLINE is set, so the hub is not asked"),
        ({"target": "hub:chile"}, "names no repository: write hub:OWNER/NAME"),
        ({"target": "hub:../chile/x"}, "names no repository: write hub:OWNER/NAME"),
    ],
)
def test_a_push_that_may_not_be_is_refused_with_what_to_do(hub, push, asked, words):
    with pytest.raises(InputError, match=words) as refused:
        push(**asked)
    assert "hf_" not in str(refused.value)
    assert hub.repositories == {}
