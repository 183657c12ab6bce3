"""kill -9 in the middle of a long command: what is there stays whole, and the command given again ends as it would."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scpo.store.cache import Store
from scpo.store.models import model_folder, named_model

pytestmark = pytest.mark.slow

MOMENTS = (0.5, 0.85)
"""Of the time that the whole command takes."""


@pytest.fixture
def command(world_folder, tmp_path):
    """Return what starts a command over a copy of the finished cache."""
    root = shutil.copytree(world_folder / "whole", tmp_path / "world")
    environment = {**os.environ, "SCPO_CACHE_DIR": str(root / "cache"), "SCPO_DEVICE": "cpu", "OMP_NUM_THREADS": "1"}

    def start(*words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "scpo", *words],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    start.root = root
    return start


def done(process: subprocess.Popen[bytes]) -> bytes:
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err.decode()
    return out


def words_of(kind: str, root: Path, at: int) -> list[str]:
    """Return a command whose work is not done yet; each number names another."""
    if kind == "add":
        return ["data", "add", f"mine{at}", "--source", "pairs", "--path", str(root / "pairs.csv")]
    if kind == "score":
        store = Store(root / "cache")
        copy = root / f"model{at}"
        if not copy.exists():
            shutil.copytree(model_folder(store, named_model(store, "rm").key), copy)
            (copy / "model.json").unlink()
            settings = json.loads((copy / "config.json").read_text())
            (copy / "config.json").write_text(json.dumps({**settings, "copy": at}))
        return ["score", "--data", "tastes", "--model", str(copy)]
    if kind == "train-global":
        return ["model", "train-global", "--data", "tastes", "--name", f"another{at}", "--backbone", "tiny",
                "--steps", "6", "--seed", str(at)]  # fmt: skip
    return ["report", "--study", "paper", "-o", str(root / f"report{at}.html"), "--format", "html"]


@pytest.mark.parametrize("kind", ["add", "score", "train-global", "report"])
def test_a_command_killed_with_9_leaves_all_whole_and_is_done_when_it_is_given_again(command, kind):
    began = time.monotonic()
    done(command(*words_of(kind, command.root, 0)))
    whole = time.monotonic() - began
    for at, moment in enumerate(MOMENTS, start=1):
        words = words_of(kind, command.root, at)
        process = command(*words)
        time.sleep(moment * whole)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        done(command("cache", "verify"))
        if process.returncode:
            done(command(*words))
    assert json.loads(done(command("cache", "verify", "--json"))) == {"findings": [], "quarantine": []}
