"""What a job on a cluster is given."""

import sys
from types import SimpleNamespace

import pytest

from scpo.jobs.launchers.ray import RayLauncher
from scpo.settings import load_settings
from scpo.store.cache import Store


@pytest.fixture
def submitted(monkeypatch):
    """The jobs that a cluster was given, by a client that only writes them down."""
    found = []

    class Client:
        def __init__(self, address):
            self.submit_job = lambda **asked: found.append(asked)

    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "ray.job_submission", SimpleNamespace(JobSubmissionClient=Client))
    return found


def test_settings_travel_to_a_cluster_and_the_token_of_the_hub_does_not(submitted, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setenv("HF_HOME", "shared")
    monkeypatch.setenv("SCPO_CACHE_DIR", str(tmp_path))
    RayLauncher(Store(tmp_path), load_settings()).submit(SimpleNamespace(job_id="job", token="claim"))
    assert "hf_secret" not in repr(submitted)
    given = submitted[0]["runtime_env"]["env_vars"]
    assert (given["HF_HOME"], given["SCPO_CACHE_DIR"]) == ("shared", str(tmp_path))
