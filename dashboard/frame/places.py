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

FIRST_MODEL, SECOND, FLIPS = "first", "second", "flips"
"""URL parameters of the page Pairs: two models, by their labels, and how the verdicts of the two go."""

COMMUNITY, AGREEMENT, ORDER = "of", "agreement", "order"
"""More URL parameters of the page Pairs: whose pairs, by names of communities; what the global model makes of them; and
in which order they are listed."""

LOST_FIRST, DISAGREES = "Lost first", "Disagrees"
"""What `ORDER` and `AGREEMENT` ask for: pairs that only the first of two models ranks right before those that only the
second does; pairs the global model gets wrong."""

FLIPPED = "Verdict flips"
ANY_WAY = "All pairs"
GAINED, LOST = "Gained: only the second is right", "Lost: only the first is right"
BOTH_RIGHT, BOTH_WRONG = "Both right", "Both wrong"
"""What `FLIPS` asks for: pairs that exactly one of the two models ranks as the person did; however they go; the
second, or the first alone; both or neither."""

SIDES = ("a", "b", "c", "d")
"""URL parameters of the page Compare: two to four sides, each by its name in `frame.sides`."""

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
