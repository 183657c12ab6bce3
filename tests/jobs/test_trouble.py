"""What ends a run from outside: a full disk, too little memory, a server that is killed."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys

import pytest
from hand.servers import answers

from scpo.jobs import control as jobs
from scpo.jobs.launchers import local
from scpo.jobs.queue import Queue
from scpo.jobs.supervisor import Supervisor
from scpo.store.runs import OUT_OF_MEMORY, RunDirectory, reason


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own with 48 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this user may not mount a file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder):
    """Leave no byte on a file system; return what fills it."""
    path = folder / "filler"
    with path.open("wb", buffering=0) as stream, contextlib.suppress(OSError):
        for size in (2**20, 4096, 1):
            with contextlib.suppress(OSError):
                while True:
                    stream.write(bytes(size))
    return path


@pytest.mark.slow
def test_a_full_disk_fails_the_run_in_one_sentence_and_the_queue_goes_on_when_there_is_room(make_cache, small_disk):
    cache = make_cache(small_disk / "cache")
    config, other = cache.config(steps=400), cache.config(steps=2, seed=1)
    jobs.ask_run(cache.store, config)
    worker = cache.worker()
    cache.wait(lambda: (RunDirectory(cache.store, config.run_id).checkpoint_folder / "latest").exists())
    filler = fill(small_disk)
    directory = RunDirectory(cache.store, config.run_id)
    cache.wait(lambda: directory.record().status == "failed")
    assert directory.record().error == f"the disk of {cache.store.root} is full: free space there, then resume it"
    assert (directory.checkpoint_folder / "latest" / "state.json").is_file()
    filler.unlink()
    cache.wait(lambda: cache.state(config.run_id) == "failed")
    assert worker.poll() is None
    jobs.ask_run(cache.store, other)
    jobs.resume(cache.store, config.run_id)
    cache.wait(lambda: cache.state(other.run_id) == cache.state(config.run_id) == "succeeded")
    assert [line["step"] for line in directory.read_log() if "step" in line] == list(range(1, 401))


class Sleeping(local.LocalLauncher):
    """Children that begin the job and wait to be killed."""

    def command(self, job):
        return [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.mark.parametrize(
    ("kernel_has_killed", "state", "words"), [(True, "failed", OUT_OF_MEMORY), (False, "lost", "resume it")]
)
def test_signal_9_with_the_kernel_short_of_memory_is_a_failure_and_else_a_loss(
    cache, monkeypatch, kernel_has_killed, state, words
):
    config = cache.config()
    jobs.ask_run(cache.store, config)
    launcher = Sleeping(cache.store, cache.settings)
    supervisor = Supervisor(cache.store, launcher)
    supervisor.step()
    job = cache.queue.job(config.run_id)
    (child,) = launcher._children.values()
    Queue(cache.store).begin(job.job_id, job.token, {"host": socket.gethostname(), "pid": child.pid, "pid_started": 0})
    supervisor.step()
    assert cache.state(config.run_id) == "running"
    count = local.memory_kills()
    monkeypatch.setattr(local, "memory_kills", lambda: count + kernel_has_killed)
    child.send_signal(signal.SIGKILL)
    child.wait()
    supervisor.step()
    job = cache.queue.job(config.run_id)
    assert job.state == state and words in job.message
    assert RunDirectory(cache.store, config.run_id).record().status == state


def test_the_words_of_torch_for_too_little_memory_become_a_sentence(cache):
    for words in (
        "[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory: you tried to.",
        "CUDA out of memory. Tried to allocate 20.00 MiB.",
    ):
        assert reason(RuntimeError(words), cache.store) == OUT_OF_MEMORY
    assert reason(MemoryError(), cache.store) == OUT_OF_MEMORY
    assert reason(RuntimeError("else"), cache.store) == "RuntimeError: else"


@pytest.mark.slow
def test_a_dashboard_killed_with_9_does_not_end_the_run_and_the_next_one_shows_it(cache):
    config = cache.config(steps=400)
    jobs.ask_run(cache.store, config)
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]

    def serve():
        command = [sys.executable, "-m", "scpo", "dashboard", "--port", str(port), "--host", "127.0.0.1"]
        process = subprocess.Popen(command, env=cache.environment(), start_new_session=True)
        cache.processes.append(process)
        cache.wait(lambda: answers(port))
        return process

    server = serve()  # it finds work that waits and starts a worker for it
    cache.wait(lambda: cache.at_step(config.run_id, 3))
    pid = cache.queue.job(config.run_id).handle["pid"]
    os.killpg(server.pid, signal.SIGKILL)
    server.wait()
    cache.wait(lambda: not answers(port))
    step = max(line.get("step", 0) for line in RunDirectory(cache.store, config.run_id).read_log())
    assert jobs.current_status(cache.store, RunDirectory(cache.store, config.run_id).record()) == "running"
    serve()
    cache.wait(lambda: cache.at_step(config.run_id, step + 5))
    job = cache.queue.job(config.run_id)
    assert job.handle["pid"] == pid and job.attempt == 1
    cache.wait(lambda: cache.state(config.run_id) == "succeeded")


def test_with_a_gpu_the_cpu_takes_only_what_asks_for_it(cache, monkeypatch):
    gpu = local.devices("cpu")[0].__class__("cuda:0", "a GPU", 1, 2, 0.5)
    monkeypatch.setattr(local, "devices", lambda asked: [gpu])
    anywhere, here = cache.config(), cache.config(seed=1)
    jobs.ask_run(cache.store, anywhere)
    jobs.ask_run(cache.store, here, device="cpu")
    launcher = Sleeping(cache.store, cache.settings)
    assert launcher.slots() == {"cuda:0": ("auto", "cuda:0"), "cpu": ("cpu",)}
    Supervisor(cache.store, launcher).step()
    assert {job.job_id: job.slot for job in cache.queue.jobs(("running",))} == {
        anywhere.run_id: "cuda:0",
        here.run_id: "cpu",
    }
    for child in launcher._children.values():
        child.kill()
        child.wait()
