"""What a job on a cluster is given, as a job server that writes everything down has received it."""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from scpo.errors import InputError
from scpo.jobs.launchers.ray import RayLauncher
from scpo.redaction import names_secret
from scpo.settings import load_settings
from scpo.store.cache import Store

PLANTED = "planted-secret-value"
SECRETS = (
    "HF_TOKEN", "HF_HUB_TOKEN", "SCPO_API_KEY", "SCPO_TOKEN", "TRANSFORMERS_SECRET", "OMP_PASSWORD",
    "AWS_SECRET_ACCESS_KEY", "WANDB_API_KEY",
)  # fmt: skip


class JobServer(BaseHTTPRequestHandler):
    """Answers as Ray's job server does."""

    def do_GET(self):
        self.answer({"version": "4", "ray_version": "2.60.0", "ray_commit": "", "session_name": "x"})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer({"submission_id": asked["submission_id"], "job_id": asked["submission_id"]}, asked)

    def answer(self, document, asked=None):
        self.server.received.append((self.path, str(self.headers), asked))
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Keep quiet."""


@pytest.fixture
def job_server():
    with ThreadingHTTPServer(("127.0.0.1", 0), JobServer) as server:
        server.received = []
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()


def test_no_secret_of_this_machine_arrives_at_a_job_server_and_settings_do(job_server, monkeypatch, tmp_path):
    for name in SECRETS:
        monkeypatch.setenv(name, PLANTED)
    monkeypatch.setenv("HTTPS_PROXY", f"http://ann:{PLANTED}@proxy")
    monkeypatch.setenv("HF_ENDPOINT", f"https://ann:{PLANTED}@mirror")
    monkeypatch.setenv("HF_HOME", "shared")
    monkeypatch.setenv("SCPO_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("SCPO_OFFLINE", "1")
    monkeypatch.setenv("SCPO_RAY_ADDRESS", f"http://127.0.0.1:{job_server.server_port}")
    RayLauncher(Store(tmp_path), load_settings()).submit(SimpleNamespace(job_id="job", token="claim"))
    submitted = [asked for path, _, asked in job_server.received if path == "/api/jobs/"]
    assert len(submitted) == 1
    assert PLANTED not in repr(job_server.received)
    given = submitted[0]["runtime_env"]["env_vars"]
    assert (given["HF_HOME"], given["SCPO_CACHE_DIR"], given["SCPO_OFFLINE"]) == ("shared", str(tmp_path), "True")
    assert not [name for name in given if names_secret(name)]
    unasked = set(os.environ) - {"HF_HOME", "SCPO_CACHE_DIR", "SCPO_OFFLINE", "OMP_NUM_THREADS", "HF_HUB_OFFLINE",
                                 "TRANSFORMERS_OFFLINE", "HF_HUB_CACHE", "PYTHONUNBUFFERED", "SCPO_DEVICE"}  # fmt: skip
    assert not unasked & set(given), "variables nobody has listed travel"


def test_a_password_in_the_address_of_a_cluster_is_not_repeated(monkeypatch, tmp_path):
    monkeypatch.setenv("SCPO_RAY_ADDRESS", f"http://ann:{PLANTED}@127.0.0.1:1")
    with pytest.raises(InputError) as error:
        RayLauncher(Store(tmp_path), load_settings())
    assert "***@127.0.0.1:1" in str(error.value)
    assert PLANTED not in str(error.value)
