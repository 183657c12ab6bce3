"""Words and numbers as a reader sees them: fractions become percent here, and nowhere else."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from types import MappingProxyType
from typing import Any

import pandas as pd

from dashboard.kit import glossary, theme
from scpo import definitions
from scpo.measures.estimate import Estimate
from scpo.measures.families import TOO_FEW_USERS
from scpo.measures.intervals import ALPHA as ALPHA
from scpo.methods import EXTERNAL_PREFIX
from scpo.words import counted as count
from scpo.words import some

NBSP = "\u00a0"
SAMPLE_BANNER = "Synthetic sample: says nothing about real countries."
UNKNOWN = "unknown"
FEW_USERS = TOO_FEW_USERS


def percent(value: float | None) -> str:
    """Write a fraction as percent with one decimal."""
    return UNKNOWN if value is None or math.isnan(value) else f"{100 * value:.1f}{NBSP}%"


def points(value: float | None) -> str:
    """Write a difference of fractions in points, with its sign."""
    if value is None or math.isnan(value):
        return UNKNOWN
    return f"{signed(value)}{NBSP}points"


def signed(value: float, *, decimals: int = 1) -> str:
    """Write a difference of fractions as a signed number of points, without the unit."""
    text = f"{100 * value:+.{decimals}f}"
    return text.replace("-", "−") if float(text) else text[1:]


def percent_range(low: float, high: float) -> str:
    """Write an interval of a share."""
    return "no interval" if math.isnan(low) or math.isnan(high) else f"[{100 * low:.1f}, {100 * high:.1f}]"


def points_range(low: float, high: float) -> str:
    """Write an interval of a difference."""
    return "no interval" if math.isnan(low) or math.isnan(high) else f"[{signed(low)}, {signed(high)}]"


def share_estimate(row: Mapping[str, Any] | pd.Series, name: str = "") -> str:
    """Write value and interval of a share from the columns ``<name>_value``, ``_low``, ``_high``, or without a name."""
    value, low, high = _ends(row, name)
    return f"{percent(value)} {percent_range(low, high)}"


def difference_estimate(row: Mapping[str, Any] | pd.Series, name: str = "") -> str:
    """Write value and interval of a difference from the same columns."""
    value, low, high = _ends(row, name)
    return f"{points(value)} {points_range(low, high)}"


def _ends(row: Mapping[str, Any] | pd.Series, name: str) -> tuple[float, float, float]:
    before = f"{name}_" if name else ""
    return row[f"{before}value"], row[f"{before}low"], row[f"{before}high"]


def share(number: Estimate) -> str:
    """Write a share with its interval."""
    return f"{percent(number.value)} {percent_range(number.low, number.high)}"


def difference(number: Estimate) -> str:
    """Write a difference with its interval."""
    return f"{points(number.value)} {points_range(number.low, number.high)}"


def recovered(row: Mapping[str, Any] | pd.Series) -> str:
    """Write a recovered share with what label-blind flips of the same size recover, and the excess over it."""
    return f"{share_estimate(row, 'true')}, {excess(row)}"


def excess(row: Mapping[str, Any] | pd.Series) -> str:
    """Write an excess with the label-blind share that it goes beyond."""
    blind = percent(row["blind_value"])
    return f"excess {difference_estimate(row, 'excess')} over the {blind} of a label-blind change of the same size"


@cache
def engine() -> str:
    """Name the engine with its version."""
    return f"scpo {version('scpo')}"


def level_name(level: float) -> str:
    """Write a confidence level."""
    return f"{100 * level:.0f}{NBSP}%"


def p_value(value: float) -> str:
    """Write a p-value."""
    if math.isnan(value):
        return UNKNOWN
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def duration(seconds: float | None) -> str:
    """Write a remaining time in words."""
    if seconds is None or math.isnan(seconds):
        return "remaining time not known yet"
    return f"about {span(seconds)} left"


def span(seconds: float) -> str:
    """Write a duration in the unit one waits in."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def gibibytes(size: float) -> str:
    """Write an amount of memory."""
    return UNKNOWN if math.isnan(size) else f"{size / 2**30:.1f}{NBSP}GiB"


def moment(written: str | None) -> str:
    """Write a moment that is stored as ISO 8601 in UTC."""
    return UNKNOWN if written is None else f"{written[:10]} {written[11:19]} UTC"


def method_label(method: str) -> str:
    """Return the name of a method for a reader."""
    return theme.METHODS[method].label if method in theme.METHODS else method


def setting_label(method: str, tau: float | None, beta: float | None) -> str:
    """Write a setting: ``Filter + weight (τ 0.7, β 1.1)``."""
    parts = [f"{name} {v:g}" for name, v in (("τ", tau), ("β", beta)) if v is not None and not math.isnan(v)]
    return f"{method_label(method)} ({', '.join(parts)})" if parts else method_label(method)


def external_label(name: str) -> str:
    """Write the setting of a model from elsewhere: wherever it stands, it says that its training is not known."""
    return f"{name} (external, training unknown)"


def plain(text: str) -> str:
    """Say it in the words of this run, and escape all that Markdown would read as markup: names come from the data."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~$:])", r"\\\1", glossary.said(text))


def with_commands(sentence: str) -> str:
    """Write a sentence of the engine: commands stand between backticks and are shown as such, the rest is plain."""
    parts = sentence.split("`")
    if len(parts) % 2 == 0:
        return plain(sentence)
    return "".join(f"`{part}`" if place % 2 else plain(part) for place, part in enumerate(parts) if part)


def listed(names: Iterable[str], *, most: int = 6) -> str:
    """Write names as a list; the rest is counted."""
    names = list(names)
    if len(names) > most:
        return some(names, most)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else "none"


def left_out(broken: Sequence[str], *, most: int = 3) -> list[str]:
    """Name entries that cannot be read, each in a sentence; the last sentence counts the rest."""
    rest = len(broken) - most
    counted = [f"{count(rest, 'more entry', 'more entries')} left out."] if rest > 0 else []
    return [*(with_commands(f"Left out: {one}.") for one in broken[:most]), *counted]


def short_ids(runs: Sequence[str], *, most: int = 3) -> str:
    """Write run ids, shortened, the rest counted; models from elsewhere go by their names."""
    unique = list(dict.fromkeys(runs))
    shown = ", ".join(run if run.startswith(EXTERNAL_PREFIX) else run[:8] for run in unique[:most])
    return shown + (f" (+{len(unique) - most})" if len(unique) > most else "")


def all_runs(table: pd.DataFrame) -> list[str]:
    """Return the distinct run ids of a table, in its order."""
    return list(dict.fromkeys(run for runs in table["runs"] for run in as_list(runs)))


def as_list(value: Any) -> list[str]:
    """Return a cell that holds several ids as a list; empty where there are none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return []
    return [value] if isinstance(value, str) else [str(one) for one in value]


def sample_text(row: Mapping[str, Any] | pd.Series, prefix: str = "") -> str:
    """Write what a number rests on."""
    return f"{count(row[f'{prefix}n_pairs'], 'pair')}, {count(row[f'{prefix}n_users'], 'user')}"


def lost_and_won(row: Mapping[str, Any] | pd.Series) -> str:
    """Write how many pairs a model lost and won against the global model: ``107 lost, 30 won``."""
    if pd.isna(row["lost"]) or pd.isna(row["won"]):
        return UNKNOWN
    return f"{row['lost']:,.0f} lost, {row['won']:,.0f} won"


def how(*names: str, own: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return the explanation of a chart.

    Parameters
    ----------
    own : mapping
        What only the charts of one page explain; every other name is one of `scpo.definitions`.
    """
    return "\n\n".join(own[name] if name in own else definitions.markdown(name) for name in names)


def model_label(name: str, setting: str, runs: Sequence[str]) -> str:
    """Name the model of a country: its setting, and whether it stands for one run or for a mean over seeds."""
    if runs and runs[0].startswith(EXTERNAL_PREFIX):
        return f"{name}: {setting}"
    which = f"run {runs[0][:8]}" if len(runs) == 1 else f"mean of {len(runs)} seeds"
    return f"{name}: {setting}, {which}"


def own_model_label(setting: str) -> str:
    """Name for each pair the model of its own country."""
    return f"Own country's model: {setting}"


def solid(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with enough users."""
    return table[~table["too_few_users"].astype(bool)]


def label_of(labels: Mapping[Any, str]) -> Callable[[Any], Any]:
    """Return the function that writes the options of a picker; None for one that is not offered any more."""
    return labels.get
