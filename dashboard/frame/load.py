"""What the pages load, cached. Keys hold the fingerprint of the store, so a finished run makes a new entry."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.frame import state
from dashboard.frame.state import Selection
from dashboard.kit import text
from scpo import results
from scpo.config import (
    DEFAULT_BETA,
    DEFAULT_TAU,
    EvaluationConfig,
    TrainingConfig,
)
from scpo.jobs import control as jobs
from scpo.jobs.devices import Device, devices
from scpo.jobs.queue import WAITED_FOR, Queue
from scpo.models import base_training
from scpo.settings import load_settings as read_settings
from scpo.store.cache import Store
from scpo.store.runs import RunDirectory

REFERENCE_SETTING = state.setting_id("scpo", DEFAULT_TAU, DEFAULT_BETA)


def list_datasets() -> dict[str, Any]:
    """Return the registered data sets by name."""
    return {info.name: info for info in results.list_datasets(results.open_store())}


def load_scored(selection: Selection) -> Any:
    """Return the data set with the global model's rewards; shared, not to be changed."""
    return _scored(selection.dataset, selection.model, selection.fingerprint)


def load_finished(selection: Selection) -> list[Any]:
    """Return the finished runs of the selected data set and model; shared, not to be changed."""
    return _runs(selection.dataset, selection.model, selection.fingerprint)


def list_models(dataset: str) -> list[str]:
    """Return the global models whose scores exist for a data set."""
    return list(results.list_models(results.open_store(), dataset))


def fingerprint(dataset: str | None, model: str | None) -> str:
    """Return what changes when scores appear or a run finishes."""
    if dataset is None:
        return ",".join(list_datasets())
    if model is None:
        return f"{dataset}:" + ",".join(list_models(dataset))
    return str(results.fingerprint(results.open_store(), dataset, model))


def load_progress() -> list[Any]:
    """Return the work that runs, or that failed last."""
    return list(results.progress(results.open_store()))


def load_study_progress(selection: Selection) -> Any | None:
    """Return how far the study of the selected data set and model is; None without one."""
    if selection.dataset is None or selection.model is None:
        return None
    return results.study_progress(results.open_store(), selection.dataset, selection.model)


def is_running(progress: list[Any]) -> bool:
    """Tell whether anything is still at work."""
    return any(one.state == "running" for one in progress)


@st.cache_resource(max_entries=4, show_spinner=False)
def _scored(dataset: str, model: str, fingerprint: str) -> Any:
    return results.load_scored(results.open_store(), dataset, model)


@st.cache_resource(max_entries=4, show_spinner=False)
def _runs(dataset: str, model: str, fingerprint: str) -> list[Any]:
    return list(results.load_runs(results.open_store(), dataset, model))


@st.cache_data(max_entries=32, show_spinner="Computing intervals over users …")
def _country_table(dataset: str, model: str, fingerprint: str, level: float) -> pd.DataFrame:
    return results.country_table(_scored(dataset, model, fingerprint), EvaluationConfig(level=level))


@st.cache_data(max_entries=64, show_spinner="Computing intervals over users …")
def _setting_table(
    dataset: str, model: str, fingerprint: str, level: float, rule: str, eps: float, countries: tuple[str, ...]
) -> pd.DataFrame:
    table = results.setting_table(
        _scored(dataset, model, fingerprint),
        _runs(dataset, model, fingerprint),
        EvaluationConfig(level=level),
        rule=rule,
        eps=eps,
        countries=list(countries) or None,
    )
    table = named(table, by=("country",))
    if table.empty:
        return table
    return table.assign(
        point=[
            state.point_id(country, setting)
            for country, setting in zip(table["country"], table["setting"], strict=True)
        ]
    )


@st.cache_data(max_entries=16, show_spinner="Computing paired differences …")
def _bias_table(dataset: str, model: str, fingerprint: str, level: float) -> pd.DataFrame:
    scored, runs = _scored(dataset, model, fingerprint), _runs(dataset, model, fingerprint)
    table = named(results.bias_table(scored, runs, EvaluationConfig(level=level)), by=("trained_for", "tested_on"))
    if table.empty:
        return table
    names = _country_table(dataset, model, fingerprint, level).set_index("country")["name"]
    cells = zip(table["trained_for"], table["tested_on"], strict=True)
    return table.assign(
        cell=[state.cell_id(trained, tested) for trained, tested in cells],
        trained_name=table["trained_for"].map(names).fillna(table["trained_for"]),
        tested_name=table["tested_on"].map(names).fillna(table["tested_on"]),
    )


def named(table: pd.DataFrame, *, by: tuple[str, ...]) -> pd.DataFrame:
    """Add the columns a chart needs: setting, setting_label, method_label.

    Settings of one country that differ in the training only are numbered, so that every point keeps its own name.
    """
    if table.empty:
        return table
    settings = list(zip(table["method"], table["tau"], table["beta"], strict=True))
    seen: Counter[str] = Counter()
    keys = []
    for *place, (method, tau, beta) in zip(*(table[column] for column in by), settings, strict=True):
        name = repr((place, method, tau, beta))
        seen[name] += 1
        keys.append((method, tau, beta, seen[name]))
    return table.assign(
        setting=[state.setting_id(m if n == 1 else f"{m}#{n}", tau, beta) for m, tau, beta, n in keys],
        setting_label=[text.setting_label(m, t, b) + (f", training {n}" if n > 1 else "") for m, t, b, n in keys],
        method_label=[text.method_label(m) for m, *_ in keys],
    )


def _only(table: pd.DataFrame, column: str, countries: tuple[str, ...]) -> pd.DataFrame:
    return table[table[column].isin(countries)] if countries and len(table) else table


def has_runs(selection: Selection) -> bool:
    """Tell whether any run of the selected data set and model is finished."""
    if selection.dataset is None or selection.model is None:
        return False
    return bool(_runs(selection.dataset, selection.model, selection.fingerprint))


def load_countries(selection: Selection, *, level: float | None = None) -> pd.DataFrame:
    """Return the global model's accuracy and disagreement per selected country."""
    table = _country_table(selection.dataset, selection.model, selection.fingerprint, level or selection.level)
    return _only(table, "country", selection.countries)


def load_settings(
    selection: Selection, *, rule: str = "max_all_country", eps: float = 0.01, level: float | None = None
) -> pd.DataFrame:
    """Return one row per country and setting, the mean over countries included; empty while no run is finished."""
    table = _setting_table(
        selection.dataset,
        selection.model,
        selection.fingerprint,
        level or selection.level,
        rule,
        eps,
        selection.countries,
    )
    return table if len(table) and (table["method"] != "global").any() else pd.DataFrame()


def load_bias(selection: Selection) -> pd.DataFrame:
    """Return one row per trained-for country, tested-on country and setting.

    Rows are the selected countries; columns too if at least two are selected. Otherwise the columns are the countries
    that a model was trained for and those with enough test users.
    """
    table = _bias_table(selection.dataset, selection.model, selection.fingerprint, selection.level)
    rows = _only(table, "trained_for", selection.countries)
    if len(selection.countries) > 1:
        return _only(rows, "tested_on", selection.countries)
    return rows[rows["tested_on"].isin(rows["trained_for"]) | ~rows["too_few_users"].astype(bool)]


def load_over_steering(table: pd.DataFrame) -> pd.DataFrame:
    """Return recovered share against change of all-country accuracy, with the settings that over-steer marked."""
    return results.over_steering_table(table)


def settings_of(table: pd.DataFrame) -> dict[str, str]:
    """Return the settings of a table, without the global model: id to label; none of an empty table."""
    if table.empty:
        return {}
    tuned = table[table["method"] != "global"].drop_duplicates("setting")
    return dict(zip(tuned["setting"], tuned["setting_label"], strict=True))


def work_counts() -> Any:
    """Return how much is worked on and how much waits."""
    return results.work_counts(results.open_store())


def load_work() -> pd.DataFrame:
    """Return every run and every preparation of a study: what runs first, then what waits, then what ended last."""
    table = results.run_table(results.open_store())
    rank = table["status"].map({"running": 0, "queued": 1}).fillna(2)
    newest = table["finished_at"].fillna(table["asked_at"]).rank(ascending=False)
    order = pd.DataFrame({"rank": rank, "place": table["place"].where(rank == 1).fillna(0), "newest": newest})
    return table.loc[order.sort_values(["rank", "place", "newest"], kind="stable").index].reset_index(drop=True)


def load_run(run_id: str) -> Any:
    """Return one run, or the preparation of a study, with its curves, events and log."""
    return results.run_detail(results.open_store(), run_id)


def load_devices() -> list[Device]:
    """Return what runs may use, with memory and utilisation of GPUs as they are now."""
    return devices(read_settings().device)


def is_read_only() -> bool:
    """Tell whether nothing may be started or changed."""
    return read_settings().read_only


def run_statuses(run_ids: list[str]) -> list[str | None]:
    """Return what each run is doing; None for one that was never asked for."""
    store = Store(read_settings().cache_dir)
    directories = [RunDirectory(store, run_id) for run_id in run_ids]
    return [jobs.current_status(store, one.record()) if one.exists() else None for one in directories]


def queue_ahead() -> tuple[int, int]:
    """Return how many jobs wait that go before a run a person waits for, and how many are worked on."""
    found = Queue(Store(read_settings().cache_dir)).jobs(("queued", "running"))
    waiting = [job for job in found if job.state == "queued" and job.priority <= WAITED_FOR]
    return len(waiting), sum(job.state == "running" for job in found)


def first_training(selection: Selection) -> TrainingConfig:
    """Return the optimiser settings of a global model before any budget was chosen; its steps are a placeholder."""
    return base_training(selection.model)


def lacks_worker(work: pd.DataFrame) -> bool:
    """Tell whether something waits and nobody works on the queue."""
    statuses = set(work["status"])
    if is_read_only() or "queued" not in statuses or "running" in statuses:
        return False
    return not jobs.supervisor_lives(results.open_store())
