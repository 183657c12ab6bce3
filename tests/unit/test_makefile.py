"""What the Makefile removes: never a data set or a run unless somebody says yes."""

import shutil
import subprocess
from pathlib import Path

import pytest

from scpo.settings import PROJECT_ROOT


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A checkout with a finished run in its cache."""
    shutil.copy(PROJECT_ROOT / "Makefile", tmp_path)
    for path in (".venv/bin/python", "cache/README.md", "cache/runs/0123/run.json", "scpo/__pycache__/a.pyc"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x")
    return tmp_path


def make(tree: Path, target: str, answer: str = "") -> int:
    return subprocess.run(["make", target], cwd=tree, input=answer, text=True, capture_output=True).returncode


def test_clean_leaves_the_cache(tree):
    assert make(tree, "clean") == 0
    assert not (tree / ".venv").exists() and not (tree / "scpo" / "__pycache__").exists()
    assert (tree / "cache/runs/0123/run.json").is_file()


@pytest.mark.parametrize("answer", ["", "\n", "y\n", "no\n"])
def test_the_cache_is_not_removed_without_a_yes(tree, answer):
    assert make(tree, "clean-cache", answer) != 0
    assert (tree / "cache/runs/0123/run.json").is_file()


def test_the_cache_is_removed_after_a_yes(tree):
    assert make(tree, "clean-cache", "yes\n") == 0
    assert sorted(path.name for path in (tree / "cache").iterdir()) == ["README.md"]
