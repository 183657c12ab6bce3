"""Visitors who speak the server's protocol do what people do with the pages: the bench of the screen rests on them."""

from __future__ import annotations

import browsing
import pytest

from dashboard.visits import tour
from dashboard.visits.runs import Starts
from dashboard.visits.tour import SHARES, Tour, measure, own_file, server_megabytes
from dashboard.visits.visitor import Shown
from scpo.jobs.control import supervisor_lock
from scpo.store.runs import RunDirectory

pytestmark = pytest.mark.slow


@pytest.fixture
def visit(address):
    made = Tour(address, {}, seed=0)
    yield made
    made.visitor.close()


@pytest.mark.parametrize("kind", list(SHARES))
def test_each_thing_that_people_do_is_done(visit, kind):
    before = dict(visit.visitor.shown)
    getattr(visit, kind)()
    assert visit.visitor.shown and (kind in ("update", "export") or visit.visitor.shown != before)
    assert visit.failed == []


def test_a_move_of_a_slider_draws_another_picture_and_a_download_is_the_file(visit):
    visit.slide()
    charts = [one.content for one in visit.visitor.shown.values() if one.kind == "vega_lite_chart"]
    visit.slide()
    moved = [one.content for one in visit.visitor.shown.values() if one.kind == "vega_lite_chart"]
    assert charts and len(charts) == len(moved) and charts != moved
    visit.load("tradeoff")
    button = next(one for one in visit.visitor.downloads() if "png" in one.key)
    assert visit.visitor.download(button).startswith(b"\x89PNG")


def test_an_error_on_a_page_counts_as_a_failure(visit, monkeypatch):
    visit.shares = {"bring": 1}
    monkeypatch.setattr(tour, "own_file", lambda number: b"PK\x03\x04" + bytes(100))
    visit.act()
    assert visit.failed and visit.failed[0].startswith("bring: ")


def test_sessions_share_the_actions_and_each_is_counted(address, monkeypatch):
    import os

    monkeypatch.setattr(tour, "SHARES", {"load": 1, "slide": 1})
    found = measure(address, os.getpid(), {}, sessions=2, actions=20, pause=0.0, rest=0.0)
    kinds = found["took"]
    assert found["failed"] == {} and kinds["load"]["n"] + kinds["slide"]["n"] == 20
    assert kinds["move"]["n"] == kinds["slide"]["n"] and kinds["move"]["p95"] < kinds["slide"]["p95"] + 1e-9
    assert [one["actions"] for one in found["sizes"]] == [0, 20, 20, 20] and found["actions"] == 20
    assert server_megabytes(os.getpid())[0] > 50 and found["errors"] == 0 and found["runs"] is None


def test_sessions_leave_when_their_time_is_over(address, monkeypatch):
    import os

    monkeypatch.setattr(tour, "SHARES", {"update": 1})
    found = measure(address, os.getpid(), {}, sessions=1, actions=None, minutes=0.02, pause=0.1, rest=0.0)
    assert 0 < found["actions"] == found["took"]["update"]["n"] < 100
    assert 1.2 <= found["sizes"][-1]["seconds"] < 30


def test_what_a_page_calls_an_error_is_counted(visit, monkeypatch):
    from streamlit.proto.Alert_pb2 import Alert
    from streamlit.proto.Exception_pb2 import Exception as Thrown

    monkeypatch.setattr(visit, "update", lambda: None)
    visit.shares = {"update": 1}
    visit.visitor.shown = {
        (0,): Shown("alert", Alert(body="gone", format=Alert.ERROR), ""),
        (1,): Shown("alert", Alert(body="fine", format=Alert.SUCCESS), ""),
        (2,): Shown("exception", Thrown(message="broken"), ""),
    }
    visit.act()
    assert visit.n_errors == 2 and visit.failed == ["update: gone", "update: broken"]


def test_runs_are_started_and_cancelled_with_the_buttons_of_the_pages(own_cache):
    words, environment = browsing.dashboard(own_cache.root)
    starts, there = Starts(own_cache), set(own_cache.names("runs"))
    with browsing.served(*words, **environment) as address, supervisor_lock(own_cache):  # so that nobody works on them
        visit = Tour(address, {}, seed=0, starts=starts)
        for _ in range(2):
            visit.start()
        visit.visitor.close()
    assert set(starts.runs) == set(own_cache.names("runs")) - there and len(starts.runs) == 2
    assert [RunDirectory(own_cache, run).record().status for run in starts.runs] == ["queued", "cancelled"]
    account = starts.account()
    assert (account["started"], account["queued"], account["cancelled"]) == (2, 1, 1) and starts.cancelled == 1


def test_own_files_differ_and_are_pairs():
    assert own_file(1) != own_file(2) and own_file(1).count(b"\n") == 2_000
