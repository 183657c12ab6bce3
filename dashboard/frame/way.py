"""Finding one's way: the pages, the name of the one that is open, the step after it, and addresses of no page."""

from __future__ import annotations

import json
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import streamlit as st

from dashboard.frame import places
from dashboard.kit import glossary, text

PRODUCT = "SCPO"


class PageRow(NamedTuple):
    """One page of the dashboard."""

    name: str
    """Of its script and in its address."""

    title: str
    icon: str
    question: str
    following: str | None
    """The page that is the natural next step; None where the page has its own ways on."""


PAGES = tuple(
    PageRow(*row)
    for row in (
        ("brief", "Brief", "summarize", "What is the finding, and can I trust it?", None),
        ("divergence", "Divergence", "hub", "Where do countries really disagree, beyond noise?", "pairs"),
        ("pairs", "Pairs", "compare", "The evidence: each preference, with its texts.", "workbench"),
        ("workbench", "Workbench", "tune", "What do τ and β do, before GPU time is spent?", "runs"),
        ("runs", "Runs", "play_circle", "What is running, what happened, what can I stop?", "tradeoff"),
        (
            "tradeoff",
            "Trade-off",
            "show_chart",
            "Which setting gives the country most for an acceptable loss?",
            "bias",
        ),
        ("bias", "Bias", "grid_on", "Who gains, who pays, and do we over-steer?", "compare"),
        ("compare", "Compare", "balance", "Are these two really different, and on which pairs?", "behaviour"),
        ("behaviour", "Behaviour", "checklist", "What would change for people?", "report"),
        ("report", "Report", "description", "What can I put into a paper or slide today?", "slides"),
        (
            "slides",
            "Slides",
            "slideshow",
            "What do I want to show, in which order, and what do I say about it?",
            "data",
        ),
        (
            "data",
            "Data & methods",
            "database",
            "What is this built on, may I use it, can I bring my own?",
            "divergence",
        ),
    )
)
"""In the order of the navigation. Without sections, because Streamlit folds a section into a menu."""

NEXT_STEP = "next_step"
"""Key of the place of the link to the next page."""

SCRIPT, SCRIPTS = "history", ("history", "quiet", "keys")
"""Key of the place of the scripts that decide what Back undoes and how updates look, and their files."""

LINK = "link_before_login"
"""Key of the place of the script that keeps the address while a person logs in."""

STYLE = places.STATIC / "layout.css"
"""What the theme has no setting for: sizes of what frames a page, footers of figures, and when columns stack."""


def navigate() -> Any:
    """Draw the navigation, and return the page of the address; of an address of no page, one that says so."""
    pages = [
        st.Page(
            places.page(row.name),
            title=row.title,
            default=row.name == places.FIRST,
            url_path="" if row.name == places.FIRST else row.name,
            help=row.question,
        )
        for row in PAGES
    ]
    asked = unquote(urlsplit(st.context.url or "").path).strip("/").rpartition("/")[2]
    if asked and asked not in {page.url_path for page in pages}:
        nowhere = st.Page(partial(_nowhere, asked), title="No such page", url_path=asked, visibility="hidden")
        pages.append(nowhere)
    page = st.navigation(pages, position="top")
    if page.url_path == places.FIRST:  # its address is the one without a name
        st.switch_page(places.page(places.FIRST), query_params=st.query_params.to_dict())
    st.set_page_config(page_title=f"{page.title} · {PRODUCT}", page_icon=places.STATIC / "icon.svg", layout="wide")
    st.logo(places.STATIC / "logo.svg", icon_image=places.STATIC / "logo.svg")
    return page


def _nowhere(asked: str) -> None:
    """Say that an address names no page, and lead to one that is there."""
    st.header(f"There is no page named {text.plain(asked)}")
    st.write("The address may be mistyped. Every page stands in the row at the top.")
    st.page_link(places.page(places.FIRST), label="To the Brief", icon=":material/summarize:")


def in_browser() -> None:
    """Have the browser's Back undo clicks and changes of the page one by one, and updates by themselves be quiet."""
    with st.container(key=SCRIPT):
        st.html(scripts(), unsafe_allow_javascript=True)


def scripts() -> str:
    """Return what runs in the browser: all scripts that are ours."""
    return f"<script>{';'.join((places.STATIC / f'{name}.js').read_text() for name in SCRIPTS)}</script>"


def keep_link(*, logged_in: bool) -> None:
    """Have the browser keep the address while a person logs in, and open it once when they have."""
    names = ["", *(row.name for row in PAGES)]
    script = (places.STATIC / "link.js").read_text(encoding="utf-8")
    with st.container(key=LINK):
        st.html(
            f"<script>({script})({json.dumps(names)}, {json.dumps(logged_in)})</script>", unsafe_allow_javascript=True
        )


def title(page: Any) -> Any:
    """Draw the name of the page as the first heading of the document; return the place beside it."""
    st.html(STYLE)
    place = st.container(horizontal=True, vertical_alignment="center", gap="medium", key="page_title")
    place.title(page.title, anchor=False, width="content")
    return place


def next_step(page: Any) -> None:
    """Draw the link to the next page at the lower edge of the screen; nothing where the page has its own ways on."""
    rows = {row.name: row for row in PAGES}
    here = rows.get(page.url_path or places.FIRST)
    if here is None or here.following is None:
        return
    there = rows[here.following]
    with st.bottom, st.container(key=NEXT_STEP):
        st.page_link(
            places.page(there.name),
            label=glossary.said(f"Next: {there.title} · {there.question}"),
            icon=f":material/{there.icon}:",
        )
