"""Where the scripts of the pages and the files of the screen lie."""

from __future__ import annotations

from pathlib import Path

from scpo.settings import PROJECT_ROOT

STATIC = PROJECT_ROOT / "dashboard" / "static"


def page(name: str) -> Path:
    """Return the script of a page, for links: ``page("pairs")``."""
    return PROJECT_ROOT / "pages" / f"{name}.py"
