"""What the buttons do: each action is a call of `scpo.jobs.control` and leaves one sentence about what became of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st
from pydantic import ValidationError

from dashboard.frame import state
from dashboard.kit import text
from dashboard.runs import words as work_words
from scpo.config import ObjectiveConfig, RunConfig, TrainingConfig
from scpo.errors import InputError, ScpoError
from scpo.jobs import control as jobs
from scpo.settings import load_settings
from scpo.store.cache import Store

NOTICE = "_notice"


def _act(action: Callable[[Store], str]) -> None:
    """Do something to the queue, have it worked on, and keep the sentence for the page."""
    settings = load_settings()
    if settings.read_only:
        st.session_state[NOTICE] = ("error", work_words.READ_ONLY)
        return
    store = Store(settings.cache_dir)
    try:
        words = action(store)
        jobs.ensure_supervisor(store, settings)
    except (ScpoError, OSError) as error:
        st.session_state[NOTICE] = ("error", str(error))
    else:
        st.session_state[NOTICE] = ("success", words)


def notice() -> bool:
    """Show once what became of the last action; say whether it succeeded."""
    kind, words = st.session_state.pop(NOTICE, (None, ""))
    if kind == "error":
        st.error(text.plain(words), title="This could not be done", icon=":material/error:")
    elif kind == "success":
        st.success(text.plain(words), icon=":material/check_circle:")
    return kind == "success"


def cancel(run_id: str) -> None:
    """Take a waiting job out of the queue, or ask the one that is worked on to stop."""

    def action(store: Store) -> str:
        job = jobs.cancel(store, run_id)
        return f"{run_id} is cancelled." if job.state == "cancelled" else f"{run_id} stops after its step and saves."

    _act(action)


def resume(run_id: str) -> None:
    """Queue lost, failed or cancelled work again."""

    def action(store: Store) -> str:
        jobs.resume(store, run_id)
        return f"{run_id} waits in the queue; it goes on from its last checkpoint."

    _act(action)


def remove(run_id: str) -> None:
    """Delete a run and forget that it was chosen."""

    def action(store: Store) -> str:
        jobs.remove(store, run_id)
        st.session_state[state.RUN] = ""
        return f"{run_id} is removed."

    _act(action)


def clone(config: RunConfig, fields: dict[str, str]) -> None:
    """Ask for a run like another with the values of a form, and choose it.

    Parameters
    ----------
    fields : dict
        Keys of the form's widgets: method, tau, beta, seed, budget.
    """
    values = {name: st.session_state[key] for name, key in fields.items()}

    def action(store: Store) -> str:
        changed = cloned(config, **values)
        record = jobs.ask_run(store, changed)
        st.session_state[state.RUN] = changed.run_id
        if record.status == "succeeded":
            return f"{changed.run_id} exists already and has finished: the same settings are one run."
        return f"{changed.run_id} waits in the queue."

    _act(action)


def start_runs(configs: Sequence[RunConfig]) -> None:
    """Ask for runs; those that exist, finished or not, are not made twice."""

    def action(store: Store) -> str:
        done = [jobs.ask_run(store, config).status for config in configs].count("succeeded")
        waiting = len(configs) - done
        words = [f"{text.count(waiting, 'run')} {'waits' if waiting == 1 else 'wait'} in the queue"] if waiting else []
        words += (
            [f"{text.count(done, 'run')} had finished before and {'is' if done == 1 else 'are'} reused"] if done else []
        )
        return f"{'; '.join(words)}."

    _act(action)


def keep_preview(config: RunConfig) -> None:
    """Ask for the model of a preview: the global model with the previewed last layer, measured and saved as a run.

    Parameters
    ----------
    config : RunConfig
        Its training names `last_layer_ridge`.
    """

    def action(store: Store) -> str:
        if jobs.ask_run(store, config).status == "succeeded":
            return f"This last-layer model exists already: {config.run_id}."
        return f"The last-layer model {config.run_id} waits in the queue; nothing is finetuned for it."

    _act(action)


def start_worker() -> None:
    """Start a worker for what waits."""
    _act(lambda store: "A worker is starting.")


def cloned(config: RunConfig, *, method: str, tau: float, beta: float, seed: int, budget: float) -> RunConfig:
    """Return a configuration with another objective, seed and budget; the country stays.

    Parameters
    ----------
    budget : float
        Steps, or passes over the kept pairs where `config` counts in passes, or the ridge of a last-layer model.

    Raises
    ------
    InputError
        If a value is out of range; it names the field.
    """
    try:
        objective = ObjectiveConfig.model_validate(
            config.objective.model_dump() | {"method": method, "tau": tau, "beta": beta}
        )
        kind = config.training.budget_kind
        changed = {kind: int(budget) if kind == "steps" else float(budget)}
        training = TrainingConfig.model_validate(config.training.model_dump() | changed)
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    return config.model_copy(update={"objective": objective, "training": training, "seed": int(seed)})
