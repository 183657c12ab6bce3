"""The page Report: which study, what of it, for whom, and how it will look."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import cast

import streamlit as st

from dashboard.frame import asking, components, load, people, state, widgets
from dashboard.frame.state import Scores, Selection
from dashboard.kit import glossary, text
from dashboard.report import html, written
from dashboard.report.audience import Specs, chosen_sections, speaking
from dashboard.report.load import Material, gather
from dashboard.report.sections import headline
from scpo import results
from scpo.results import report_choice
from scpo.results.checks import check_keys
from scpo.results.report_choice import ALWAYS, AUDIENCES, FORMATS, PARTS, SIZES, Audience, ReportChoice, Size
from scpo.store import stars
from scpo.store.scored import Known
from scpo.store.studies import StudyRecord

STUDY, AUDIENCE, FORMAT, SIZE = "report_study", "audience", "format", "sizes"
"""Keys of the widgets = names of the URL parameters."""

SECTIONS = "sections"
"""URL parameter without a widget: the keys of the sections in order; empty for the audience's own."""

_SECTIONS = "_report_sections"
HEIGHT, ZOOM = 960, 0.75
"""Of the preview: in pixels, and how much smaller than the file its type is."""

FORM_NAMES = {"zip": "Everything (zip)", "html": "HTML", "pdf": "PDF", "pptx": "Slides"}

_LEAST = "<style>div:has(> .st-key-report_preview) { flex-basis: 460px; }</style>"
"""The preview goes below the choices where there is less room beside them."""


def show_report(selection: Selection) -> None:
    """Draw the choices, the preview that follows them, and what makes the file."""
    study = _study(selection)
    with st.container(horizontal=True, gap="large", key="report_choices"):
        audience, form, sizes = _kind()
    beside = st.container(horizontal=True, gap="large", key="report_beside")
    left, right = beside.container(width=380), beside.container(key="report_preview")
    right.html(_LEAST)
    with left:
        choice = report_choice.choose(_sections(audience), audience, sizes)
    with right:
        material = _preview(selection, study, choice)
    if material is not None:
        with left:
            written.show_export(material, choice, form)


def _study(selection: Selection) -> StudyRecord:
    """Draw which study is reported and return it; where there is none, say what to do and stop the page."""
    done = {run.run_id for run in load.load_finished(selection)}
    known = [one for one in results.list_studies(results.open_store()) if one.dataset == selection.dataset]
    n_done = {one.name: len(done.intersection(one.runs)) for one in known}
    ready = {one.name: one for one in known if n_done[one.name]}
    if not ready:
        _nothing_yet(selection, [one for one in known if one.model == selection.model])
    best = max(ready, key=lambda name: n_done[name])
    st.header(text.plain("A finished study as a file to hand on"))
    labels = {
        name: f"{name}: {n_done[name]:,} of {text.count(len(one.runs), 'run')} finished" for name, one in ready.items()
    }
    name = asking.choose("Study", STUDY, labels, index=list(labels).index(best), width=620)
    study = ready[name]
    if n_done[name] < len(study.runs):
        st.caption(
            f"Partial: {n_done[name]:,} of {text.count(len(study.runs), 'run')} are finished. The report says so; "
            "its means are over what settings have in common."
        )
    return study


def _nothing_yet(selection: Selection, waiting: list[StudyRecord]) -> None:
    """Say how a study comes about, or how far the one is that has begun; stop the page."""
    if waiting:
        st.header("No run of a study is finished yet")
        st.write(text.plain(f"Study {waiting[-1].name} has {text.count(len(waiting[-1].runs), 'run')}, none finished."))
        st.code(f"scpo runs --study {waiting[-1].name}", language="bash")
    else:
        st.header("There is no study to report yet")
        st.write("A report is about a study: the same settings finetuned for several communities.")
        st.code(f"scpo study --data {selection.dataset} --model {selection.model} --preset paper", language="bash")
    st.caption("This page shows the report as soon as the first run is finished.")
    st.stop()


def _kind() -> tuple[Audience, str, list[Size] | None]:
    """Draw audience, format and sizes of figures; no size is all of them."""
    audience = asking.segments(
        "Written for",
        AUDIENCE,
        {name: name.capitalize() for name in AUDIENCES},
        noun="audience",
        default="researcher",
        help=". ".join(f"{name.capitalize()}: {what}" for name, what in AUDIENCES.items()) + ".",
    )
    form = asking.segments(
        "As",
        FORMAT,
        {name: FORM_NAMES[name] for name in FORMATS},
        noun="format",
        default="zip",
        help=". ".join(f"{FORM_NAMES[name]}: {what}" for name, what in FORMATS.items()) + ".",
    )
    sizes: list[Size] = []
    if form == "zip":
        sizes = st.pills(
            "Figures as files",
            **asking.bound("size", SIZE, {size: name.capitalize() for size, name in SIZES.items()}),
            selection_mode="multi",
            default=list(SIZES),
            help="Of every figure, as SVG, PDF and PNG. None chosen: all of them.",
        )
    return cast("Audience", audience), form, sizes or None


def _sections(audience: Audience) -> tuple[str, ...]:
    """Draw the sections with what moves them, and return their keys in order."""
    if state.just_arrived() or _SECTIONS not in st.session_state:
        st.session_state[_SECTIONS] = st.query_params.get(SECTIONS, "")
    typed = [key for key in st.session_state[_SECTIONS].split(",") if key]
    chosen = _usable(typed, audience) or report_choice.default_sections(audience)
    st.markdown("**Sections, in order**")
    with st.container(border=True, gap="xsmall", key="report_sections"):
        for number, key in enumerate(chosen):
            _row(chosen, number, key)
    left = [part for part in report_choice.offered(audience) if part.key not in chosen]
    with st.container(horizontal=True, gap="small", key="report_more"):
        for part in left:
            more = partial(_keep, (*chosen, part.key))
            st.button(f"Add {part.label}", key=f"add_{part.key}", icon=":material/add:", help=part.holds, on_click=more)
        if chosen != report_choice.default_sections(audience):
            st.button("Back to the default", key="sections_default", type="tertiary", on_click=partial(_keep, ()))
    always = text.listed([f"“{PARTS[key].label}”" for key in ALWAYS])
    st.caption(f"{always} are in every report, with licences, every run id and the note on generated data.")
    widgets.write_address(SECTIONS, st.session_state[_SECTIONS])
    return chosen


def _usable(typed: list[str], audience: Audience) -> tuple[str, ...]:
    """Return the sections of an address that this audience can have, and say which it cannot."""
    if not typed:
        return ()
    offered = {part.key for part in report_choice.offered(audience)}
    unknown = [key for key in typed if key not in PARTS]
    if unknown:
        st.caption(text.plain(f"Left out: {text.listed(unknown)}, which no report has."))
    foreign = [PARTS[key].label for key in typed if key in PARTS and key not in offered]
    if foreign:
        st.caption(text.plain(f"Left out for this audience: {text.listed(foreign)}."))
    kept = tuple(dict.fromkeys(key for key in typed if key in offered))
    return (*kept, *(key for key in ALWAYS if key not in kept))


def _row(chosen: tuple[str, ...], number: int, key: str) -> None:
    part = PARTS[key]
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown(f"{number + 1}\\. {part.label}", help=f"{part.holds.capitalize()}.", width="stretch")
        for label, other, word in (("↑", number - 1, "up"), ("↓", number + 1, "down")):
            st.button(
                label,
                key=f"{word}_{key}",
                type="tertiary",
                help=f"Move {part.label} {word}",
                disabled=not 0 <= other < len(chosen),
                on_click=partial(_keep, _exchanged(chosen, number, other)),
            )
        st.button(
            "✕",
            key=f"leave_{key}",
            type="tertiary",
            help=f"{part.label} is in every report" if part.always else f"Leave {part.label} out",
            disabled=part.always,
            on_click=partial(_keep, tuple(one for one in chosen if one != key)),
        )


def _exchanged(chosen: tuple[str, ...], one: int, other: int) -> tuple[str, ...]:
    """Return the sections with two places exchanged; as they are where there is no such place."""
    if not 0 <= other < len(chosen):
        return chosen
    found = list(chosen)
    found[one], found[other] = found[other], found[one]
    return tuple(found)


def _keep(sections: tuple[str, ...]) -> None:
    st.session_state[_SECTIONS] = ",".join(sections)


def _preview(selection: Selection, study: StudyRecord, choice: ReportChoice) -> Material | None:
    """Draw the report as its HTML file will be, and return what it is made of; None if it cannot be made."""
    with components.errors_in_words():
        beside = (*_rests_on(selection, study), *_stars(study.dataset))
        part, known = selection.without_runs().scores, load.known_runs(selection)
        material, drawn = _gathered(study.name, study.created_at, part, beside, people.person().key, known)
        page = _page(material.key, choice, material, drawn)
        st.caption("Preview, as the HTML file will be; PDF and slides have the same sections.")
        st.iframe(page, height=HEIGHT, tab_index=0, alt="Preview of the report")
        return material
    return None


def _rests_on(selection: Selection, study: StudyRecord) -> list[str]:
    """Return which runs of a study are finished or missing, and which checks there are of them: a report's causes.

    What else finishes changes nothing of it, unless a check rests on all runs.
    """
    store, every = results.open_store(), load.load_finished(selection)
    runs = [run for run in every if run.run_id in set(study.runs)]
    missing = [f"{run}: {why}" for run, why in load.missing_runs(selection).items() if run in set(study.runs)]
    checks = [key for among in (runs, every) for key in check_keys(store, load.load_scored(selection), among)]
    return [*(run.run_id for run in runs), *missing, *checks]


def _stars(dataset: str) -> list[str]:
    """Return what is starred as text: another star makes another report."""
    found = stars.read_stars(results.open_store(), dataset, whose=people.person().key)
    return [one.model_dump_json() for one in found]


@st.cache_resource(max_entries=load.MOST_STATES, show_spinner="Gathering the numbers of the study …")
def _gathered(
    name: str, created_at: str, part: Scores, beside: tuple[str, ...], whose: str | None, _known: Known
) -> tuple[Material, Specs]:
    """Return what the report of a study is made of, and where its figures are kept once they are drawn."""
    with glossary.speaking(plainly=False):
        return gather(results.open_store(), name, lambda *_: None, whose=whose, known=_known), {}


@st.cache_data(max_entries=8, show_spinner="Drawing the preview …")
def _page(key: str, choice: ReportChoice, _material: Material, _drawn: Specs) -> str:
    """Return the report in a frame of its own: its scripts see nothing of the dashboard."""
    with speaking(_material, choice):
        parts = chosen_sections(_material, choice, _drawn)
        page = html.page(glossary.said(headline(_material)), _material.banner, glossary.said(_material.about), parts)
    page = page.replace("</head>", f"<style>body {{ zoom: {ZOOM}; }}</style></head>", 1)
    allowed = "allow-scripts allow-downloads"
    look = "border:1px solid #9AA3AE;border-radius:6px;box-sizing:border-box;width:100%;height:100vh;display:block"
    inner = f'<iframe sandbox="{allowed}" title="Report" style="{look}" srcdoc="{escape(page, quote=True)}"></iframe>'
    return f"<!DOCTYPE html><html><body style='margin:0'>{inner}</body></html>"
