"""What every page needs of the store, cached. Keys hold its fingerprint, so a finished run makes a new entry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pandas as pd

from dashboard.frame.state import Selection, cached
from dashboard.kit import clicks, text
from scpo import results
from scpo.config import DEFAULT_BETA, DEFAULT_TAU
from scpo.data.countries import display_name
from scpo.data.sources import SOURCES
from scpo.data.tables import DatasetInfo
from scpo.jobs.devices import Device, devices
from scpo.jobs.signs import Sign, read_signs
from scpo.measures.frontier import DEFAULT_EPS, Rule
from scpo.methods import EXTERNAL, EXTERNAL_PREFIX, TRAINING_UNKNOWN
from scpo.settings import load_settings as read_settings
from scpo.store.broken import READERS, broken_entries
from scpo.store.datasets import list_infos
from scpo.store.scored import FinishedRun, Known, Scored

MOST_STATES = 2
"""So many states of the store are kept as they were read: each run that finishes makes a new one, with all arrays."""

REFERENCE_SETTING = clicks.setting_id("scpo", DEFAULT_TAU, DEFAULT_BETA)


def list_datasets() -> dict[str, DatasetInfo]:
    """Return the registered data sets by name; survey answers stand last."""
    infos = list_infos(results.open_store())
    return {info.name: info for info in sorted(infos, key=lambda info: SOURCES[info.source].unit == "question")}


def load_broken() -> list[str]:
    """Name what the pickers leave out because it cannot be read, a sentence each; runs are named by their pages."""
    return list(broken_entries(results.open_store(), [kind for kind in READERS if kind != "runs"]).values())


def info_of(selection: Selection) -> DatasetInfo:
    """Return the selected data set, which must be registered.

    Raises
    ------
    InputError
        If no data set is chosen.
    """
    return list_datasets()[selection.scores[0]]


def community_name(info: DatasetInfo) -> Callable[[str], str]:
    """Return the function that writes a community of a data set for a reader."""
    return display_name if info.group == "country" else str


def name_of(selection: Selection) -> Callable[[str], str]:
    """Return the function that writes a community of the selected data set for a reader."""
    return community_name(info_of(selection))


def list_models(dataset: str) -> list[str]:
    """Return the global models whose scores exist for a data set."""
    return results.list_models(results.open_store(), dataset)


def fingerprint(dataset: str | None, model: str | None) -> str:
    """Return what changes when scores appear or a run finishes."""
    if dataset is None:
        return ",".join(list_datasets())
    if model is None:
        return f"{dataset}:" + ",".join(list_models(dataset))
    return str(results.fingerprint(results.open_store(), dataset, model))


@cached(most=MOST_STATES, shared=True, runs=False)
def load_scored(selection: Selection) -> Scored:
    """Return the data set with the global model's rewards; shared, not to be changed."""
    dataset, model, _ = selection.scores
    return results.load_scored(results.open_store(), dataset, model)


def load_finished(selection: Selection) -> list[FinishedRun]:
    """Return the finished runs of the selected data set and model; shared, not to be changed."""
    return _read_runs(selection)[0]


def load_progress() -> list[Sign]:
    """Return the work that runs, or that failed last."""
    return read_signs(results.open_store())


def load_study_progress(selection: Selection) -> Sign | None:
    """Return how far the study of the selected data set and model is; None without one."""
    if selection.dataset is None or selection.model is None:
        return None
    return results.study_progress(results.open_store(), selection.dataset, selection.model)


def is_running(progress: list[Sign]) -> bool:
    """Tell whether anything is still at work."""
    return any(one.state == "running" for one in progress)


def work_counts() -> results.WorkCounts:
    """Return how much is worked on and how much waits."""
    return results.work_counts(results.open_store())


def missing_runs(selection: Selection) -> dict[str, str]:
    """Return which finished runs of the selected data set and model are missing, and why."""
    unread = _read_runs(selection)[1]
    return results.missing_runs(results.open_store(), load_scored(selection), unread=unread)


@cached(most=MOST_STATES, shared=True)
def _read_runs(selection: Selection) -> tuple[list[FinishedRun], dict[str, str]]:
    return results.read_runs(results.open_store(), load_scored(selection), known=known_runs(selection))


@cached(most=MOST_STATES, shared=True, runs=False)
def known_runs(selection: Selection) -> Known:
    """Return where the runs of the selected data set and model are kept once they are read: one more is read alone."""
    return {}


@cached(most=MOST_STATES, shared=True)
def load_externals(selection: Selection) -> results.Externals:
    """Return the models from elsewhere that are compared with the global model; shared, not to be changed."""
    return results.load_externals(results.open_store(), load_scored(selection))


@cached("level", most=32, say="Computing intervals over users …", runs=False)
def _country_table(selection: Selection) -> pd.DataFrame:
    return results.country_table(load_scored(selection), selection.evaluation)


@cached("level", "countries", most=64, say="Computing intervals over users …")
def _setting_table(selection: Selection, rule: Rule, eps: float) -> pd.DataFrame:
    table = results.setting_table(
        load_scored(selection),
        load_finished(selection),
        selection.evaluation,
        rule=rule,
        eps=eps,
        countries=list(selection.countries) or None,
        studies=results.list_studies(results.open_store()),
        externals=load_externals(selection).models,
    )
    table = named(table, by=("country",))
    return table if table.empty else pointed(table)


@cached("level", most=16, say="Computing paired differences …")
def _bias_table(selection: Selection) -> pd.DataFrame:
    runs, elsewhere = load_finished(selection), load_externals(selection).models
    cells = results.bias_table(load_scored(selection), runs, selection.evaluation, externals=elsewhere)
    return named_cells(cells, _country_table(selection))


def named_cells(cells: pd.DataFrame, countries: pd.DataFrame) -> pd.DataFrame:
    """Add what the matrix needs to `results.bias_table`: settings, the name of each cell and of its countries.

    Parameters
    ----------
    countries : DataFrame
        `results.country_table`.
    """
    table = named(cells, by=("trained_for", "tested_on"))
    if table.empty:
        return table
    names = countries.set_index("country")["name"]
    places = zip(table["trained_for"], table["tested_on"], strict=True)
    return table.assign(
        cell=[clicks.cell_id(trained, tested) for trained, tested in places],
        trained_name=table["trained_for"].map(names).fillna(table["trained_for"]),
        tested_name=table["tested_on"].map(names).fillna(table["tested_on"]),
    )


@cached("level", most=16, say="Computing paired differences …")
def _steering_table(selection: Selection) -> pd.DataFrame:
    runs, elsewhere = load_finished(selection), load_externals(selection).models
    return results.over_steering_table(load_scored(selection), runs, selection.evaluation, externals=elsewhere)


def load_steering(selection: Selection, settings: pd.DataFrame) -> pd.DataFrame:
    """Return the settings of single countries with the verdict on over-steering, corrected over all there are."""
    return results.steering_points(settings, _steering_table(selection))


def named(table: pd.DataFrame, *, by: tuple[str, ...]) -> pd.DataFrame:
    """Add the columns a chart needs: setting, setting_label, method_label.

    Settings of one country that differ in the training only are numbered, so that every point keeps its own name;
    models from elsewhere (column `external`) go by theirs.
    """
    if table.empty:
        return table
    settings = list(zip(_methods(table), table["tau"], table["beta"], strict=True))
    seen: Counter[str] = Counter()
    keys = []
    for *place, (method, tau, beta) in zip(*(table[column] for column in by), settings, strict=True):
        name = repr((place, method, tau, beta))
        seen[name] += 1
        keys.append((method, tau, beta, seen[name]))
    return table.assign(
        setting=[clicks.setting_id(m if n == 1 else f"{m}#{n}", tau, beta) for m, tau, beta, n in keys],
        setting_label=[_label(m, t, b) + (f", training {n}" if n > 1 else "") for m, t, b, n in keys],
        method_label=[text.method_label(m) for m in table["method"]],
        training=[TRAINING_UNKNOWN.removeprefix("training ") if m == EXTERNAL else "" for m in table["method"]],
    )


def _methods(table: pd.DataFrame) -> list[str]:
    """Return what settings are called by: the method, or the name of a model from elsewhere."""
    if "external" not in table:
        return [str(method) for method in table["method"]]
    return [
        f"{EXTERNAL_PREFIX}{name}" if method == EXTERNAL else method
        for method, name in zip(table["method"], table["external"], strict=True)
    ]


def _label(method: str, tau: float, beta: float) -> str:
    if method.startswith(EXTERNAL_PREFIX):
        return text.external_label(method.removeprefix(EXTERNAL_PREFIX))
    return text.setting_label(method, tau, beta)


def pointed(table: pd.DataFrame) -> pd.DataFrame:
    """Add the name of each point of a trade-off: its country and its setting."""
    places = zip(table["country"], table["setting"], strict=True)
    return table.assign(point=[clicks.point_id(country, setting) for country, setting in places])


def _only(table: pd.DataFrame, column: str, countries: tuple[str, ...]) -> pd.DataFrame:
    return table[table[column].isin(countries)] if countries and len(table) else table


def has_runs(selection: Selection) -> bool:
    """Tell whether the selected data set and model have a finished run, or a model from elsewhere to compare."""
    if selection.dataset is None or selection.model is None:
        return False
    return bool(load_finished(selection)) or bool(load_externals(selection).models)


def load_countries(selection: Selection) -> pd.DataFrame:
    """Return the global model's accuracy and disagreement per selected country."""
    return _only(_country_table(selection), "country", selection.countries)


def load_settings(selection: Selection, *, rule: Rule = "max_all_country", eps: float = DEFAULT_EPS) -> pd.DataFrame:
    """Return one row per country and setting, the mean over countries included; empty while no run is finished."""
    table = _setting_table(selection, rule, eps)
    return table if len(table) and (table["method"] != "global").any() else pd.DataFrame()


def load_bias(selection: Selection, *, every: bool = False) -> pd.DataFrame:
    """Return one row per trained-for country, tested-on country and setting.

    Rows are the selected countries; columns too if at least two are selected. Otherwise, and with `every`, the columns
    are the countries that a model was trained for and those with enough test users.
    """
    table = _bias_table(selection)
    if every:
        return table
    rows = _only(table, "trained_for", selection.countries)
    if len(selection.countries) > 1:
        return _only(rows, "tested_on", selection.countries)
    return rows[rows["tested_on"].isin(rows["trained_for"]) | ~rows["too_few_users"].astype(bool)]


def settings_of(table: pd.DataFrame) -> dict[str, str]:
    """Return the settings of a table, without the global model: id to label; none of an empty table."""
    if table.empty:
        return {}
    tuned = table[table["method"] != "global"].drop_duplicates("setting")
    return dict(zip(tuned["setting"], tuned["setting_label"], strict=True))


@cached("level", "countries", most=64)
def load_setting_labels(selection: Selection) -> dict[str, str]:
    """Return the settings of `load_settings`: id to label."""
    return settings_of(load_settings(selection))


def load_devices() -> list[Device]:
    """Return what runs may use, with memory and utilisation of GPUs as they are now."""
    return devices(read_settings().device)


def is_read_only() -> bool:
    """Tell whether nothing may be started or changed."""
    return read_settings().read_only
