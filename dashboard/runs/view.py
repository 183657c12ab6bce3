"""One run on the page Runs: what it is doing, what can be done with it, its curves, its events, its log."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd
import streamlit as st

from dashboard.frame import asking, components, people, state
from dashboard.frame.state import Selection
from dashboard.kit import text, theme
from dashboard.kit.figure import Figure, show
from dashboard.runs import actions, charts, columns, words
from dashboard.runs.load import load_run, load_work
from scpo import results
from scpo.config import DEFAULT_BETA, DEFAULT_TAU, RunConfig
from scpo.methods import TRAINED
from scpo.store.roles import Action
from scpo.store.runs import RunRecord

WINDOWS = {"All steps": None, "Last 200": 200, "Last 50": 50}
SMOOTHING = {"Every step": 1, "5 steps": 5, "20 steps": 20}
LOSS_AXES = ["Linear", "Log"]
WINDOW, SMOOTH, LOSS_AXIS = "steps", "smoothing", "loss_axis"
"""Keys of the widgets = names of the URL parameters."""

HELD = "_held_run"

NEEDS: dict[str, Action] = {"cancel": "cancel", "resume": "start", "clone": "start", "remove": "remove"}
"""What kind of action a button is."""


class View(NamedTuple):
    """How curves are looked at: held in widgets, so that a refresh changes nothing."""

    last: int | None
    smooth: int
    log: bool
    frozen: bool


def show_run(work: pd.DataFrame, run_id: str | None) -> None:
    """Draw the chosen run; a sentence if none is chosen or the address names one that does not exist."""
    typed = st.session_state.get(state.RUN, "")
    if run_id is None:
        st.caption(
            text.plain(f"No single run begins with {typed}.") if typed else "Choose a row to see the run's curves."
        )
        return
    row = work[work["run_id"] == run_id].iloc[0]
    st.subheader(text.plain(words.run_title(row)))
    detail = load_run(run_id)
    _buttons(row, detail.record)
    view = _controls() if row["kind"] == "run" and not row["last_layer"] else View(None, 1, False, False)
    live = row["status"] in ("running", "queued") and not view.frozen
    st.fragment(_details, run_every=components.REFRESH if live else None)(run_id, view)


def _buttons(row: pd.Series, record: RunRecord | None) -> None:
    """Draw what can be done with a run."""
    run_id, refused = row["run_id"], people.refusal("start")
    allowed = {name: can and people.refusal(NEEDS[name]) is None for name, can in words.allowed(row).items()}
    with st.container(horizontal=True, gap="small", key="run_actions"):
        st.button(
            "Cancel",
            icon=":material/stop_circle:",
            key="cancel_run",
            disabled=not allowed["cancel"],
            on_click=actions.cancel,
            args=(run_id,),
        )
        st.button(
            "Retry" if row["status"] == "failed" else "Resume",
            icon=":material/replay:",
            key="resume_run",
            disabled=not allowed["resume"],
            on_click=actions.resume,
            args=(run_id,),
        )
        if record is not None:
            with st.popover("Clone into a new run", icon=":material/content_copy:", disabled=not allowed["clone"]):
                _clone_form(record)
            with st.popover("Remove", icon=":material/delete:", disabled=not allowed["remove"], type="tertiary"):
                st.write("Its model, its results, its log and its place in the queue are deleted for good.")
                st.button(
                    "Delete this run",
                    key="remove_run",
                    type="primary",
                    disabled=people.refusal("remove") is not None,
                    on_click=actions.remove,
                    args=(run_id,),
                )
    if refused:
        st.caption(refused)
    elif row["status"] == "running" and row["job"] is None:
        st.caption(words.BY_HAND)


def _clone_form(record: RunRecord) -> None:
    """Draw the form that asks for a run like this one."""
    config: RunConfig = record.config
    objective, training = config.objective, config.training
    fields = {name: f"clone_{name}_{config.run_id}" for name in ("method", "tau", "beta", "seed", "budget")}
    with st.form(f"clone_{config.run_id}", border=False):
        st.caption(text.plain(f"Country, data and global model stay: {config.country}, {config.dataset}."))
        first = TRAINED.index(objective.method)
        st.selectbox("Method", list(TRAINED), index=first, format_func=text.method_label, key=fields["method"])
        left, right = st.columns(2)
        tau, beta = objective.tau or DEFAULT_TAU, objective.beta or DEFAULT_BETA
        left.number_input("τ", 0.01, 1.0, tau, 0.05, key=fields["tau"], help="Used by methods that filter.")
        right.number_input("β", 0.05, 10.0, beta, 0.1, key=fields["beta"], help="Used by methods that weight.")
        left.number_input("Seed", 0, None, config.seed, 1, key=fields["seed"])
        if training.steps is not None:
            right.number_input("Steps", 1, None, training.steps, 1, key=fields["budget"])
        elif training.epochs is not None:
            right.number_input("Passes over the pairs", 0.01, None, training.epochs, 0.5, key=fields["budget"])
        else:
            ridge = training.last_layer_ridge
            right.number_input("Ridge of the last layer", 1e-9, None, ridge, format="%.3g", key=fields["budget"])
        st.form_submit_button(
            "Queue it",
            type="primary",
            key=f"clone_submit_{config.run_id}",
            on_click=actions.clone,
            args=(config, fields),
        )


def _controls() -> View:
    """Draw how the curves are looked at."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="curve_controls"):
        window = asking.segments("Window", WINDOW, list(WINDOWS), default="All steps")
        smooth = asking.segments("Smoothing", SMOOTH, list(SMOOTHING), default="5 steps")
        scale = asking.segments("Loss axis", LOSS_AXIS, LOSS_AXES, default="Linear")
        frozen = st.toggle("Freeze", key="freeze_run", help="Hold the curves while the run goes on.")
    return View(WINDOWS[window], SMOOTHING[smooth], scale == "Log", frozen)


def _details(run_id: str, view: View) -> None:
    with components.errors_in_words():
        work = load_work()
        found = work[work["run_id"] == run_id]
        if found.empty:
            st.caption("This run was removed.")
            return
        row = found.iloc[0]
        detail = _held(run_id, view)
        _state(row)
        with st.container(border=True, horizontal=True, gap="medium", key="run_facts"):
            components.facts(words.facts(row, detail.record))
        if len(detail.metrics):
            st.write(text.plain(words.result(detail.metrics, row["country"])))
        if detail.record is not None:
            _curves(row, detail, view)
        _history(detail)


def _held(run_id: str, view: View) -> results.RunDetail:
    """Return the run as it is, or as it was when the curves were frozen."""
    held = st.session_state.get(HELD)
    if view.frozen and held is not None and held.run_id == run_id:
        return held
    st.session_state[HELD] = load_run(run_id)
    return st.session_state[HELD]


def _state(row: pd.Series) -> None:
    said = words.state_sentence(row)
    said = text.plain(said[:1].upper() + said[1:])
    if row["status"] in ("failed", "lost"):
        st.error(said, icon=":material/error:")
    elif row["status"] == "running" and pd.notna(row["total"]) and row["total"] > 0:
        st.progress(min(1.0, row["done"] / row["total"]), text=said)
    else:
        st.caption(said)


def _curves(row: pd.Series, detail: results.RunDetail, view: View) -> None:
    if row["last_layer"]:
        st.caption("The last layer is fitted at once: there are no steps, so there are no curves.")
        return
    if detail.curve.empty:
        st.caption("No step has been logged yet: curves appear here with the first one.")
        return
    caption = components.caption(Selection(row["dataset"], row["model"]), [row["run_id"]])
    curve = detail.curve.assign(smooth=results.smooth(detail.curve["loss"], view.smooth))
    evaluations = _labelled(detail.evaluations)
    if view.last is not None:
        first = curve["step"].max() - view.last
        curve, evaluations = curve[curve["step"] > first], evaluations[evaluations["step"] > first]
    name = f"{row['name']}, {words.setting(row)}, seed {int(row['seed'])}"
    left, right = st.columns(2, gap="large")
    with left:
        _loss(name, caption, curve, view)
    with right:
        _accuracies(name, caption, evaluations)
    left, right = st.columns(2, gap="large")
    with left:
        _quantity("learning_rate", "Learning rate", name, caption, curve, how="rate")
    with right:
        _quantity("memory", "Memory, GiB", name, caption, curve, how="memory", unit=2**30)


def _labelled(evaluations: pd.DataFrame) -> pd.DataFrame:
    few = evaluations["n_users"] < text.FEW_USERS
    labels = evaluations["subset"].map({subset: look.label for subset, look in theme.SUBSETS.items()})
    return evaluations.assign(too_few_users=few, subset_label=labels)


def _loss(name: str, caption: str, curve: pd.DataFrame, view: View) -> None:
    steps = text.count(len(curve), "step")
    smoothing = f"; thick: mean of {view.smooth} steps" if view.smooth > 1 else ""
    show(
        Figure(
            name="run_loss",
            draw=lambda dark: charts.curve_chart(
                curve, value="loss", title="Loss", smooth="smooth" if view.smooth > 1 else None, log=view.log
            ),
            title=words.loss_title(curve),
            subtitle=f"{name}: weighted loss of each step's pairs, {steps}{smoothing}.",
            caption=caption,
            alt=f"Line of the loss against the step, {steps}.",
            how=text.how("loss", own=words.HOW),
            table=curve,
            columns=columns.CURVE,
        ),
        level=3,
    )


def _accuracies(name: str, caption: str, evaluations: pd.DataFrame) -> None:
    known = evaluations.dropna(subset=["value"])
    if known.empty:
        st.caption("No accuracy was measured while these steps were trained.")
        return
    few = " Grey and open: fewer than ten test users." if bool(known["too_few_users"].any()) else ""
    show(
        Figure(
            name="run_accuracies",
            draw=lambda dark: charts.accuracy_chart(evaluations),
            title=words.accuracy_title(known),
            subtitle=f"{name}: on the country's test users while training; bands: 95 % intervals over users.{few}",
            caption=caption,
            alt=f"Lines with bands: both accuracies at {text.count(evaluations['step'].nunique(), 'step')}.",
            how=text.how("curve", "all_country", "true_country", "interval", "few", own=words.HOW),
            table=evaluations,
            columns=columns.EVALUATIONS,
        ),
        level=3,
    )


def _quantity(
    column: str, title: str, name: str, caption: str, curve: pd.DataFrame, *, how: str, unit: float = 1.0
) -> None:
    known = curve.dropna(subset=[column])
    if known.empty:
        st.caption(f"{title}: not logged by this run.")
        return
    show(
        Figure(
            name=f"run_{column}",
            draw=lambda dark: charts.curve_chart(known, value=column, title=title, unit=unit, height=200),
            title=f"{title}: at most {known[column].max() / unit:.3g}",
            subtitle=f"{name}: {text.count(len(known), 'step')}.",
            caption=caption,
            alt=f"{title} against the step.",
            how=text.how(how, own=words.HOW),
            table=known,
            columns=columns.CURVE,
        ),
        level=3,
    )


def _history(detail: results.RunDetail) -> None:
    """Show what was asked, what happened, and what the process printed; all of it as plain text."""
    if detail.asked:
        with st.expander("What was asked", icon=":material/tune:"):
            asked = pd.DataFrame({"Setting": list(detail.asked), "Value": [str(v) for v in detail.asked.values()]})
            st.dataframe(asked, hide_index=True, key="run_asked", alt="Settings of the run")
    with st.expander(f"Events · {text.count(len(detail.events), 'event')}", icon=":material/history:"):
        if detail.events.empty:
            st.caption("The queue knows nothing of it: it was started by hand.")
        else:
            events = detail.events.assign(at=[text.moment(at) for at in detail.events["at"]])
            shown = events.rename(columns={"at": "At", "what": "What", "detail": "Detail"})
            st.dataframe(shown, hide_index=True, key="run_events", alt="Events of the run in the queue")
    with st.expander("Log", icon=":material/terminal:"):
        if detail.log:
            st.code(detail.log, language=None, wrap_lines=True, height=300)
        else:
            st.caption("Its process has printed nothing.")
