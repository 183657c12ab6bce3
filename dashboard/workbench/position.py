"""Where the sliders of the Workbench stand: tau and beta, own values of single countries, and which country is shown.

The position is kept here and not in the widgets: it survives a change of the page, presets and proposals change it, and
two widgets, a slider and a number, show each value. What they show is made to follow where they are drawn
(`widgets.showing`). The address is written after the position and read only on arrival.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple
from urllib.parse import quote, unquote

import streamlit as st

from dashboard.frame import state, widgets
from scpo.config import DEFAULT_BETA, DEFAULT_TAU, ObjectiveConfig
from scpo.methods import PREVIEWED
from scpo.results import MEAN

TAUS, BETAS = (0.05, 1.0), (0.1, 5.0)
"""Ends of the sliders."""

KEPT, STEPS = "_workbench_position", "_workbench_steps"
TOGETHER = 2.0
"""Seconds within which moves of one slider are one step of *Undo*."""

MOST_STEPS = 50
SLIDERS = {"tau": "workbench_tau_slider", "beta": "workbench_beta_slider"}
NUMBERS = {"tau": "workbench_tau_number", "beta": "workbench_beta_number"}
VIEW, OWN = "workbench_view", "workbench_own"
"""Places of the widgets that move the position."""

NAMES = ("tau", "beta", "own", "of")
"""URL parameters; none of them belongs to a widget."""


@dataclass(frozen=True)
class Position:
    """Values of the sliders."""

    tau: float = DEFAULT_TAU
    beta: float = DEFAULT_BETA
    own: tuple[tuple[str, float, float], ...] = ()
    """Countries with values of their own: country, tau, beta."""

    view: str = MEAN
    """The country that is shown, or the mean over countries."""

    def at(self, country: str) -> tuple[float, float]:
        """Return tau and beta of a country; of all without own values for the mean."""
        return next(((tau, beta) for name, tau, beta in self.own if name == country), (self.tau, self.beta))

    def has_own(self, country: str) -> bool:
        """Tell whether a country has values of its own."""
        return any(name == country for name, _, _ in self.own)

    def moved(self, *, tau: float | None = None, beta: float | None = None) -> Position:
        """Return the position after a move of what the sliders show: a country's own values, or those of all."""
        now = self.at(self.view)
        new_tau = within(now[0] if tau is None else tau, TAUS)
        new_beta = within(now[1] if beta is None else beta, BETAS)
        if self.has_own(self.view):
            own = tuple((c, new_tau, new_beta) if c == self.view else (c, t, b) for c, t, b in self.own)
            return replace(self, own=own)
        return replace(self, tau=new_tau, beta=new_beta)

    def with_own(self, country: str) -> Position:
        """Return the position after a country has got its own values, for now those of all; it keeps what it has."""
        if self.has_own(country):
            return self
        return replace(self, own=tuple(sorted({*self.own, (country, self.tau, self.beta)})))

    def without_own(self, country: str) -> Position:
        """Return the position after a country has given up its own values."""
        return replace(self, own=tuple(one for one in self.own if one[0] != country))

    def objectives(self, country: str, methods: Iterable[str] = PREVIEWED) -> tuple[ObjectiveConfig, ...]:
        """Return the settings of a country, one per method."""
        tau, beta = self.at(country)
        return tuple(ObjectiveConfig(method=method, tau=tau, beta=beta) for method in methods)

    @property
    def values(self) -> tuple[float, float, tuple[tuple[str, float, float], ...]]:
        """What *Undo* takes back: all but which country is shown."""
        return self.tau, self.beta, self.own

    def query(self) -> dict[str, str]:
        """Return the URL parameters; empty where it is the default."""
        own = ";".join(f"{quote(country, safe='')}:{tau:g}:{beta:g}" for country, tau, beta in self.own)
        return {
            "tau": "" if self.tau == DEFAULT_TAU else f"{self.tau:g}",
            "beta": "" if self.beta == DEFAULT_BETA else f"{self.beta:g}",
            "own": own,
            "of": "" if self.view == MEAN else self.view,
        }


class Step(NamedTuple):
    """Where the sliders stood before a move, by what it was made, and when (seconds)."""

    before: Position
    by: str
    at: float


def within(value: float, ends: tuple[float, float]) -> float:
    """Return a value inside the ends of a slider, to two decimals."""
    return round(min(max(float(value), ends[0]), ends[1]), 2)


def from_query(query: Mapping[str, str]) -> Position:
    """Read the URL parameters; what cannot be read is the default."""
    own = {}
    for part in query.get("own", "").split(";"):
        country, _, values = part.partition(":")
        tau, beta = (_number(written) for written in values.partition(":")[::2])
        if country and tau is not None and beta is not None:
            own[unquote(country)] = (within(tau, TAUS), within(beta, BETAS))
    tau, beta = _number(query.get("tau", "")), _number(query.get("beta", ""))
    return Position(
        tau=DEFAULT_TAU if tau is None else within(tau, TAUS),
        beta=DEFAULT_BETA if beta is None else within(beta, BETAS),
        own=tuple((country, *values) for country, values in sorted(own.items())),
        view=query.get("of") or MEAN,
    )


def _number(written: str) -> float | None:
    try:
        value = float(written)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def arrive() -> Position:
    """Return the position; on arrival that of the address, if it names one, and after Back in any case."""
    asked = {name: st.query_params[name] for name in NAMES if name in st.query_params}
    if KEPT not in st.session_state or (state.just_arrived() and (asked or state.came_back())):
        st.session_state.pop(STEPS, None)
        put(from_query(asked))
    return current()


def current() -> Position:
    """Return the position."""
    return st.session_state.get(KEPT, Position())


def put(position: Position) -> None:
    """Keep a position."""
    st.session_state[KEPT] = position


def step(to: Position, by: str = "") -> None:
    """Move so that it can be undone; what the same slider (`by`) does without a pause is one step."""
    steps, now = st.session_state.setdefault(STEPS, []), time.monotonic()
    if to.values != current().values:
        goes_on = bool(steps) and by and steps[-1].by == by and now - steps[-1].at < TOGETHER
        before = steps.pop().before if goes_on else current()
        if before.values != to.values:
            steps.append(Step(before, by, now))
        del steps[:-MOST_STEPS]
    put(to)


def last() -> Position | None:
    """Return where the sliders stood before the last step, seen as now; None if nothing was moved."""
    steps = st.session_state.get(STEPS)
    return replace(steps[-1].before, view=current().view) if steps else None


def undo() -> None:
    """Take back the last step; the country that is shown stays."""
    before = last()
    if before is not None:
        st.session_state[STEPS].pop()
        put(before)


def move(name: str, key: str) -> None:
    """Follow a slider or a number."""
    if widgets.moved(key):
        step(current().moved(**{name: st.session_state[key]}), name)


def jump(tau: float | None, beta: float | None) -> None:
    """Move to a preset or proposal; None leaves a value where it is."""
    step(current().moved(tau=tau, beta=beta))


def look(key: str) -> None:
    """Follow the picker of the country."""
    if widgets.moved(key):
        put(replace(current(), view=st.session_state[key]))


def toggle_own(country: str, key: str) -> None:
    """Give a country its own values, or take them away."""
    if widgets.moved(key):
        step(current().with_own(country) if st.session_state[key] else current().without_own(country))


def forget_own(country: str) -> None:
    """Take away a country's own values."""
    step(current().without_own(country))


def write_address(position: Position) -> None:
    """Have the address say what the sliders say."""
    for name, value in position.query().items():
        widgets.write_address(name, value)
