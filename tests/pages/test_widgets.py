"""Widgets that more than one thing moves, and the address, while the browser is a step behind."""

import pytest

from dashboard import position, widgets
from dashboard.position import Position


class Address(dict):
    """The reported address; it notes what is written over it."""

    def __init__(self, **reported):
        super().__init__(reported)
        self.written = []

    def __setitem__(self, name, value):
        super().__setitem__(name, value)
        self.written.append((name, value))

    def __delitem__(self, name):
        super().__delitem__(name)
        self.written.append((name, None))


@pytest.fixture
def session(monkeypatch):
    kept = {}
    monkeypatch.setattr(widgets.st, "session_state", kept)
    return kept


@pytest.fixture
def report(monkeypatch):
    """Have the browser report an address."""

    def report(**values):
        monkeypatch.setattr(widgets.st, "query_params", Address(**values))
        return widgets.st.query_params

    return report


def test_a_widget_that_shows_the_value_stays_and_another_makes_place(session):
    first = widgets.showing("place", 0.6)
    assert widgets.showing("place", 0.7) == first, "it has not been drawn yet"
    session[first] = 0.6100000000000001
    assert widgets.showing("place", 0.61) == first
    second = widgets.showing("place", 0.62)
    assert second != first
    assert widgets.stands("place", second) and not widgets.stands("place", first)
    assert widgets.showing("other", "CAN") == "other_0"


def test_what_an_old_widget_reports_moves_nothing(session):
    position.put(Position(tau=0.6))
    place = position.NUMBERS["tau"]
    old = widgets.showing(place, 0.6)
    session[old] = 0.6
    position.put(Position(tau=0.61))
    new = widgets.showing(place, 0.61)
    position.move("tau", place, old)
    assert position.current().tau == 0.61
    session[new] = 0.7
    position.move("tau", place, new)
    assert position.current().tau == 0.7
    session[new] = None
    position.move("tau", place, new)
    assert position.current().tau == 0.7


def test_the_country_and_its_toggle_follow_only_what_stands(session):
    old, now = widgets.key(position.VIEW), widgets.renew(position.VIEW)
    session.update({old: "CAN", now: "CHL"})
    position.look(old)
    assert position.current().view != "CAN"
    position.look(now)
    assert position.current().view == "CHL"
    old, now = widgets.key(position.OWN), widgets.renew(position.OWN)
    session.update({old: True, now: True})
    position.toggle_own("CHL", old)
    assert not position.current().own
    position.toggle_own("CHL", now)
    assert position.current().has_own("CHL")


def test_the_address_is_written_only_where_it_says_something_else(session, report):
    address = report(tau="0.6")
    widgets.write_address("tau", "0.6")
    widgets.write_address("beta", "")
    assert address.written == []
    widgets.write_address("tau", "0.61")
    widgets.write_address("beta", "2")
    assert address.written == [("tau", "0.61"), ("beta", "2")]
    address = report(tau="0.61", beta="2")
    widgets.write_address("tau", "")
    assert address.written == [("tau", None)]


def test_an_address_reported_before_the_last_writing_counts_for_nothing(session, report):
    report(tau="0.6")
    widgets.write_address("tau", "0.61")
    widgets.write_address("own", "CAN:0.5:1")
    address = report(tau="0.6")
    widgets.write_address("tau", "0.6")
    widgets.write_address("own", "")
    assert address.written == [("tau", "0.6"), ("own", ""), ("own", None)]
    address.written.clear()
    widgets.write_address("tau", "0.6")
    widgets.write_address("own", "")
    assert address.written == []
