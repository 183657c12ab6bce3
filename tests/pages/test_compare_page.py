"""The page Compare, and the ways to it from Trade-off and Runs and from it to pairs: really clicked."""

from urllib.parse import parse_qs

import altair as alt
import numpy as np
import pandas as pd
import pytest
from hand.runs import asked, finished_with, run_config
from hand.tables import add, score
from reading import check_page, too_long, words

from dashboard.compare import charts, load
from dashboard.compare import words as compare_words
from dashboard.kit import exports
from dashboard.kit.verdicts import compared, compared_briefly
from dashboard.runs import ticks
from scpo.config import ObjectiveConfig
from scpo.results.compare import OUTCOMES
from scpo.store.cache import Store
from scpo.store.datasets import load_dataset
from scpo.store.runs import RunDirectory

SCPO, FULL = "Filter + weight (τ 0.7, β 1.1)", "All pairs"
N_USERS = 90
SEEDS = (0, 1)


def right(who: str, pair: int) -> bool:
    """The global model has every fifth pair wrong; scpo every seventh and a few more, full every third."""
    if who == "global":
        return pair % 5 != 0
    return pair % 7 != 0 and pair % 11 != 0 if who == "scpo" else pair % 3 != 0


def rewards(who: str, n_pairs: int, *, seed: int = 0) -> np.ndarray:
    """Return rewards of the responses of pairs, chosen and rejected in turn; margins differ by pair and seed."""
    size = [1.0 + (pair % 3) / 10 + seed / 100 for pair in range(n_pairs)]
    signs = [1 if right(who, pair) else -1 for pair in range(n_pairs)]
    return np.array([[sign * one, 0.0] for sign, one in zip(signs, size, strict=True)], dtype=np.float32).ravel()


@pytest.fixture
def store(store: Store) -> Store:
    info = add(store, n_users=N_USERS, origin=("CHL", "ZAF"))
    n_pairs = len(load_dataset(store, "small").pairs)
    score(store, info, rewards("global", n_pairs))
    tested = np.repeat(load_dataset(store, "small").pairs["split"].eq("test"), 2)
    for method in ("scpo", "full"):
        for country in ("CHL", "ZAF"):
            for seed in SEEDS:
                config = run_config(
                    seed, dataset="small", dataset_key=info.key, model="rm", country=country,
                    objective=ObjectiveConfig.model_validate({"method": method}),
                )  # fmt: skip
                finished_with(store, config, np.where(tested, rewards(method, n_pairs, seed=seed), np.nan))
    return store


def expected(store: Store, *, ours: bool, theirs: bool, country: str | None = None, wrong: bool = False) -> set[str]:
    """Return the test pairs with this outcome for scpo (ours) and full (theirs)."""
    pairs = load_dataset(store, "small").pairs.query("split == 'test'")
    pairs = pairs if country is None else pairs[pairs["country"] == country]
    numbers = {name: int(name[1:]) for name in pairs["pair_id"]}
    return {
        name
        for name, pair in numbers.items()
        if (right("scpo", pair), right("full", pair)) == (ours, theirs) and not (wrong and right("global", pair))
    }


def listed(at) -> list[str]:
    """Return the pairs of the list, in its order."""
    return next(frame.value for frame in at.dataframe if "Second gap" in frame.value)["Pair"].tolist()


def run_ids(store: Store, method: str, country: str) -> list[str]:
    """Return the runs of a method and a country."""
    names = store.names("runs")
    records = [RunDirectory(store, name).record().config for name in names]
    return [
        name
        for name, one in zip(names, records, strict=True)
        if (one.objective.method, one.country) == (method, country)
    ]


def test_the_page_begins_with_the_sidebar_s_setting_against_training_on_all_pairs(open_page, store):
    at = open_page("compare", store)
    check_page(at)
    assert [at.selectbox(key=name).value for name in "abcd"] == ["scpo|0.7|1.1", "full|-|-", None, None]
    assert at.header[0].value.replace("\\", "").startswith("All-country: A ahead by ")
    assert "mean over 2 countries" in at.header[0].value
    said = [line.removeprefix("- ") for line in words(at).splitlines() if line.startswith("- ")]
    assert len(said) > 6 and [one for line in said for one in too_long(line)] == []


def test_both_names_in_the_address_are_what_is_compared(open_page, store):
    at = open_page("compare", store, query={"a": "Global model", "b": f"South Africa: {FULL}, mean of 2 seeds"})
    check_page(at)
    assert [at.selectbox(key=name).value for name in "ab"] == ["global", "ZAF|full|-|-"]
    assert "South Africa" in at.header[0].value
    assert "by construction" in words(at)


@pytest.mark.parametrize(
    ("outcome", "ours", "theirs"),
    [
        ("both_right", True, True),
        ("only_first", True, False),
        ("only_second", False, True),
        ("both_wrong", False, False),
    ],
)
def test_each_count_leads_to_exactly_those_pairs(open_page, store, outcome, ours, theirs):
    at = open_page("compare", store)
    at.selectbox(key="where").set_value("CHL").run()
    wanted = expected(store, ours=ours, theirs=theirs, country="CHL")
    button = at.button(key=f"count_{outcome}")
    assert f": {len(wanted)} pair" in button.label
    button.click().run()
    check_page(at)
    assert at.header[0].value.startswith(f"{len(wanted)} of ")
    assert set(listed(at)) <= wanted and len(listed(at)) == min(25, len(wanted))
    assert at.multiselect(key="countries").value == [] and at.multiselect(key="of").value == ["CHL"]


def test_the_pairs_on_which_two_settings_differ_begin_with_those_that_a_has_lost(open_page, store):
    at = open_page("compare", store)
    at.segmented_control(key="counted").set_value("Mistakes of the global model").run()
    check_page(at)
    at.button(key="count_flips").click().run()
    check_page(at)
    lost = expected(store, ours=False, theirs=True, wrong=True)
    gained = expected(store, ours=True, theirs=False, wrong=True)
    found = listed(at)
    assert lost and gained and set(found) == lost | gained
    assert set(found[: len(lost)]) == lost
    assert at.segmented_control(key="agreement").value == "Disagrees"


def test_the_countries_of_the_sidebar_hide_rows_and_change_no_p(open_page, store):
    whole = open_page("compare", store)
    before = next(one.value for one in whole.dataframe if "Against" in one.value).set_index("Tested on")
    whole.multiselect(key="countries").set_value(["ZAF"]).run()
    check_page(whole)
    after = next(one.value for one in whole.dataframe if "Against" in one.value).set_index("Tested on")
    assert list(before.index) == ["Chile", "South Africa", "Mean over 2 countries"]
    assert list(after.index) == ["South Africa", "Mean over 2 countries"]
    for name in after.index:
        assert after.loc[name, "p, corrected"] == before.loc[name, "p, corrected"]
    assert "selected or not" in words(whole)


def test_up_to_four_sides_are_compared_with_the_first(open_page, store):
    at = open_page("compare", store, query={"c": "Global model", "d": f"Chile: {SCPO}, mean of 2 seeds"})
    check_page(at)
    assert "A against D" in words(at)
    at.segmented_control(key="other").set_value("global").run()
    check_page(at)
    assert any("Only C" in label for label in (one.label for one in at.button))


def test_what_is_not_there_any_more_is_named(open_page, store):
    at = open_page("compare", store, query={"a": "Chile: gone, run 01234567"})
    assert not at.exception
    assert "The link asks for side A Chile: gone, run 01234567: not here" in words(at)


def test_one_side_twice_is_refused(open_page, store):
    at = open_page("compare", store)
    at.selectbox(key="b").set_value("scpo|0.7|1.1").run()
    assert not at.exception
    assert "one side is chosen twice" in at.error[0].value


def test_the_settings_that_differ_are_listed_and_no_other(open_page, store):
    at = open_page("compare", store)
    found = next(one.value for one in at.dataframe if "Setting" in one.value and "A" in one.value)
    assert found.set_index("Setting").loc["method"].tolist() == ["scpo", "full"]
    assert set(found["Setting"]) == {"method", "tau", "beta"}


def test_presenting_shows_it_without_hyperparameters(open_page, store):
    at = open_page("compare", store, query={"present": "true"})
    check_page(at)
    assert "What this does not show" in words(at) and "asked differently" not in words(at)


# --- from Trade-off


def test_the_selected_point_says_whether_its_gain_over_another_setting_is_real(open_page, store):
    at = open_page("tradeoff", store)
    check_page(at)
    assert at.selectbox(key="against").value == "chosen"
    at.selectbox(key="against").set_value("full|-|-").run()
    check_page(at)
    assert "Over all test pairs, this setting is ahead of All pairs by" in words(at)
    (link,) = [one.proto for one in at.get("page_link") if one.proto.label == "Compare both"]
    assert parse_qs(link.query_string) == {"a": [SCPO], "b": [FULL]}


def test_the_ringed_setting_itself_stands_against_the_global_model(open_page, store):
    at = open_page("tradeoff", store)
    assert "This is the ringed setting, so it stands against the global model." in words(at)
    at.selectbox(key="setting").set_value("full|-|-").run()
    check_page(at)
    assert "the ringed one is ahead of this setting" in words(at)
    assert "part of its lead is luck" in words(at)


# --- from Runs


def test_ticked_runs_lead_to_their_comparison(open_page, store):
    ours, theirs = run_ids(store, "scpo", "CHL")[0], run_ids(store, "full", "CHL")[0]
    at = open_page("runs", store)
    assert "Tick 2 to 4 finished runs to compare them." in words(at)
    at.session_state[ticks.TICKED] = [ours, theirs]
    at.run()
    at.button(key="compare_runs").click().run()
    check_page(at)
    assert [at.selectbox(key=name).value for name in "ab"] == [ours, theirs]
    assert "Chile" in at.header[0].value


def test_runs_that_cannot_be_paired_are_refused_with_what_differs(open_page, store):
    ours = run_ids(store, "scpo", "CHL")[0]
    info = add(store, "other", n_users=12, answer="no")
    config = run_config(0, dataset="other", dataset_key=info.key, model="rm")
    finished_with(store, config, np.zeros(4 * 12))
    at = open_page("runs", store, query={"data": "small"})
    check_page(at)
    at.session_state[ticks.TICKED] = [ours, config.run_id]
    at.run()
    assert at.button(key="compare_runs").disabled
    assert "differ in data set (or its split into users)" in words(at)


def test_unfinished_runs_are_not_compared(open_page, store):
    waiting = asked(store, 7, dataset="small", model="rm").run_id
    at = open_page("runs", store, query={"data": "small"})
    at.session_state[ticks.TICKED] = [run_ids(store, "scpo", "CHL")[0], waiting]
    at.run()
    assert at.button(key="compare_runs").disabled
    assert f"{waiting[:8]}: not finished" in words(at)


def test_ticks_are_kept_in_their_order_and_a_clicked_cell_opens_a_run(monkeypatch):
    session: dict = {}
    monkeypatch.setattr(ticks.st, "session_state", session)
    ids = ["a", "b", "c"]

    def report(rows, cells=()):
        return {"selection": {"rows": rows, "columns": [], "cells": list(cells)}}

    def choose(reported, ids, before):
        return ticks.choose(reported, ids, before, "Status")

    assert choose(report([2]), ids, "") == "c"
    assert choose(report([0, 2]), ids, "c") == "a"
    assert session[ticks.TICKED] == ["c", "a"]
    assert choose(report([0, 2], [(1, "Loss")]), ids, "a") == "b", "a cell opens, and unticks nothing"
    assert session[ticks.TICKED] == ["c", "a"]
    assert choose(report([0]), ids, "b") == "a"
    assert choose(report([], [(0, "Status")]), ids, "a") == "", "the table leaps to its first cell: no click"
    assert choose(report([], [(0, "Status")]), ids, "") == "a"


# --- pictures and sentences


def row(value, *, holm=0.001, users=20, subset="all_country", visible=0.03):
    return {
        "subset": subset, "diff_value": value, "diff_low": value - 0.02, "diff_high": value + 0.02, "holm": holm,
        "visible": visible, "too_few_users": users < 10,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "said", "brief"),
    [
        (
            row(0.05),
            "Over all test pairs, A is ahead of B by 5.0 points [+3.0, +7.0], beyond chance.",
            "A ahead by 5.0 points",
        ),
        (
            row(-0.05, subset="true_country"),
            "Where the global model is wrong, B is ahead of A by 5.0 points [+3.0, +7.0], beyond chance.",
            "B ahead by 5.0 points",
        ),
        (
            row(0.01, holm=0.4, subset="excess"),
            "In excess, no difference between A and B is seen: +1.0 points [−1.0, +3.0]; one below 3.0 points would be "
            "missed.",
            "no difference seen",
        ),
        (
            row(0.03, holm=0.14),
            "Over all test pairs, the difference between A and B may be chance after correction: +3.0 points "
            "[+1.0, +5.0].",
            "no difference seen",
        ),
        (row(0.3, users=9), "Over all test pairs: too few users for a verdict on A and B.", "too few users"),
    ],
)
def test_a_verdict_names_who_is_ahead_or_what_would_be_missed(given, said, brief):
    assert compared(given, "A", "B").replace("\u00a0", " ") == said
    assert compared_briefly(given, "A", "B").replace("\u00a0", " ") == brief
    assert too_long(said) == []


def test_of_many_pairs_every_k_th_is_drawn_and_k_is_known():
    points = pd.DataFrame({"pair": range(2302)})
    drawn, step = load.thinned(points)
    assert step == 3 and drawn["pair"].tolist() == list(range(0, 2302, 3))
    assert load.thinned(points.head(10))[1] == 1


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", exports.SIZES)
def test_pictures_are_drawn_in_every_size(dark, size):
    verdicts = pd.DataFrame(
        [{"name": name, "country": name, "n_pairs": 100, "both_right": 60, "only_first": 1, "only_second": 19,
          "both_wrong": 20, **{f"users_{one}": 5 for one in OUTCOMES}} for name in ("Chile", "All countries")]
    )  # fmt: skip
    labels = compare_words.outcome_labels("A", "B")
    counts = load.long_counts(verdicts, OUTCOMES)
    assert counts.groupby("name")["end"].max().tolist() == pytest.approx([1.0, 1.0])
    points = pd.DataFrame(
        {"pair": ["p", "q"], "country": ["Chile"] * 2, "first": [1.0, -1.0], "second": [0.5, 0.2],
         "outcome": ["both_right", "only_second"]}
    )  # fmt: skip
    drawn: list[alt.TopLevelMixin] = [
        charts.outcome_chart(counts, labels=labels, rows=["Chile · 1 : 19", "All countries · 1 : 19"], dark=dark),
        charts.margin_chart(points, labels=labels, first="A", second="B", dark=dark),
    ]
    for chart in drawn:
        spec = exports.figure_spec(chart, title="Title", subtitle="Sub", caption="Caption", size=size)
        assert b"Only A" in exports.render(spec, "svg")


def test_a_count_can_be_read_on_its_bar():
    def light(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
        return sum(weight * one for weight, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    assert set(charts.NUMBER_INK) == set(charts.OUTCOME_INK)
    for outcome, ink in charts.NUMBER_INK.items():
        low, high = sorted((light(ink), light(charts.OUTCOME_INK[outcome])))
        assert (high + 0.05) / (low + 0.05) >= 4.5, outcome
