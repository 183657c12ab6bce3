"""From a preview to runs: what they cost, the sheet that asks once more, and the last-layer model of a preview."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.frame import actions, components, load, people
from dashboard.frame.places import page
from dashboard.frame.state import Selection
from dashboard.kit import text
from dashboard.tradeoff.previews import Bench
from dashboard.workbench import queued, words
from dashboard.workbench.load import load_rates, run_statuses
from dashboard.workbench.position import Position
from scpo import results
from scpo.config import PAPER_SEEDS, RunConfig, TrainingConfig
from scpo.jobs import control
from scpo.methods import METHODS, TRAINED
from scpo.models import base_training
from scpo.results import MEAN
from scpo.store.cache import Store

RUNS_PAGE = page("runs")
MOST_SEEDS = 10
METHOD, COUNTRIES, SEEDS, STEPS = (
    "workbench_start_methods",
    "workbench_start_countries",
    "workbench_start_seeds",
    "workbench_start_steps",
)


def show_button(
    selection: Selection, bench: Bench, now: Position, method: str, countries: Sequence[str], names: dict[str, str]
) -> None:
    """Draw the way to finetunes; the sheet opens with the method that the page speaks of and what is shown."""
    if st.button(
        "Start finetunes …",
        icon=":material/play_arrow:",
        key="workbench_start",
        type="primary",
        disabled=people.refusal("start") is not None,
    ):
        st.session_state[COUNTRIES], st.session_state[METHOD] = shown_of(now, countries), [method]
        _sheet(selection, bench, now, list(countries), names)


def shown_of(now: Position, countries: Sequence[str]) -> list[str]:
    """Return the countries that are shown: the one, or all that the mean is over."""
    return list(countries) if now.view == MEAN else [now.view]


def show_cost(selection: Selection, bench: Bench, now: Position, method: str, countries: Sequence[str]) -> None:
    """Say what finetunes will cost, and offer for one country to keep the preview itself."""
    refused = people.refusal("start")
    if bench.calibration.training is not None:
        configs = planned(bench, now, shown_of(now, countries), [method], PAPER_SEEDS, bench.calibration.training)
        label = text.method_label(method)
        st.caption(text.plain(f"A finetune of {label}: {cost_words(selection, bench, configs)}"))
    if now.view != MEAN:
        st.button(
            "Keep as last-layer model",
            icon=":material/save:",
            key="workbench_keep",
            disabled=refused is not None,
            on_click=_keep,
            args=(kept_config(bench, now, method),),
            help="Makes the previewed model of this country a model of its own: the global model with the fitted last "
            "layer, measured as runs are. Nothing is finetuned.",
        )
    if refused:
        st.caption(refused)


def kept_config(bench: Bench, now: Position, method: str) -> RunConfig:
    """Return the run that keeps the preview of the shown country."""
    training = TrainingConfig(last_layer_ridge=bench.calibration.ridge)
    (objective,) = now.objectives(now.view, [method])
    return bench.previewer.scored.run_config(now.view, objective, training, 0)


def _keep(config: RunConfig) -> None:
    keep_preview(config)
    st.session_state[_ASKED] = True


_ASKED = "_workbench_asked"
"""Something was asked for: the whole page is drawn anew, for its notice stands above the sliders."""


def planned(
    bench: Bench,
    now: Position,
    countries: Sequence[str],
    methods: Sequence[str],
    seeds: Sequence[int],
    training: TrainingConfig,
) -> list[RunConfig]:
    """Return the runs of a plan, seed by seed, each once."""
    found = [
        bench.previewer.scored.run_config(country, objective, training, seed)
        for seed in seeds
        for country in countries
        for objective in now.objectives(country, methods)
    ]
    return list(dict.fromkeys(found))


def cost_words(selection: Selection, bench: Bench, configs: Sequence[RunConfig]) -> str:
    """Say what runs will cost on this machine."""
    if not configs:
        return "nothing to do."
    rates = load_rates(selection, configs[0].training)
    passes = [results.pair_passes(config.training, _n_kept(bench, config)) for config in configs]
    return words.cost(results.estimate_cost(passes, rates), rates, device=load.load_devices()[0].slot)


def _n_kept(bench: Bench, config: RunConfig) -> int:
    if METHODS[config.objective.method].relabels:
        return results.n_kept_of_shuffled(bench.previewer.scored, config)
    return bench.previewer.gaps(config.country).kept(config.objective).n_kept


@st.dialog("Start finetunes", width="medium", icon=":material/play_arrow:")
def _sheet(selection: Selection, bench: Bench, now: Position, countries: list[str], names: dict[str, str]) -> None:
    """Ask what to run, say what it costs and what exists, and start it once."""
    rerun_if_asked()
    with components.errors_in_words():
        _plan(selection, bench, now, countries, names)


def _plan(selection: Selection, bench: Bench, now: Position, countries: list[str], names: dict[str, str]) -> None:
    st.multiselect("Countries", countries, format_func=lambda one: names.get(one, one), key=COUNTRIES)
    st.multiselect("Methods", list(TRAINED), format_func=text.method_label, key=METHOD)
    st.multiselect("Seeds", range(MOST_SEEDS), default=list(PAPER_SEEDS), key=SEEDS)
    training = _training(selection, bench)
    chosen = st.session_state[COUNTRIES]
    configs = planned(bench, now, chosen, st.session_state[METHOD], sorted(st.session_state[SEEDS]), training)
    statuses = run_statuses([config.run_id for config in configs])
    open_ = [
        config
        for config, status in zip(configs, statuses, strict=True)
        if status not in ("succeeded", "queued", "running")
    ]
    with st.container(border=True):
        st.markdown(text.plain(_setting(now, chosen, names)))
        st.markdown(f"**{text.plain(words.existing(statuses))}**")
        if open_:
            st.markdown(text.plain(f"Cost: {cost_words(selection, bench, open_)}"))
        waiting = [one for one, status in zip(configs, statuses, strict=True) if status == "queued"]
        queued.show_queue(selection, configs, waiting)
        st.caption(text.plain(words.differences(now, chosen, training)))
    st.button(
        f"Start {text.count(len(open_), 'run')}" if open_ else "Nothing to start",
        type="primary",
        key="workbench_confirm",
        icon=":material/play_arrow:",
        disabled=not open_ or people.refusal("start") is not None,
        on_click=_start,
        args=(open_,),
    )


def _start(configs: list[RunConfig]) -> None:
    start_runs(configs)
    st.session_state[_ASKED] = True


def _setting(now: Position, countries: Sequence[str], names: dict[str, str]) -> str:
    """Write where the sliders stand for the chosen countries."""
    own = [
        f"{names.get(country, country)}: {words.values(tau, beta)}"
        for country, tau, beta in now.own
        if country in countries
    ]
    return "; ".join([f"At {words.values(now.tau, now.beta)}", *own])


def _training(selection: Selection, bench: Bench) -> TrainingConfig:
    """Return the budget: that of the finished runs, or what is typed while there is none."""
    known = bench.calibration.training
    if known is not None:
        st.caption(text.plain(f"Budget: that of the finished runs, {words.budget(known)}."))
        return known
    st.info(
        "No run of this data set and model is finished, so there is no budget yet. `scpo study` chooses one on "
        "training users whom the global model has not seen; or give the number of steps yourself.",
        icon=":material/info:",
    )
    steps = st.number_input("Steps", 1, None, 64, 1, key=STEPS)
    return base_training(selection.model or "").model_copy(update={"steps": int(steps)})


def page_is_drawn() -> None:
    """Say that the whole page is being drawn, so that no button needs to ask for it."""
    st.session_state.pop(_ASKED, None)


def rerun_if_asked() -> None:
    """Draw the whole page anew, without the sheet, after a button has asked for something."""
    if st.session_state.pop(_ASKED, False):
        st.rerun()


def start_runs(configs: Sequence[RunConfig]) -> None:
    """Ask for runs; those that exist, finished or not, are not made twice."""

    def action(store: Store) -> str:
        done = [control.ask_run(store, config).status for config in configs].count("succeeded")
        waiting = len(configs) - done
        parts = [f"{text.count(waiting, 'run')} {'waits' if waiting == 1 else 'wait'} in the queue"] if waiting else []
        parts += (
            [f"{text.count(done, 'run')} had finished before and {'is' if done == 1 else 'are'} reused"] if done else []
        )
        return f"{'; '.join(parts)}."

    actions.act("start", ", ".join(config.run_id for config in configs), action)


def keep_preview(config: RunConfig) -> None:
    """Ask for the model of a preview: the global model with the previewed last layer, measured and saved as a run.

    Parameters
    ----------
    config : RunConfig
        Its training names `last_layer_ridge`.
    """

    def action(store: Store) -> str:
        if control.ask_run(store, config).status == "succeeded":
            return f"This last-layer model exists already: {config.run_id}."
        return f"The last-layer model {config.run_id} waits in the queue; nothing is finetuned for it."

    actions.act("start", config.run_id, action)
