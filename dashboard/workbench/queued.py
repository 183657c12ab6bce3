"""What of a plan the queue will do anyway, where new runs would stand in it, and when that is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from dashboard.frame import actions, load, people
from dashboard.frame.busy import load_busy
from dashboard.frame.state import Selection
from dashboard.kit import text
from scpo import results
from scpo.config import PAPER_COUNTRIES, RunConfig
from scpo.jobs import control
from scpo.results import Busy, NextTurn
from scpo.store.cache import Store
from scpo.store.studies import StudyPlan


class Already(NamedTuple):
    """Runs of a plan that are worked on or wait.

    Attributes
    ----------
    running : int
    places : tuple of int
        Of those that wait, from 1, rising.
    ends_in : float or None
        Seconds until the last of all these ends; None if that is unknown.
    studies : tuple of str
        Studies that have asked for any of them.
    """

    running: int
    places: tuple[int, ...]
    ends_in: float | None
    studies: tuple[str, ...]


def show_queue(selection: Selection, configs: Sequence[RunConfig], waiting: Sequence[RunConfig]) -> None:
    """Say what of a plan happens anyway and when the rest has its turn; offer to bring forward what waits.

    Parameters
    ----------
    configs : sequence of RunConfig
        The plan.
    waiting : sequence of RunConfig
        Those of its runs that wait in the queue.
    """
    busy = load_busy()
    found = already(busy, {config.run_id for config in configs})
    if found.running or found.places:
        st.markdown(text.plain(already_words(found)))
    for name, number in prepared_too(busy, selection, configs).items():
        asked = text.count(number, "of these settings", "of these settings")
        st.markdown(text.plain(f"Study {name} is being prepared and asks for {asked} too, with a budget of its own."))
    st.caption(text.plain(place_words(results.next_turn(busy, slots=len(load.load_devices())))))
    if waiting and len(found.places) < len(busy.waiting):
        st.button(
            f"Bring forward {text.count(len(waiting), 'waiting run')}",
            key="workbench_forward",
            icon=":material/low_priority:",
            disabled=people.refusal("start") is not None,
            on_click=bring_forward,
            args=(list(waiting),),
        )


def already(busy: Busy, wanted: set[str]) -> Already:
    """Return which of some runs are worked on or wait."""
    places = [i for i, job in enumerate(busy.waiting, start=1) if job.job_id in wanted]
    running = [job.job_id for job in busy.running if job.job_id in wanted]
    mine = [*running, *(busy.waiting[i - 1].job_id for i in places)]
    ends = [busy.turns[job].ends_in for job in mine]
    known = [one for one in ends if one is not None]
    studies = [one.name for one in results.list_studies(results.open_store()) if set(mine) & set(one.runs)]
    last = max(known) if known and len(known) == len(ends) else None
    return Already(len(running), tuple(places), last, tuple(studies))


def prepared_too(busy: Busy, selection: Selection, configs: Sequence[RunConfig]) -> dict[str, int]:
    """Count by study how many of some settings a study asks for whose runs are not in the queue yet.

    Its budget may still be open, so whether they are the very same runs cannot be known.
    """
    found = {}
    for job in (*busy.running, *busy.waiting):
        asked = job.payload
        if job.kind != "study" or asked.get("data") != selection.dataset:
            continue
        if Path(str(asked.get("model"))).name != selection.model:
            continue
        plan = StudyPlan.model_validate(asked["plan"])
        countries = plan.countries or PAPER_COUNTRIES
        number = sum(one.country in countries and one.seed in plan.seeds_of(one.objective) for one in configs)
        if number:
            found[str(asked.get("name") or job.job_id)] = number
    return found


def already_words(found: Already) -> str:
    """Say what of a plan happens anyway, where in the queue, and until when."""
    parts = [f"{found.running:,} at work"] if found.running else []
    if found.places:
        first, last = found.places[0], found.places[-1]
        where = f"place {first}" if first == last else f"places {first} to {last}"
        parts.append(f"{len(found.places):,} waiting, {where}")
    whose = f"In study {text.listed(found.studies)} already" if found.studies else "In the queue already"
    end = "when they end is not known yet" if found.ends_in is None else f"all end in about {text.span(found.ends_in)}"
    return f"{whose}: {'; '.join(parts)}; {end}."


def place_words(turn: NextTurn) -> str:
    """Say when the turn of new runs comes, and what goes after them."""
    if not turn.running and not turn.ahead:
        return "Nothing is ahead of them in the queue."
    now = [f"{turn.running:,} running"] if turn.running else []
    ahead = text.listed([*now, *([f"{turn.ahead:,} waiting"] if turn.ahead else [])])
    when = "when new runs begin is not known yet"
    if turn.starts_in is not None:
        when = f"new runs begin in about {text.span(turn.starts_in)}"
    after = f" {turn.behind:,} waiting {'goes' if turn.behind == 1 else 'go'} after them." if turn.behind else ""
    return f"Ahead in the queue: {ahead}; {when}.{after}"


def bring_forward(configs: Sequence[RunConfig]) -> None:
    """Have runs that wait go before everything that nobody waits for."""

    def action(store: Store) -> str:
        for config in configs:
            control.ask_run(store, config)
        goes = "goes" if len(configs) == 1 else "go"
        return f"{text.count(len(configs), 'run')} {goes} before the rest of the queue."

    actions.act("start", ", ".join(config.run_id for config in configs), action)
