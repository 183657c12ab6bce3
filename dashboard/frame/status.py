"""The thin line about running work at the top of every page."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.frame import busy, components, load
from dashboard.frame.state import Selection
from dashboard.kit import text
from scpo.jobs.devices import Device
from scpo.jobs.signs import Sign
from scpo.results import Busy, WorkCounts

WAITING = 4.0
"""Seconds between two looks while there is nothing to show yet."""


def status_line(selection: Selection) -> None:
    """Draw the thin line about running work; it looks again only while something runs or is awaited."""
    active = _is_active(load.load_progress(), load.work_counts())
    waiting = not load.has_runs(selection)
    every = components.REFRESH if active else WAITING if waiting else None
    st.fragment(_status, run_every=every)(selection, active)


def _is_active(progress: list[Sign], counts: WorkCounts) -> bool:
    return load.is_running(progress) or any(counts)


def _status(selection: Selection, was_active: bool) -> None:
    with components.errors_in_words():
        progress, counts = load.load_progress(), load.work_counts()
        _status_text(progress, busy.load_busy())
        changed = load.fingerprint(selection.dataset, selection.model) != selection.fingerprint
        if changed or _is_active(progress, counts) != was_active:
            st.rerun()


def _status_text(progress: list[Sign], at_work: Busy) -> None:
    running = [one for one in progress if one.state == "running"]
    failed = [one for one in progress if one.state == "failed"]
    words = [f":material/memory: Device: {text.plain(device_words(load.load_devices()))}"]
    if at_work:
        words.append(f":material/queue: {busy.queue_words(at_work)}")
    studies = [one for one in at_work.studies if not one.preparing]
    said = [busy.study_words(one, with_end=len(studies) > 1) for one in studies]
    words += [f":material/science: {text.plain(one)}" for one in said[:1]]
    if len(said) > 1:
        words.append(f"and {text.count(len(said) - 1, 'study', 'studies')} more")
    words += [f":material/progress_activity: {text.plain(busy.progress_words(one))}" for one in running[:2]]
    if len(running) > 2:
        words.append(f"and {len(running) - 2} more at work")
    words += [f":material/error: {text.plain(f'{one.title} failed: {one.message or one.stage}')}" for one in failed[:1]]
    if not running and not failed and not at_work:
        words.append(":material/check_circle: Nothing is running")
    with st.container(key="status_line"):
        st.caption(" \u2003 ".join(words))


def device_words(found: Sequence[Device]) -> str:
    """Name what runs would use: the CPU, a GPU with its slot, or how many GPUs."""
    names = [one.name if one.slot in ("cpu", one.name) else f"{one.slot} {one.name}" for one in found]
    return (
        names[0] if len(names) == 1 else f"{len(names)} GPUs ({text.listed(dict.fromkeys(one.name for one in found))})"
    )
