"""The cards of the checks: closed and quiet, asked by a click, watched, cancelled, read."""

import os
import shutil

import psutil
import pytest
import world
from reading import check_page, words

from dashboard.frame import checks
from scpo import results
from scpo.errors import InputError
from scpo.jobs import children
from scpo.jobs.signs import Signing
from scpo.results.checks import CHECKS, Number, load_check
from scpo.store.cache import write_json

CARDS = [(row.page, name) for name, row in CHECKS.items()]


@pytest.fixture
def launched(monkeypatch):
    """The commands that a click starts; none is."""
    commands = []
    monkeypatch.setattr(children, "start", lambda store, settings, words, **about: commands.append((words, about)))
    return commands


@pytest.fixture
def cancelled(monkeypatch):
    """The children that a click cancels; they are this process."""
    found = []
    monkeypatch.setattr(children, "cancel", found.append)
    return found


@pytest.fixture(scope="module")
def checked_cache(cache_of, tmp_path_factory):
    """A cache in which the check of length has been carried out."""
    many = cache_of("many")
    store = type(many)(shutil.copytree(many.root, tmp_path_factory.mktemp("checked") / "cache"))
    scored = results.load_scored(store, "tastes", "rm")
    load_check(store, scored, results.runs_of(store, scored), "length")
    return store


def opened(at, name):
    at.session_state[f"check_{name}"] = True
    return at.run()


def record(store, name, *, pid, words=None):
    """Write the record of a check that was started."""
    child = children.Child(
        child_id="c1", kind="check", dataset="tastes", model="rm",
        words=words or ["check", name, "--data=tastes", "--model=rm"], started_at="2026-01-01T00:00:00+00:00",
        pid=pid, pid_started=0 if pid != os.getpid() else psutil.Process().create_time(),
    )  # fmt: skip
    write_json(store.root / "children" / "c1.json", child.model_dump(mode="json"))


@pytest.mark.parametrize(("page", "name"), CARDS)
def test_a_card_is_closed_until_it_is_opened_and_computes_nothing_unasked(open_page, launched, page, name):
    at = open_page(page, "many")
    check_page(at)
    assert "What else could explain this?" in words(at)
    assert f"start_check_{name}" not in [button.key for button in at.button]
    opened(at, name)
    check_page(at)
    assert f"scpo check {name} --data=tastes --model=rm" in words(at)
    assert CHECKS[name].question in [box.label for box in at.expander] and launched == []


@pytest.mark.parametrize(("page", "name"), CARDS)
def test_a_click_starts_the_command(open_page, launched, page, name):
    at = opened(open_page(page, "many"), name)
    at.button(key=f"start_check_{name}").click().run()
    check_page(at)
    ((command, about),) = launched
    assert command == ["check", name, "--data=tastes", "--model=rm"]
    assert (about["kind"], about["dataset"], about["model"]) == ("check", "tastes", "rm")


def test_another_interval_is_another_command(open_page, launched):
    at = opened(open_page("bias", "many"), "length")
    at.button_group(key="interval").set_value("80 %").run()
    at.button(key="start_check_length").click().run()
    assert launched[0][0][-1] == "--level=0.8"


def test_what_prevents_a_start_is_said(open_page, monkeypatch):
    def refused(*_, **__):
        raise OSError("no space left")

    monkeypatch.setattr(children, "start", refused)
    at = opened(open_page("bias", "many"), "length")
    at.button(key="start_check_length").click().run()
    assert "no space left" in words(at)


def test_a_running_check_shows_how_far_it_is_and_can_be_cancelled(open_page, own_cache, cancelled):
    store = own_cache("many")
    record(store, "length", pid=os.getpid())
    with Signing(store, "check-length-tastes", "check length", dataset="tastes", model="rm", keep=False) as sign:
        sign("checking length", 1, 4, "steps")
        sign.write()
        at = opened(open_page("bias", store), "length")
        check_page(at)
        assert "Length: 25 % · remaining time not known yet" in words(at)
        at.button(key="cancel_check_length").click().run()
    assert [child.child_id for child in cancelled] == ["c1"]


def test_after_a_cancel_nothing_is_kept_and_one_may_ask_again(open_page, own_cache, cancelled):
    store = own_cache("many")
    record(store, "length", pid=os.getpid())
    at = opened(open_page("bias", store), "length")
    at.button(key="cancel_check_length").click().run()
    record(store, "length", pid=2**22 + 1)
    at.run()
    check_page(at)
    assert "It was cancelled; nothing was kept." in words(at) and at.button(key="start_check_length")


def test_a_check_that_failed_says_why_on_its_own_card_only(open_page, own_cache):
    store = own_cache("many")
    record(store, "length", pid=2**22 + 1)
    (store.root / "children" / "c1.log").write_text("checking length: 1 of 4 steps\nscpo: the disk is full\n")
    at = opened(open_page("bias", store), "length")
    assert "the disk is full" in words(at) and "checking" not in words(at)
    assert "the disk is full" not in words(opened(open_page("tradeoff", store), "shuffled"))
    at = open_page("data", store)
    check_page(at)
    assert "disk" not in words(at)


def test_what_was_found_is_shown_at_once_with_its_numbers(open_page, checked_cache):
    store = checked_cache
    scored = results.load_scored(store, "tastes", "rm")
    found = load_check(store, scored, results.runs_of(store, scored), "length")
    at = open_page("bias", store)
    check_page(at)
    assert found.conclusion in words(at)
    opened(at, "length")
    check_page(at)
    (shown,) = [table.value for table in at.dataframe if "Training users" in table.value]
    assert shown["Community"].tolist() == ["Chile", "Israel (too few users)", "South Africa", "Mean of 2"]
    gain = found.rows[0].numbers["gain"]
    assert shown["Gain, points"][0] == checks.cell(gain, "points") and shown["Test users"].tolist() == [12, 8, 12, 24]
    assert "Left out: MEX (no finished run)" in words(at) and "start_check_length" not in [b.key for b in at.button]


def test_fewer_countries_in_the_sidebar_show_fewer_rows_and_the_same_sentence(open_page, checked_cache):
    every = opened(open_page("bias", checked_cache), "length")
    some = opened(open_page("bias", checked_cache), "length")
    some.multiselect(key="countries").set_value(["CHL"]).run()
    (shown,) = [table.value for table in some.dataframe if "Training users" in table.value]
    assert shown["Community"].tolist() == ["Chile", "Mean of 2"]
    (all_rows,) = [table.value for table in every.dataframe if "Training users" in table.value]
    assert shown.loc[0].equals(all_rows.loc[0])
    assert "1 chosen of 3; the sentence and the correction are those of all." in words(some)


def test_a_read_only_dashboard_shows_what_is_kept_and_starts_nothing(open_page, checked_cache, monkeypatch):
    monkeypatch.setenv("SCPO_READ_ONLY", "1")
    assert opened(open_page("tradeoff", checked_cache), "shuffled").button(key="start_check_shuffled").disabled
    at = opened(open_page("bias", checked_cache), "length")
    assert [table for table in at.dataframe if "Training users" in table.value]


def test_two_different_checks_may_run_at_once_and_the_same_one_may_not(store):
    settings = world.settings(store)
    record(store, "length", pid=os.getpid())
    about = {"kind": "check", "dataset": "tastes", "model": "rm"}
    with pytest.raises(InputError, match="under way already"):
        children.start(store, settings, ["check", "length", "--data=tastes", "--model=rm"], **about)
    child = children.start(store, settings, ["check", "shuffled", "--data=tastes", "--model=rm"], **about)
    assert child.words[1] == "shuffled"
    psutil.Process(child.pid).wait(timeout=30)


@pytest.mark.parametrize(
    ("value", "low", "high", "holm", "kind", "written"),
    [
        (0.0123, -0.001, 0.02, 0.04, "points", "+1.2 [−0.1, +2.0] ●"),
        (0.0123, -0.001, 0.02, 0.06, "points", "+1.2 [−0.1, +2.0]"),
        (0.5, 0.25, 0.75, None, "percent", "50.0 [25.0, 75.0]"),
        (-0.314, -0.5, -0.1, None, "number", "−0.31 [−0.50, −0.10]"),
        (1.25, None, None, None, "number", "1.25"),
        (None, None, None, None, "points", "unknown"),
    ],
)
def test_a_cell_says_value_interval_and_whether_it_holds(value, low, high, holm, kind, written):
    number = Number(value=value, low=low, high=high, level=0.95, n_pairs=9, n_users=12, p=holm, holm_p=holm)
    assert checks.cell(number, kind) == written
