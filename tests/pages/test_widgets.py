"""Widgets that more than one thing moves, and the address, while the browser is a step behind."""

import pytest

from dashboard.frame import widgets
from dashboard.workbench import position
from dashboard.workbench.position import Position


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
    session[first] = 0.6100000000000001
    assert widgets.showing("place", 0.61) == first
    second = widgets.showing("place", 0.62)
    assert second != first and widgets.showing("place", 0.62) == second
    assert widgets.showing("other", "CAN") == widgets.showing("other", "CAN")


def test_a_widget_that_was_not_drawn_for_a_while_makes_place_if_it_would_show_something_else(session):
    first = widgets.showing("place", True)
    assert widgets.showing("place", True) == first
    assert widgets.showing("place", False) != first


def test_the_keys_of_a_place_are_few(session):
    keys = {widgets.showing("place", float(value)) for value in range(1_000)}
    assert 2 < len(keys) < 100 and len(session[widgets._SEEN]) == len(keys)


def test_a_widget_has_moved_if_it_reports_what_it_has_not_shown(session):
    old = widgets.showing("place", 0.6)
    session[old] = 0.6
    assert not widgets.moved(old)
    new = widgets.showing("place", 0.61)
    assert not widgets.moved(old), "it has made place, and reports what it showed"
    session[old] = 0.8
    assert widgets.moved(old) and not widgets.moved(old), "it was moved before the browser heard that it made place"
    session[new] = 0.6
    assert widgets.moved(new)


def test_what_a_number_repeats_moves_nothing(session):
    position.put(Position(tau=0.6))
    old = widgets.showing(position.NUMBERS["tau"], 0.6)
    session[old] = 0.6
    position.put(Position(tau=0.61))
    new = widgets.showing(position.NUMBERS["tau"], 0.61)
    position.move("tau", old)
    assert position.current().tau == 0.61
    session[new] = 0.7
    position.move("tau", new)
    assert position.current().tau == 0.7


def test_what_the_country_and_its_toggle_repeat_moves_nothing(session):
    position.put(Position(own=(("CAN", 0.5, 2.0),), view="CAN"))
    view, own = widgets.showing(position.VIEW, "CAN"), widgets.showing("own_CAN", True)
    session.update({view: "CAN", own: True})
    position.put(Position())
    position.look(view)
    position.toggle_own("CAN", own)
    assert position.current() == Position()
    session.update({view: "CHL"})
    position.look(view)
    assert position.current().view == "CHL"


def test_own_values_are_given_once():
    there = Position(own=(("CAN", 0.5, 2.0),))
    assert there.with_own("CAN") == there
    assert position.from_query({"own": "CAN:0.5:2;CAN:0.6:1"}).own == (("CAN", 0.6, 1.0),)


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


def test_on_another_page_what_was_written_before_is_forgotten(session, report):
    report()
    widgets.write_address("run", "abc")
    widgets.forget_address()
    address = report()
    widgets.write_address("run", "")
    assert address.written == []
