"""Figures become files in a process of its own: it is kept while one draws, ends when idle, and its end is said."""

from __future__ import annotations

import psutil
import pytest

from dashboard.kit import drawing

SPEC = {"data": {"values": [{"a": 1}]}, "mark": "point", "encoding": {"x": {"field": "a", "type": "quantitative"}}}


@pytest.fixture
def drawer():
    made = drawing.Drawer()
    yield made
    made.close()


def drawers() -> set[int]:
    alive = (one for one in psutil.Process().children() if one.status() != psutil.STATUS_ZOMBIE)
    return {one.pid for one in alive if "dashboard.kit.drawing" in one.cmdline()}


def test_one_process_draws_all_and_ends_when_it_has_been_idle(drawer, monkeypatch):
    before = drawers()
    svg = drawer.draw("vegalite_to_svg", SPEC)
    assert svg.startswith("<svg")
    (one,) = drawers() - before
    assert bytes(drawer.draw("svg_to_png", svg, scale=1)).startswith(b"\x89PNG")
    assert drawers() - before == {one}
    monkeypatch.setattr(drawing, "IDLE", 0.2)
    process = psutil.Process(one)
    assert drawer.draw("vegalite_to_svg", SPEC) == svg
    assert psutil.wait_procs([process], 10)[1] == []
    assert drawers() == before
    assert drawer.draw("vegalite_to_svg", SPEC) == svg


def test_a_refusal_is_said_and_the_process_goes_on(drawer):
    with pytest.raises(ValueError, match="Vega-Lite to SVG conversion failed"):
        drawer.draw("vegalite_to_svg", {**SPEC, "mark": {"type": "no such mark"}})
    assert drawer.draw("vegalite_to_svg", SPEC).startswith("<svg")


def test_a_process_that_dies_is_said_and_the_next_drawing_has_another(drawer):
    before = drawers()
    drawer.draw("vegalite_to_svg", SPEC)
    (one,) = drawers() - before
    gone = psutil.Process(one)
    gone.kill()
    psutil.wait_procs([gone], 5)
    assert drawer.draw("vegalite_to_svg", SPEC).startswith("<svg")
    with pytest.raises(ValueError, match="ended while it drew"):
        drawer.draw("vegalite_to_svg", _Deadly())
    assert drawer.draw("vegalite_to_svg", SPEC).startswith("<svg")


class _Deadly:
    """Ends the process that reads it."""

    def __reduce__(self):
        import os

        return os._exit, (1,)


def test_a_process_that_has_grown_ends_after_its_drawing(drawer, monkeypatch):
    before = drawers()
    svg = drawer.draw("vegalite_to_svg", SPEC)
    (one,) = drawers() - before
    monkeypatch.setattr(drawing, "MOST_MEGABYTES", 1.0)
    assert drawer.draw("vegalite_to_svg", SPEC) == svg
    assert drawers() == before and not psutil.pid_exists(one)
    assert drawer.draw("vegalite_to_svg", SPEC) == svg
