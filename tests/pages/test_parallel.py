"""tau and beta beside the points, a line per setting that leads to it everywhere, and the way to its runs."""

import numpy as np
import pandas as pd
import pytest
from reading import check_page, words

from dashboard.frame import load, sidebar
from dashboard.frame.state import Selection
from dashboard.kit import clicks
from dashboard.kit.table import twin
from dashboard.tradeoff import charts, parallel, parallel_marks, run_links, setting_labels
from dashboard.tradeoff import words as tradeoff_words
from dashboard.tradeoff.parallel import COLUMNS

AXES = ["Method", "τ", "β", "Pairs kept", "All-country", "Recovered share", "Excess"]


@pytest.fixture
def selection(cache_of, monkeypatch):
    monkeypatch.setenv("SCPO_CACHE_DIR", str(cache_of("many").root))
    return Selection("tastes", "rm", fingerprint="parallel", setting="filter|0.6|-")


@pytest.fixture
def chile(selection):
    settings = load.load_settings(selection)
    return settings[settings["country"] == "CHL"]


def points(*rows):
    """Points of a trade-off: method, tau, beta, both accuracies."""
    table = pd.DataFrame(rows, columns=["method", "tau", "beta", "true_value", "all_value"])
    names = [clicks.setting_id(m, t, b) for m, t, b in zip(table["method"], table["tau"], table["beta"], strict=True)]
    return table.assign(setting=names, point=[f"CHL|{name}" for name in names], external=None)


NAN = np.nan


def test_a_label_says_what_tells_a_point_from_the_others_of_its_method():
    table = points(
        ("full", NAN, NAN, 0.1, 0.7), ("filter", 0.6, NAN, 0.2, 0.7), ("filter", 0.7, NAN, 0.3, 0.7),
        ("scpo", 0.7, 1.1, 0.4, 0.7), ("scpo", 0.7, 0.6, 0.5, 0.7), ("scpo", 0.5, 0.6, 0.6, 0.7),
        ("random", 0.5, NAN, 0.7, 0.7), ("random", 0.7, NAN, 0.8, 0.7),
    )  # fmt: skip
    assert setting_labels.texts(table) == [
        "", "τ 0.6", "τ 0.7", "τ 0.7 β 1.1", "τ 0.7 β 0.6", "τ 0.5 β 0.6", "", ""
    ]  # fmt: skip
    assert "τ and β" in setting_labels.sentence(table) and setting_labels.sentence(table.iloc[:2]) == ""


@pytest.mark.parametrize("log", [False, True])
def test_labels_cover_neither_points_nor_each_other(log):
    rng = np.random.default_rng(0)
    rows = [("scpo", 0.5 + 0.01 * i, 1.1, 0.3 + 0.4 * rng.random(), 0.7 + 0.04 * rng.random()) for i in range(12)]
    table = points(*rows)
    found = setting_labels.placed(table, (0.1, 0.9), (0.4, 0.9), log=log, selected=None)
    assert 2 < len(found) < len(table)
    scale = np.log if log else np.asarray
    ends = [scale(np.array(one)) for one in ((0.1, 0.9), (0.4, 0.9))]
    x = (scale(table["true_value"]) - ends[0][0]) / (ends[0][1] - ends[0][0])
    y = 400 * (1 - (scale(table["all_value"]) - ends[1][0]) / (ends[1][1] - ends[1][0]))
    for width, those in ((560, found), (280, found[found["narrow"]])):
        boxes = []
        for i, row in those.iterrows():
            align, dx, dy = setting_labels.SIDES[row["side"]]
            left = width * x[i] + dx - (0 if align == "left" else 5.9 * len(row["label"]))
            boxes.append((left, y[i] + dy - 6.5, left + 5.9 * len(row["label"]), y[i] + dy + 6.5))
        for n, (left, top, right, bottom) in enumerate(boxes):
            assert not ((width * x > left) & (width * x < right) & (y > top) & (y < bottom)).any()
            for a, b, c, d in boxes[:n]:
                assert right <= a or c <= left or bottom <= b or d <= top
    assert 0 < found["narrow"].sum() < len(found)


def test_of_two_points_in_one_place_the_selected_one_has_the_better_side():
    table = points(("filter", 0.6, NAN, 0.5, 0.7), ("filter", 0.7, NAN, 0.5, 0.7))
    for selected in table["setting"]:
        found = setting_labels.placed(table, (0.0, 1.0), (0.5, 0.9), log=False, selected=selected)
        sides = found.set_index("setting")["side"]
        assert sides[selected] == "above right" and len(sides) == 2 and sides.nunique() == 2


def test_a_point_alone_in_the_plane_has_its_label_on_the_first_side():
    table = points(("filter", 0.6, NAN, 0.3, 0.6), ("filter", 0.7, NAN, 0.7, 0.8))
    found = setting_labels.placed(table, (0.0, 1.0), (0.5, 0.9), log=False, selected=None)
    assert found["side"].tolist() == ["above right", "above right"]


def test_a_label_keeps_out_of_the_name_of_the_global_model_s_line():
    table = points(("filter", 0.6, NAN, 0.8, 0.7), ("filter", 0.7, NAN, 0.2, 0.8))
    ends = (0.0, 1.0), (0.5, 0.9)
    free = setting_labels.placed(table, *ends, log=False, selected=None)
    kept_out = setting_labels.placed(table, *ends, log=False, selected=None, reference=0.7)
    assert free["side"].tolist()[0] == "above right" and kept_out["side"].tolist()[0].startswith("below")


def test_the_large_trade_off_has_the_labels_and_the_small_ones_do_not(chile):
    def labels(**how):
        spec = charts.tradeoff_chart(chile, log=False, dark=False, **how).to_dict()
        return {row["label"] for rows in spec["datasets"].values() for row in rows if "label" in row}

    assert labels() <= {"τ 0.6", "τ 0.7"} and labels()
    assert labels(small=True) == set()


def lines(spec):
    """Return the vertices of each line by its setting, axis to height."""
    found = {}
    for rows in spec["datasets"].values():
        for row in rows:
            if "strong" in row:
                found.setdefault(row["point"], {})[row["axis"]] = row
    return found


def test_every_setting_is_a_line_over_all_axes_whose_heights_follow_its_numbers(chile):
    table = parallel_marks.with_kept_share(chile)
    found = lines(parallel_marks.parallel_chart(table, dark=False, selected="filter|0.6|-").to_dict())
    assert len(found) == len(table) == len(chile) - 1  # the global model has no setting
    assert all(list(one) == AXES for one in found.values())
    by_share = sorted(found.values(), key=lambda one: one["All-country"]["at"])
    values = table.set_index("point")["all_value"]
    assert [values[one["Method"]["point"]] for one in by_share] == sorted(values)
    full = found["CHL|full|-|-"]
    assert full["τ"]["at"] == full["β"]["at"] == parallel_marks.NONE and full["Pairs kept"]["value"] == "100 %"
    assert {name for name, one in found.items() if one["τ"]["strong"]} == {"CHL|filter|0.6|-"}


def test_a_click_on_a_line_and_a_row_of_its_table_choose_the_setting_everywhere(monkeypatch, selection, chile):
    shown = {}
    monkeypatch.setattr(parallel, "show", lambda figure, **how: shown.update(how, figure=figure))
    parallel.show_parallel(selection, chile, setting="filter|0.6|-")
    click = {"selection": {"pick": [{"point": "CHL|filter|0.7|-"}]}}
    assert shown["on_click"](click) == {sidebar.SETTING: "filter|0.7|-"}
    place = shown["figure"].table["setting"].tolist().index("full|-|-")
    assert shown["on_row"](place) == {sidebar.SETTING: "full|-|-"}
    assert "8 settings" not in shown["figure"].alt and "7 settings" in shown["figure"].alt


def test_the_twin_has_what_the_axes_have(chile):
    shown = twin(parallel_marks.with_kept_share(chile), COLUMNS).set_index("Setting")
    row = shown.loc["Filter (τ 0.6)"]
    own = chile[chile["setting"] == "filter|0.6|-"].iloc[0]
    assert (
        row["τ"] == 0.6 and pd.isna(row["β"]) and row["Pairs kept, %"] == round(100 * own["n_kept"] / own["n_train"], 1)
    )
    assert row["Excess, points"] == round(100 * own["excess_value"], 1) and "Excess, low" in shown


def test_the_finding_of_the_lines_is_the_range_of_the_excess_and_leaves_out_what_rests_on_few():
    rows = [("A", 0.05, False), ("B", 0.148, False), ("C", 0.3, True), ("D", float("nan"), False)]
    table = pd.DataFrame(rows, columns=["setting_label", "excess_value", "too_few_users"]).assign(name="Chile")
    assert (
        tradeoff_words.lines_finding(table)
        == "Chile: the excess of 2 settings goes from +5.0\u00a0points (A) to +14.8\u00a0points (B)"
    )
    assert tradeoff_words.lines_finding(table[1:]) == ""


def test_one_setting_draws_no_lines(open_page):
    at = open_page("tradeoff", "one")
    check_page(at)
    assert "From the settings to what came out" not in words(at)


def test_the_panel_leads_to_each_run_of_the_point(open_page, selection, chile):
    at = open_page("tradeoff", "many", query={"country": "Chile", "setting": "Filter + weight (τ 0.7, β 1.1)"})
    check_page(at)
    row = chile[chile["setting"] == "scpo|0.7|1.1"].iloc[0]
    labels = run_links.run_links(selection, row)
    assert set(labels) == set(row["runs"]) and sorted(label[:13] for label in labels.values()) == [
        "Chile, seed 0", "Chile, seed 1"
    ]  # fmt: skip
    shown = [one.proto.label.replace("\\", "") for one in at.get("page_link")]
    assert set(labels.values()) <= set(shown)
    queries = {one.proto.query_string for one in at.get("page_link")}
    assert {f"run={run}" for run in labels} <= queries
    for run in labels:
        there = open_page("runs", "many", query={"run": run})
        check_page(there)
        assert run[:8] in words(there)


def test_while_presenting_no_run_is_offered(open_page):
    at = open_page("tradeoff", "many", query={"country": "Chile", "present": "true"})
    check_page(at)
    assert not [one for one in at.get("page_link") if "seed" in one.proto.label]
