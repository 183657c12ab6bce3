"""A picture is drawn once for everybody who looks at the same values, and anew for any other."""

from __future__ import annotations

import threading

import altair as alt
import pandas as pd
import pytest

from dashboard.kit import drawn as kept
from dashboard.kit import exports
from dashboard.kit.drawn import drawn
from dashboard.kit.live import frame
from scpo.once import Once

TABLE = pd.DataFrame({"who": ["Chile", "Peru"], "share": [0.25, float("nan")], "runs": [["a"], ["b", "c"]]})
CALLS: list[bool] = []


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(kept, "_KEPT", Once(kept.MOST_KEPT))
    CALLS.clear()


def chart(table: pd.DataFrame, *, colour: str, dark: bool) -> alt.Chart:
    CALLS.append(dark)
    return alt.Chart(table).mark_point(color=colour).encode(x="share:Q", y="who:N", opacity=alt.value(1 - dark / 2))


def picture(table: pd.DataFrame, colour: str = "red", inner=None):
    return lambda dark: chart(table.assign(n=len(table)) if inner is None else inner(table), colour=colour, dark=dark)


def test_who_asks_for_a_picture_while_it_is_built_waits_for_it():
    begun, go, built = threading.Event(), threading.Event(), []

    @frame
    def build(colour: str, *, dark: bool):
        begun.set()
        go.wait(60)
        return {"mark": colour, "dark": dark}

    threads = [threading.Thread(target=lambda: built.append(build("red", dark=True))) for _ in range(3)]
    for one in threads:
        one.start()
    assert begun.wait(60)
    go.set()
    for one in threads:
        one.join()
    assert len(built) == 3 and built[0] is built[1] is built[2]
    assert build("blue", dark=True) == {"mark": "blue", "dark": True} and build("red", dark=True) is built[0]


def test_what_holds_the_same_values_is_drawn_once():
    first = drawn(picture(TABLE), dark=False)
    assert drawn(picture(TABLE.copy()), dark=False) is first and CALLS == [False]
    assert drawn(picture(TABLE), dark=True) is not first and CALLS == [False, True]


@pytest.mark.parametrize(
    "other",
    [
        picture(TABLE.assign(share=[0.25, 0.5])),
        picture(TABLE.rename(columns={"runs": "run"})),
        picture(TABLE.iloc[::-1]),
        picture(TABLE, "blue"),
        picture(TABLE, inner=lambda table: table.head(1)),
        picture(TABLE, inner=lambda table: table.tail(1)),
        lambda dark: chart(TABLE, colour="red", dark=dark),
    ],
)
def test_other_values_and_other_code_are_another_picture(other):
    drawn(picture(TABLE, inner=lambda table: table), dark=False)
    drawn(picture(TABLE), dark=False)
    drawn(other, dark=False)
    assert len(CALLS) == 3


def test_functions_that_differ_in_what_their_own_functions_hold_are_told_apart():
    def first(n):
        return lambda table: table.head(n)

    one, two = (drawn(picture(TABLE, inner=first(n)), dark=False) for n in (1, 2))
    assert [len(next(iter(found.tables.values()))) for found in (one, two)] == [1, 2]
    assert drawn(picture(TABLE, inner=first(2)), dark=False) is two


def test_what_cannot_be_told_apart_is_drawn_every_time():
    lock = threading.Lock()

    def draw(dark: bool) -> alt.Chart:
        with lock:
            return chart(TABLE, colour="red", dark=dark)

    drawn(draw, dark=False)
    drawn(draw, dark=False)
    assert len(CALLS) == 2


def test_the_screen_gets_the_specification_and_the_rows_of_the_chart():
    whole = exports.spec_of(chart(TABLE, colour="red", dark=False))
    shown = drawn(lambda dark: chart(TABLE, colour="red", dark=dark), dark=False).on_screen({"font": "x"})
    assert (
        shown["config"] == {"font": "x"} and shown["encoding"] == whole["encoding"] and shown["data"] == whole["data"]
    )
    assert {name: table.to_pylist() for name, table in shown["datasets"].items()} == whole["datasets"]


def test_the_oldest_pictures_go_first(monkeypatch):
    monkeypatch.setattr(kept, "_KEPT", Once(2))
    for colour in ("red", "blue", "red", "green", "red", "blue"):
        drawn(picture(TABLE, colour), dark=False)
    assert len(CALLS) == 4 and len(kept._KEPT) == 2


def test_the_picture_of_a_slider_is_drawn_every_time_and_puts_none_out(monkeypatch):
    monkeypatch.setattr(kept, "_KEPT", Once(1))
    first = drawn(picture(TABLE), dark=False)
    for _ in range(2):
        drawn(picture(TABLE, "blue"), dark=False, keep=False)
    assert drawn(picture(TABLE), dark=False) is first and len(CALLS) == 3
