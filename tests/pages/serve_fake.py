"""Serve the app over the fake findings, for the eye and for browser tests: ``serve_fake.py SCENARIO PORT``."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]


def load_fakes() -> ModuleType:
    """Load `fakes` from its file: the tests are no package."""
    spec = importlib.util.spec_from_file_location("fakes", Path(__file__).with_name("fakes.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules["fakes"] = module
    spec.loader.exec_module(module)
    return module


def main(scenario: str, port: str) -> None:
    """Start Streamlit in this process, so that the replaced module stays replaced."""
    sys.path.insert(0, str(ROOT))
    from streamlit.web import cli

    from dashboard.divergence import load as divergence
    from dashboard.frame import load
    from dashboard.tradeoff import previews
    from dashboard.workbench import load as workbench
    from dashboard.workbench import start

    findings = load_fakes().FakeFindings(scenario)
    for module in (load, divergence, previews, workbench, start):
        module.results = findings
    flags = ["--server.port", port, "--server.headless", "true", "--server.fileWatcherType", "none"]
    sys.argv = ["streamlit", "run", str(ROOT / "dashboard" / "app.py"), *flags]
    cli.main()


if __name__ == "__main__":
    main(*sys.argv[1:3])
