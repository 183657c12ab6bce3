"""Where the scripts of the pages and the files of the screen lie, and what links to a page may ask of it."""

from __future__ import annotations

from pathlib import Path

from scpo.settings import PROJECT_ROOT

STATIC = PROJECT_ROOT / "dashboard" / "static"
PAGES = PROJECT_ROOT / "pages"

FIRST = "brief"
"""The page that an address without a name opens."""

PAIR = "pair"
"""The pair that the page Pairs shows: a URL parameter without a widget, changed by rows, by buttons and by links."""

SECOND, FLIPS = "second", "flips"
"""URL parameters of the page Pairs: the second of two models, by its label, and how the verdicts of the two go."""

FLIPPED = "Verdict flips"
"""What `FLIPS` asks for: pairs that exactly one of the two models ranks as the person did."""


WHO = "who"
"""The community that the page Divergence tells about: a URL parameter, by its name."""

SLIDE = "slide"
"""The number of the slide that the page Slides shows: a URL parameter without a widget."""

NEXT = "_next_page"
"""Where a click on a chart leads: name of a page and its URL parameters, kept until this run knows its widgets."""


def page(name: str) -> Path:
    """Return the script of a page, for links: ``page("pairs")``."""
    return PAGES / f"{name}.py"


def names() -> list[str]:
    """Return the names of the pages."""
    return sorted(path.stem for path in PAGES.glob("*.py"))
