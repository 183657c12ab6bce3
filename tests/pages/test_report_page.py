"""The page Report: what is chosen, in which order, for whom, how it looks, and the file that comes of it."""

import os
import re
import time
from dataclasses import replace
from html import unescape
from types import SimpleNamespace

import psutil
import pytest
from reading import check_page, words
from technical import technical

from dashboard.report.load import gather
from scpo.jobs import children
from scpo.results.report_choice import default_sections
from scpo.store.cache import write_json


@pytest.fixture
def launched(monkeypatch):
    """The commands that a click starts; none is."""
    commands = []
    monkeypatch.setattr(children, "start", lambda store, settings, words, **about: commands.append((words, about)))
    return commands


def preview(at):
    """The report as the preview shows it."""
    (frame,) = at.get("iframe")
    return unescape(re.search(r'srcdoc="([^"]*)"', frame.proto.srcdoc)[1])


def sections(page):
    """Keys of the sections of a page, in order."""
    return re.findall(r'<section id="(\w+)"', page)


def command(at):
    return at.main.code[-1].value


def order(at):
    """Keys of the sections that are chosen, as they stand on the page."""
    return [button.key.removeprefix("leave_") for button in at.button if (button.key or "").startswith("leave_")]


def click(at, key):
    at.button(key=key).click().run()
    check_page(at)


def test_it_shows_the_report_of_the_study_and_writes_nothing_unasked(open_page, cache_of, launched):
    at = open_page("report", "many")
    check_page(at)
    assert at.selectbox(key="report_study").value == "paper"
    assert sections(preview(at)) == list(default_sections("researcher")) == order(at)
    assert command(at) == "scpo report --study paper -o paper.zip"
    assert launched == [] and not (cache_of("many").root / "reports").exists()


def test_two_sections_in_another_order(open_page):
    at = open_page("report", "many")
    for key in ("tradeoff", "divergence", "checks", "definitions"):
        click(at, f"leave_{key}")
    assert order(at) == ["finding", "bias", "limits", "provenance"]
    click(at, "up_bias")
    assert order(at) == ["bias", "finding", "limits", "provenance"] == sections(preview(at))
    assert command(at) == "scpo report --study paper --sections bias,finding,limits,provenance -o paper.zip"
    assert at.query_params["sections"] == "bias,finding,limits,provenance"
    click(at, "down_bias")
    click(at, "add_checks")
    assert order(at)[-1] == "checks" and order(at)[:2] == ["finding", "bias"]
    click(at, "sections_default")
    assert order(at) == list(default_sections("researcher")) and "sections" not in at.query_params


def test_what_every_report_has_cannot_be_left_out(open_page):
    at = open_page("report", "many")
    assert [part for part in order(at) if at.button(key=f"leave_{part}").disabled] == ["limits", "provenance"]
    assert "in every report" in words(at)


def test_the_address_opens_the_same_report_and_says_what_it_cannot_have(open_page):
    at = open_page(
        "report", "many", query={"sections": "bias,nothing,definitions", "audience": "Stakeholder", "format": "PDF"}
    )
    check_page(at)
    assert order(at) == ["bias", "limits", "provenance"]
    assert (
        command(at) == "scpo report --study paper --audience stakeholder --sections bias,limits,provenance -o paper.pdf"
    )
    assert "Left out: nothing, which no report has." in words(
        at
    ) and "Left out for this audience: Definitions" in words(at)


def test_stakeholders_get_plain_words_and_the_limits_as_a_box(open_page):
    at = open_page("report", "many")
    at.button_group(key="audience").set_value("stakeholder").run()
    check_page(at)
    page = preview(at)
    assert sections(page) == list(default_sections("stakeholder"))
    assert '<section id="limits" class="boxed">' in page
    body = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)
    told = [unescape(one) for one in re.findall(r">([^<]+)<", body)]
    assert len(told) > 50 and technical(told) == []
    at.button_group(key="audience").set_value("researcher").run()
    assert "all-country" in preview(at)


def test_sizes_are_those_of_the_zip_alone(open_page):
    at = open_page("report", "many", query={"sizes": "One column, 3.3 in"})
    assert command(at) == "scpo report --study paper --sizes column -o paper.zip"
    at.button_group(key="format").set_value("html").run()
    assert command(at) == "scpo report --study paper -o paper.html"


def test_a_read_only_dashboard_offers_the_command_and_starts_nothing(open_page, monkeypatch):
    monkeypatch.setenv("SCPO_READ_ONLY", "1")
    at = open_page("report", "many")
    check_page(at)
    assert at.button(key="export_report").disabled and command(at).startswith("scpo report")


def test_presenting_hides_the_command(open_page):
    at = open_page("report", "many", query={"present": "true"})
    check_page(at)
    assert not at.main.code and "all-country" in preview(at)


@pytest.mark.parametrize(
    ("scenario", "said"), [("empty", "scpo demo"), ("scored", "scpo study --data tastes"), ("one", "scpo study --data")]
)
def test_without_a_finished_study_it_says_what_to_do(open_page, scenario, said):
    at = open_page("report", scenario)
    check_page(at)
    assert said in words(at) and not at.get("iframe")


def test_a_partial_study_says_so_on_the_page_and_in_the_report(open_page):
    at = open_page("report", "partial")
    check_page(at)
    found = re.search(r"Partial: (\d+) of (\d+) runs are finished", words(at))
    assert found and int(found[1]) < int(found[2])
    assert f"{found[1]} of {found[2]} runs finished" in preview(at)


@pytest.mark.slow
def test_a_click_exports_and_the_file_can_be_downloaded(open_page, own_cache):
    store = own_cache("many")
    at = open_page("report", store, query={"format": "HTML", "sections": "bias,finding"})
    click(at, "export_report")
    (child,) = children.children(store)
    assert child.kind == "report" and child.alive
    assert "paper.html: " in words(at) and "export_report" not in [button.key for button in at.button]
    until = time.monotonic() + 120
    while child.alive and time.monotonic() < until:
        time.sleep(0.5)
    at.run()
    check_page(at)
    (made,) = (store.root / "reports").glob("*/paper.html")
    (download,) = at.get("download_button")
    assert download.label == "Download paper.html" and re.search(r"[\d.]+ MiB, written in \d+ s", words(at))
    assert sections(made.read_text()) == ["bias", "finding", "limits", "provenance"]
    assert made.read_text() == preview(at).replace("<style>body { zoom: 0.75; }</style>", "")
    at.button_group(key="format").set_value("zip").run()
    assert at.button(key="export_report") and not at.get("download_button")


def record(store, at, launched, *, pid):
    """Write the record of the report that a click has asked for."""
    ((asked, about),) = launched
    child = children.Child(
        child_id="c1", words=asked, started_at="2026-01-01T00:00:00+00:00", pid=pid,
        pid_started=0 if pid != os.getpid() else psutil.Process().create_time(), **about,
    )  # fmt: skip
    write_json(store.root / "children" / "c1.json", child.model_dump(mode="json"))


def test_a_running_export_can_be_cancelled_from_any_visit(open_page, own_cache, launched, monkeypatch):
    store, cancelled = own_cache("many"), []
    monkeypatch.setattr(children, "cancel", cancelled.append)
    at = open_page("report", store)
    click(at, "export_report")
    record(store, at, launched, pid=os.getpid())
    again = open_page("report", store)
    check_page(again)
    assert "paper.zip: starting" in words(again)
    click(again, "cancel_report_c1")
    assert [child.child_id for child in cancelled] == ["c1"]
    record(store, again, launched, pid=2**22 + 1)
    again.run()
    assert "It was cancelled" in words(again) and again.button(key="export_report")


def test_an_export_that_failed_says_why(open_page, own_cache, launched):
    store = own_cache("many")
    at = open_page("report", store)
    click(at, "export_report")
    record(store, at, launched, pid=2**22 + 1)
    (store.root / "children" / "c1.log").write_text("scpo: no space left\n")
    at.run()
    assert "no space left" in words(at)


def test_a_check_that_has_ended_makes_another_report(cache_of, monkeypatch):
    monkeypatch.setenv("SCPO_CACHE_DIR", str(cache_of("many").root))
    material = gather(cache_of("many"), "paper", lambda *_: None, whose=None)
    found = SimpleNamespace(model_dump=lambda mode: {"p": 0.01})
    other = replace(material, checks={**material.checks, "shuffled": found})
    assert other.key != material.key == replace(material).key
