"""Runs on a real Ray cluster of two nodes on this machine: a head without cores, and a node that is killed."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from scpo.errors import InputError
from scpo.jobs import control as jobs
from scpo.store.runs import RunDirectory

pytestmark = pytest.mark.slow


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Cluster:
    """A head that runs nothing, and nodes that come and go."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="ray", dir="/tmp"))  # socket names must be short
        self.port, self.jobs_port = free_port(), free_port()
        self.nodes = []
        self.start(
            "--head", "--num-cpus", "0", "--port", self.port, "--dashboard-port", self.jobs_port,
            "--dashboard-agent-listen-port", free_port(), "--temp-dir", self.folder, "--include-dashboard", "true",
        )  # fmt: skip

    def start(self, *arguments):
        scripts = Path(sys.executable).parent
        command = [scripts / "ray", "start", "--block", "--disable-usage-stats", *arguments]
        environment = {**os.environ, "PATH": f"{scripts}:{os.environ['PATH']}", "RAY_health_check_period_ms": "1000"}
        process = subprocess.Popen(
            [str(word) for word in command], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.nodes.append(process)
        return process

    def add_node(self):
        return self.start(
            "--address", f"127.0.0.1:{self.port}", "--num-cpus", "1", "--dashboard-agent-listen-port", free_port()
        )

    def kill_node(self, node):
        """Kill every process of a node at once, as a power cut does."""
        for process in [*psutil.Process(node.pid).children(recursive=True), node]:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        node.wait()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.jobs_port}"

    def end(self):
        for node in reversed(self.nodes):
            if node.poll() is None:
                self.kill_node(node)
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture
def cluster():
    found = Cluster()
    yield found
    found.end()


def answers(cluster, settings):
    """Tell whether the cluster takes jobs already."""
    from scpo.jobs.launchers.ray import RayLauncher

    try:
        return bool(RayLauncher(None, settings.model_copy(update={"ray_address": cluster.address})).slots())
    except InputError:
        return False


def test_without_a_cluster_the_worker_says_so_in_one_sentence(cache):
    from scpo.jobs.launchers.ray import RayLauncher

    settings = cache.settings.model_copy(update={"ray_address": f"http://127.0.0.1:{free_port()}"})
    with pytest.raises(InputError, match="no Ray job server answers at"):
        RayLauncher(cache.store, settings)


def test_a_run_on_a_node_that_dies_is_lost_and_resumes_on_another_to_the_same_weights(cache, cluster):
    first = cluster.add_node()
    cache.settings = cache.settings.model_copy(
        update={
            "launcher": "ray", "ray_address": cluster.address, "ray_gpus": 0, "ray_parallel": 2,
            "ray_python": sys.executable,
        }
    )  # fmt: skip
    config, waiting = cache.config(steps=600), cache.config(steps=2, seed=1)  # 600: seconds, so that it is met alive
    jobs.ask_run(cache.store, config)
    cache.wait(lambda: answers(cluster, cache.settings))  # until then the worker refuses
    worker = cache.worker()
    cache.wait(lambda: cache.at_step(config.run_id, 200))
    jobs.ask_run(cache.store, waiting)
    directory = RunDirectory(cache.store, config.run_id)
    cluster.kill_node(first)
    cache.wait(lambda: jobs.current_status(cache.store, directory.record()) == "lost", seconds=30)
    cache.wait(lambda: cache.state(config.run_id) == "lost")
    assert directory.checkpoint_folder.is_dir()

    cluster.add_node()
    jobs.resume(cache.store, config.run_id)
    cache.wait(lambda: cache.state(config.run_id) == cache.state(waiting.run_id) == "succeeded")
    assert cache.queue.job(config.run_id).attempt == 2  # the other one had not begun and went back to its place
    resumed = cache.weights(config.run_id)
    steps = [line["step"] for line in directory.read_log() if "step" in line]
    assert steps == list(range(1, 601))

    stopped = cache.config(steps=5000, seed=2)
    jobs.ask_run(cache.store, stopped)
    cache.wait(lambda: cache.at_step(stopped.run_id, 2))
    cache.scpo("cancel", stopped.run_id)
    cache.wait(lambda: cache.state(stopped.run_id) == "cancelled")
    cache.wait(lambda: "cancelled" in jobs.log_tail(cache.store, stopped.run_id))

    worker.kill()
    worker.wait()
    cache.settings = cache.settings.model_copy(update={"launcher": "local"})
    jobs.remove(cache.store, config.run_id)
    jobs.ask_run(cache.store, config)
    cache.worker()
    cache.wait(lambda: cache.state(config.run_id) == "succeeded")
    assert cache.weights(config.run_id) == resumed
