"""Who may import whom, and that the screen never loads the training stack."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TRAINING_STACK = ("torch", "transformers", "peft", "tokenizers")


def test_the_import_contracts_hold():
    result = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    written = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    assert len(written) > 4
    assert f"{len(written)} kept, 0 broken" in result.stdout


def loaded_by(code: str) -> set[str]:
    """Return the top-level modules a fresh process has after some code, and `scipy.stats`, which is slow to load."""
    report = "\nimport sys\nprint(*{name.split('.')[0] for name in sys.modules}, *{'scipy.stats'} & set(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", code + report], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return set(result.stdout.split("\n")[-2].split())


SCREEN = """
import importlib, pkgutil
import scpo.results, scpo.results.compare
import dashboard
names = [module.name for module in pkgutil.walk_packages(dashboard.__path__, "dashboard.")]
wanted = [name for name in names if ".pages." not in name and name != "dashboard.app"]
assert len(wanted) > 5, names
for name in wanted:
    importlib.import_module(name)
"""


@pytest.mark.parametrize("code", ["import scpo.results, scpo.results.compare", SCREEN], ids=["findings", "screen"])
def test_what_pages_need_loads_no_training_stack(code):
    loaded = loaded_by(code)
    assert "scpo" in loaded and "pandas" in loaded
    assert not loaded & {*TRAINING_STACK, "scipy.stats"}


def test_the_command_line_s_help_loads_neither_the_training_stack_nor_the_screen():
    loaded = loaded_by("import scpo.cli.main")
    assert not loaded & {*TRAINING_STACK, "streamlit", "altair", "plotly"}


def test_the_engine_loads_no_screen():
    loaded = loaded_by(
        "import scpo.results, scpo.store.runs, scpo.data.sources.prism.load, scpo.method.preview, scpo.measures.bias"
    )
    assert not loaded & {"dashboard", "streamlit", "altair", "plotly"}
