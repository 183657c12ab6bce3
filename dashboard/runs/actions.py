"""What the buttons of the page Runs do."""

from __future__ import annotations

import streamlit as st
from pydantic import ValidationError

from dashboard.frame import state
from dashboard.frame.actions import act
from scpo.config import ObjectiveConfig, RunConfig, TrainingConfig
from scpo.errors import InputError, first_fault
from scpo.jobs import control, studies
from scpo.jobs.signs import STUDY_PREFIX
from scpo.store.cache import Store


def cancel(run_id: str) -> None:
    """Take a waiting job out of the queue, or ask the one that is worked on to stop; of a study all its work."""
    if run_id.startswith(STUDY_PREFIX):
        cancel_study(run_id.removeprefix(STUDY_PREFIX))
        return

    def action(store: Store) -> str:
        job = control.cancel(store, run_id)
        return f"{run_id} is cancelled." if job.state == "cancelled" else f"{run_id} stops after its step and saves."

    act("cancel", run_id, action)


def cancel_study(name: str) -> None:
    """Cancel what of a study waits or is worked on."""
    act("cancel", f"study {name}", lambda store: f"Study {name}: {studies.cancel_study(store, name).words}.")


def resume(run_id: str) -> None:
    """Queue lost, failed or cancelled work again."""

    def action(store: Store) -> str:
        control.resume(store, run_id)
        return f"{run_id} waits in the queue; it goes on from its last checkpoint."

    act("start", run_id, action)


def remove(run_id: str) -> None:
    """Delete a run and forget that it was chosen."""

    def action(store: Store) -> str:
        control.remove(store, run_id)
        st.session_state[state.RUN] = ""
        return f"{run_id} is removed."

    act("remove", run_id, action)


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
        record = control.ask_run(store, changed)
        st.session_state[state.RUN] = changed.run_id
        if record.status == "succeeded":
            return f"{changed.run_id} exists already and has finished: the same settings are one run."
        return f"{changed.run_id} waits in the queue."

    act("start", f"{config.run_id} with {values}", action)


def start_worker() -> None:
    """Start a worker for what waits."""
    act("start", "worker", lambda store: "A worker is starting.")


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
        raise InputError(first_fault(error)) from error
    return config.model_copy(update={"objective": objective, "training": training, "seed": int(seed)})
