"""What is worked on and what waits, for the status line, the start sheet, and pages that wait for results."""

from __future__ import annotations

import streamlit as st

from dashboard.frame import load
from dashboard.frame.state import Selection
from dashboard.kit import text
from scpo import results
from scpo.jobs.signs import Sign
from scpo.results import Busy, BusyStudy, Known
from scpo.results.busy import Signature

IDLE = Busy((), (), {}, (), None)


def load_busy() -> Busy:
    """Return what is worked on and what waits, with the time it takes; the records of runs are read when one ends."""
    store = results.open_store()
    signature = results.queue_signature(store)
    if not any(state in ("queued", "running") for _, state, _ in signature):
        return IDLE
    slots = [one.slot for one in load.load_devices()]
    return results.read_busy(store, _known(str(store.root), signature), slots=slots)


@st.cache_resource(max_entries=2, show_spinner=False)
def _known(root: str, signature: Signature) -> Known:
    return results.load_known(results.open_store())


def studies_of(busy: Busy, selection: Selection) -> list[BusyStudy]:
    """Return the studies at work on the selected data set, and on its global model if one is selected."""
    mine = [one for one in busy.studies if one.dataset == selection.dataset]
    return [one for one in mine if selection.model is None or one.preparing or one.model == selection.model]


def queue_words(busy: Busy) -> str:
    """Count what runs and waits, with the time until all of it has ended."""
    left = "time left not known yet" if busy.ends_in is None else text.duration(busy.ends_in)
    return f"{len(busy.running):,} running, {len(busy.waiting):,} waiting · {left}"


def study_words(study: BusyStudy, *, with_end: bool = True) -> str:
    """Say how far a study is: ``study paper: 12 of 126 runs finished, about 20 min left``."""
    if study.preparing:
        return f"study {study.name} is being prepared"
    left = "time left not known yet" if study.ends_in is None else text.duration(study.ends_in)
    end = f", {left}" if with_end else ""
    return f"study {study.name}: {study.finished:,} of {text.count(study.n_runs, 'run')} finished{end}"


def progress_words(one: Sign) -> str:
    """Write how far a piece of work is."""
    amount = f"{one.done:,.0f} of {one.total:,.0f} {one.unit}" if one.total else one.stage
    return f"{one.title} · {one.stage} · {amount} · {text.duration(one.eta_seconds)}"
