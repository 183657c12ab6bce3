"""Commands that the page Data & methods started: registering, regrouping, scoring. Progress, cancel, what next."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import streamlit as st

from dashboard.data import upload_files, words
from dashboard.data.load import global_models, has_conversations
from dashboard.frame import background, components, load, people, sidebar
from dashboard.kit import text
from scpo import results
from scpo.data.tables import DatasetInfo
from scpo.jobs import children
from scpo.jobs.children import Child

UPLOAD = "_upload"
ROUND = "_upload_round"
"""Counts registered uploads: each gets a fresh, empty file box."""

VERBS = {"add": "Registering", "regroup": "Registering", "score": "Scoring"}
SHOWN_SECONDS = 3600
"""What has ended is shown this long, or until it is dismissed."""


def use(name: str) -> None:
    """Make a data set the one that all pages show."""
    st.session_state[sidebar.DATASET] = name
    st.session_state[sidebar.COUNTRIES] = []
    for key in (sidebar.MODEL, sidebar.SETTING):
        st.session_state.pop(key, None)


def use_and_dismiss(child: Child) -> None:
    """Show the new data set everywhere and forget how it was made."""
    use(child.dataset)
    dismiss(child)


def dismiss(child: Child) -> None:
    """Forget what has ended of the same data set."""
    for other in known_children():
        if other.dataset == child.dataset and not other.alive:
            children.forget(results.open_store(), other)


def show_children() -> None:
    """Draw what was started and is not dismissed; it looks again while something runs.

    What has ended is drawn outside the fragment: its buttons change the sidebar, which only a whole run draws.
    """
    background.notice()
    running = tuple(child.child_id for child in known_children() if child.alive)
    if running:
        st.fragment(_running_children, run_every=background.REFRESH)(running)
    known = load.list_datasets()
    for child in newest_ended(known_children(), time.time()):
        with st.container(border=True, key=f"child_{child.child_id}"):
            _ended(child, known)


def known_children() -> list[Child]:
    """Return the commands that were started to make or score data, newest first; other pages show theirs."""
    return [child for child in children.children(results.open_store()) if child.kind in VERBS]


def newest_ended(found: list[Child], moment: float) -> list[Child]:
    """Return what has ended lately, newest first, only the last thing of each data set; none of it is at work."""
    busy = {child.dataset for child in found if child.alive}
    last: dict[str, Child] = {}
    for child in found:
        if child.dataset not in busy and moment - child.started < SHOWN_SECONDS:
            last.setdefault(child.dataset, child)
    return list(last.values())


def _running_children(running: tuple[str, ...]) -> None:
    with components.errors_in_words():
        found = [child for child in known_children() if child.alive]
        if tuple(child.child_id for child in found) != running:
            st.rerun()
        for child in found:
            with (
                st.container(border=True, key=f"child_{child.child_id}"),
                st.container(horizontal=True, vertical_alignment="center"),
            ):
                share, so_far = _progress(child)
                st.progress(share, text=text.plain(f"{title(child)}: {so_far}"), width="stretch")
                st.button(
                    "Cancel",
                    key=f"cancel_{child.child_id}",
                    disabled=people.refusal("cancel") is not None,
                    on_click=partial(background.cancel, child),
                )


def _progress(child: Child) -> tuple[float, str]:
    """Return what the work says about itself, else what is expected of it."""
    if child.kind == "score":
        for one in load.load_progress():
            if one.state == "running" and (one.dataset, one.model) == (child.dataset, child.model) and one.total:
                amount = f"{one.stage}, {one.done:,.0f} of {one.total:,.0f} {one.unit}"
                return min(1.0, one.done / one.total), f"{amount}, {text.duration(one.eta_seconds)}"
    return how_far(child, time.time() - child.started)


def how_far(child: Child, passed: float) -> tuple[float, str]:
    """Return the share that is probably done, and words for it; it never says that all is done."""
    if child.expected_seconds is None:
        return 0.0, f"since {text.span(passed)}"
    share = min(0.95, passed / child.expected_seconds)
    left = child.expected_seconds - passed
    return share, f"since {text.span(passed)}, " + (text.duration(left) if left > 1 else "almost done")


def title(child: Child) -> str:
    """Name a command: ``Registering mine``."""
    return f"{VERBS[child.kind]} {child.dataset}" + (f" with {child.model}" if child.model else "")


def _ended(child: Child, known: dict[str, DatasetInfo]) -> None:
    info = known.get(child.dataset)
    done = info is not None and (
        child.model in load.list_models(child.dataset) if child.kind == "score" else info.created_at >= child.started_at
    )
    if info is None or not done:
        why = children.last_words(results.open_store(), child) or "its process ended without a word"
        st.error(text.plain(why), title=f"{title(child)} was not finished", icon=":material/error:")
        st.button("Dismiss", key=f"dismiss_{child.child_id}", on_click=partial(dismiss, child))
        return
    _remove_upload(child)
    sentence = (
        f"{child.dataset} is scored by {child.model}."
        if child.kind == "score"
        else f"{child.dataset} is registered: {text.count(info.counts['pairs'], 'pair')}, "
        f"{text.count(len(info.users_per_country), 'community', 'communities')}."
    )
    st.success(text.plain(sentence), icon=":material/check_circle:")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "Use this data set",
            type="primary",
            icon=":material/check:",
            key=f"use_{child.child_id}",
            on_click=partial(use_and_dismiss, child),
        )
        st.button("Dismiss", key=f"dismiss_{child.child_id}", on_click=partial(dismiss, child))
    if child.kind != "score":
        show_scoring(child.dataset, key=child.child_id)


def show_scoring(dataset: str, *, key: str) -> None:
    """Offer to score a data set that no global model has scored; nothing if one has, or scoring is under way."""
    if load.list_models(dataset):
        return
    models = global_models()
    if not models:
        st.caption(text.plain(f"No global model is here yet: `scpo model train-global --data {dataset}` trains one."))
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Score with", models, key=f"score_model_{key}", filter_mode=None, width=280,
            help="The global model whose rewards are the ruler: pages show the data set once it is scored.",
        )  # fmt: skip
        reads = f"score_reads_{key}"
        if has_conversations(dataset):
            st.segmented_control(
                "It reads", list(words.READS), default=next(iter(words.READS)), key=reads, required=True,
                help="A later turn can depend on what was said before. Both kinds of scores can stand side by side.",
            )  # fmt: skip
        busy = any(c.alive and c.kind == "score" and c.dataset == dataset for c in known_children())
        st.button(
            "Start scoring",
            key=f"score_{key}",
            icon=":material/play_arrow:",
            disabled=people.refusal("start") is not None or busy,
            help=people.refusal("start"),
            on_click=partial(_score, dataset, f"score_model_{key}", reads),
        )


def _score(dataset: str, model_key: str, reads: str) -> None:
    """Score with what stands in the fields at the click: the page may not have been drawn with it yet."""
    model = st.session_state[model_key] + words.READS.get(st.session_state.get(reads, ""), "")
    background.start(["score", f"--data={dataset}", f"--model={model}"], kind="score", dataset=dataset, model=model)


def _remove_upload(child: Child) -> None:
    """Delete the uploaded file of a data set that is registered now."""
    upload = st.session_state.get(UPLOAD)
    if upload is not None and f"--path={upload.path}" in child.words:
        upload_files.remove(upload)
        del st.session_state[UPLOAD]
        st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
        st.rerun()
    for word in child.words:
        path = Path(word.removeprefix("--path="))
        if word.startswith("--path=") and path.parent.parent == results.open_store().root.absolute() / "uploads":
            upload_files.remove(upload_files.Upload(path, 0, ""))
