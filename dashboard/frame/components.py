"""What every page is framed by: banner, status line, the four states, and pickers that pages share."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Literal

import pandas as pd
import streamlit as st

from dashboard.frame import busy, load, places, state
from dashboard.frame.state import Selection
from dashboard.kit import glossary, text
from dashboard.kit.figure import is_dark
from scpo.data.sources import SOURCES
from scpo.data.tables import DatasetInfo
from scpo.errors import ScpoError
from scpo.jobs.signs import STUDY_PREFIX, Sign
from scpo.methods import EXTERNAL_PREFIX
from scpo.results import MEAN
from scpo.settings import load_settings
from scpo.store.files import unwritten

LOG = logging.getLogger(__name__)
REFRESH = 2.0
"""Seconds between two looks at running work."""


_DARK_ON_BRIGHT = '<style>[data-testid^="stBaseButton-primary"]:enabled { color: #14181D !important; }</style>'
"""White on the bright blue that is readable on a dark page cannot be read."""


def legible_buttons() -> None:
    """Write dark on bright buttons in the dark mode; the theme has no setting for it."""
    if is_dark():
        st.html(_DARK_ON_BRIGHT)


@contextmanager
def errors_in_words() -> Iterator[None]:
    """Show what went wrong in one sentence; the traceback goes to the log under an id."""
    try:
        yield
    except ScpoError as error:
        _error("This cannot be shown", str(error))
    except Exception as error:
        why = unwritten(error, load_settings().cache_dir)
        if why is not None:
            _error("This cannot be written", why)
            return
        name = secrets.token_hex(4)
        LOG.exception("error %s", name)
        _error("Something unexpected happened", f"Its id is {name}; the server's log has the details under this id.")


def _error(title: str, message: str) -> None:
    st.error(text.with_commands(message), title=title, icon=":material/error:")
    st.button("Try again", icon=":material/refresh:", key=f"retry_{title}")


def table(shown: pd.DataFrame, key: str, alt: str) -> None:
    """Draw a table that is only read; `alt` says what it holds."""
    st.dataframe(shown, hide_index=True, key=key, alt=alt)


def banner(info: DatasetInfo | None) -> None:
    """Say on every page that generated data are generated."""
    if info is not None and info.synthetic:
        with st.container(key="banner"):
            st.warning(text.SAMPLE_BANNER, icon=":material/science:")


def opened() -> Selection:
    """Return the selection if scores exist; otherwise show what to do or how far it is, and stop the page."""
    selection = state.current()
    if selection.dataset is None:
        _no_results(
            "There is no data set yet",
            "Prepare the generated sample, or register your own preferences:",
            "scpo demo\nscpo data add mine --source pairs --path preferences.csv",
            selection,
        )
    if selection.model is None:
        _no_results(
            "No global model has scored this data set yet",
            "Train a global model and score every response with it:",
            f"scpo model train-global --data {selection.dataset} --backbone BACKBONE --name NAME\n"
            f"scpo score --data {selection.dataset} --model NAME",
            selection,
        )
    if SOURCES[load.info_of(selection).source].unit == "question":
        words = "These data are survey answers: each question counts as one user, so read questions for users here."
        st.info(text.plain(words), icon=":material/info:")
    left_out = load.load_scored(selection).equal_note
    if left_out is not None:
        st.caption(f":material/info: {text.plain(left_out)}")
    _missing_note(load.missing_runs(selection))
    return selection


def _missing_note(missing: Mapping[str, str]) -> None:
    """Name the finished runs that are not in the figures because they are broken or gone."""
    if not missing:
        return
    runs = [sentence for name, sentence in missing.items() if not name.startswith(STUDY_PREFIX)]
    lead = "Missing from these figures" if runs else "Whether runs are missing from these figures is not known"
    first, *others = runs or list(missing.values())
    more = f" So {'is' if len(others) == 1 else 'are'} {len(others)} more." if others else ""
    st.warning(text.with_commands(f"{lead}: {first}.{more}"), icon=":material/broken_image:")


def _no_results(title: str, advice: str, commands: str, selection: Selection) -> None:
    """Show progress if work on the data set is under way, else what to do next; stop the page."""
    if _work_on(selection) or busy.studies_of(busy.load_busy(), selection):
        st.header("Preparing the first result")
        st.fragment(_preparing, run_every=None if glossary.is_plain() else REFRESH)(selection)
    else:
        st.header(title)
        st.write(advice)
        st.code(commands, language="bash")
        st.page_link(places.page("data"), label="Or do it on the page Data & methods", icon=":material/database:")
        st.caption("This page opens by itself as soon as there is something to show.")
        _other_work()
    st.stop()


def _work_on(selection: Selection) -> list[Sign]:
    """Return what is at work on the selected data set; all work while there is none."""
    running = [one for one in load.load_progress() if one.state == "running"]
    return [one for one in running if selection.dataset is None or one.dataset in (None, selection.dataset)]


def _preparing(selection: Selection) -> None:
    with errors_in_words():
        for one in _work_on(selection):
            share = min(1.0, one.done / one.total) if one.total else 0.0
            st.progress(share, text=text.plain(busy.progress_words(one)))
        waiting = {job.job_id for job in busy.load_busy().waiting}
        for study in busy.studies_of(busy.load_busy(), selection):
            if STUDY_PREFIX + study.name in waiting:
                st.caption(text.plain(f"Study {study.name} waits in the queue: its preparation has not begun."))
        st.caption("The first chart appears here without a reload.")


def _other_work() -> None:
    """Say what else uses the device, for what is started waits behind it."""
    at_work = busy.load_busy()
    if at_work:
        for_what = [f"study {one.name} on {one.dataset}" for one in at_work.studies]
        whose = f", for {text.listed(for_what)}" if for_what else ""
        st.caption(text.plain(f"The device is busy: {busy.queue_words(at_work)}{whose}. A study waits behind that."))


def study_note(selection: Selection, table: pd.DataFrame) -> None:
    """Say how complete the study is: partial results are shown, and named as such."""
    progress = load.load_study_progress(selection)
    tuned = table[(table["method"] != "global") & (table["country"] != MEAN)] if len(table) else table
    short = tuned[tuned["n_seeds"] < tuned["seeds_expected"]] if len(tuned) else tuned
    at_work = [one for one in busy.studies_of(busy.load_busy(), selection) if not one.preparing]
    if progress is not None and progress.state == "running":
        share = min(1.0, progress.done / progress.total) if progress.total else 0.0
        st.progress(share, text=text.plain(f"Partial: {busy.progress_words(progress)}"))
    elif at_work:
        study = at_work[-1]
        st.progress(study.finished / study.n_runs, text=text.plain(f"Partial: {busy.study_words(study)}"))
    elif len(short):
        worst = short.sort_values("n_seeds").iloc[0]
        seeds = f"{int(worst['n_seeds'])} of {int(worst['seeds_expected'])} seeds"
        verb = "rests" if len(short) == 1 else "rest"
        st.caption(
            text.plain(
                f"Partial: {text.count(len(short), 'point')} {verb} on fewer seeds than the study asks for. "
                f"For example {worst['name']}, {worst['setting_label']}: {seeds}."
            )
        )
    alone = _without_mean(table)
    if alone:
        verb = "has" if len(alone) == 1 else "have"
        st.caption(
            text.plain(
                f"No mean: {text.listed(alone, most=1)} {verb} models in too few countries; means are over the "
                "countries that settings share."
            )
        )


def _without_mean(table: pd.DataFrame) -> list[str]:
    """Return the settings that stand in no mean although others do."""
    if table.empty:
        return []
    tuned = table[table["method"] != "global"].drop_duplicates(["setting", "country"])
    means = set(tuned.loc[tuned["country"] == MEAN, "setting"])
    left_out = tuned[~tuned["setting"].isin(means)].drop_duplicates("setting")
    return left_out["setting_label"].tolist() if means else []


def needs_runs(selection: Selection, table: pd.DataFrame) -> None:
    """Stop the page with advice if no run is finished yet."""
    if len(table):
        return
    study_note(selection, table)
    if load.has_runs(selection):
        st.header("No run is finished for these countries")
        st.write("Choose other countries in the sidebar, or none to see every country.")
        st.stop()
    st.header("No run is finished yet")
    if not busy.studies_of(busy.load_busy(), selection):
        st.write("The global model has scored the data set. Finetune one model per country to see the trade-off:")
        st.code(f"scpo study --data {selection.dataset} --model {selection.model} --preset paper", language="bash")
        st.page_link(places.page("workbench"), label="Or choose what to start on the Workbench", icon=":material/tune:")
        _other_work()
    st.caption("Points arrive here without a reload, run by run. Until then, the Brief shows the global model.")
    st.stop()


def caption(selection: Selection, runs: list[str]) -> str:
    """Return source, licence, versions and run ids of a figure."""
    info = load.list_datasets().get(selection.dataset or "")
    parts = [
        f"Data: {_source(info)}" if info is not None else f"Data: {selection.dataset}, not registered any more",
        f"global model: {selection.model}",
        text.engine(),
        f"runs: {text.short_ids(runs)}" if runs else "no runs",
    ]
    return (f"{text.SAMPLE_BANNER} " if info is not None and info.synthetic else "") + "; ".join(parts) + "."


def _source(info: DatasetInfo) -> str:
    if info.synthetic:
        return f"{info.name}, licence: {info.licence}"
    return f"{info.name} ({info.location}{f'@{info.revision[:8]}' if info.revision else ''}), licence: {info.licence}"


def data_caption(info: DatasetInfo, *more: str) -> str:
    """Return source, licence and version of a figure on a data set alone, with the banner of generated data."""
    banner = f"{text.SAMPLE_BANNER} " if info.synthetic else ""
    return banner + "; ".join([f"Data: {_source(info)}", *more, text.engine()]) + "."


def provenance(selection: Selection, runs: list[str]) -> None:
    """Show on what everything on this page rests."""
    info = load.info_of(selection)
    split, revision = info.split, f", revision {info.revision[:8]}" if info.revision else ""
    about = {
        "Data": ", ".join(dict.fromkeys([info.name, info.source])) + revision,
        "Split": f"{split.kind}, {text.percent(split.test_fraction)} of users for test, seed {split.seed}",
        "Global model": selection.scores[1],
        "Runs": _finished(runs),
        "Licence": info.licence,
        "Engine": text.engine(),
    }
    with st.container(border=True, horizontal=True, gap="medium", key="provenance"):
        facts(about)


def _finished(runs: list[str]) -> str:
    """Count the finished runs; a model from elsewhere has none."""
    ours = [run for run in runs if not run.startswith(EXTERNAL_PREFIX)]
    words = f"{len(ours)} finished" + (f": {text.short_ids(ours)}" if ours else "")
    return words if len(ours) == len(runs) else f"{words}; {text.short_ids([one for one in runs if one not in ours])}"


def facts(named: Mapping[str, str], *, width: Literal["stretch", "content"] = "stretch") -> None:
    """Draw each fact under its name; in plain words those of `glossary.HIDDEN` are left out."""
    hidden = glossary.HIDDEN if glossary.is_plain() else ()
    for name, value in named.items():
        if name in hidden:
            continue
        st.caption(f"**{text.plain(name)}**  \n{text.plain(value)}", width=width)
