"""Files of figures: each figure of each page becomes its files, headed by its finding, with its units."""

import csv
import io

import pandas as pd
import pytest
from reading import check_page
from world import BUDGET

from dashboard.bias import depth
from dashboard.divergence import sections
from dashboard.kit import exports, figure
from dashboard.kit.figure import Figure
from dashboard.kit.table import Column, estimate, units

VIEWS = [
    ("brief", {}, 2),
    ("brief", {"data": "views"}, 1),
    ("divergence", {}, 3),
    ("divergence", {"section": sections.DIFFERS}, 3),
    ("divergence", {"section": sections.MAPS}, 2),
    ("divergence", {"view": "Survey answers"}, 3),
    ("pairs", {}, 1),
    ("workbench", {}, 4),
    ("tradeoff", {}, 2),
    ("tradeoff", {"country": "Every country (small multiples)"}, 1),
    *(("bias", {"inside": tab}, 3) for tab in (depth.SLOPES, depth.GROUPS, depth.LENGTH, depth.CALIBRATION)),
    ("compare", {}, 3),
    ("behaviour", {}, 4),
    ("data", {}, 1),
]
"""Page, address, and the least number of figures there."""


@pytest.fixture
def shown(monkeypatch) -> dict[str, Figure]:
    """Return the figures whose files pages offer, by name."""
    found: dict[str, Figure] = {}
    downloads = figure._downloads

    def note(one: Figure) -> None:
        found[one.name] = one
        downloads(one)

    monkeypatch.setattr(figure, "_downloads", note)
    return found


@pytest.fixture
def closed(monkeypatch) -> set[str]:
    """Return the names of the figures whose boxes hold nothing before they are opened."""
    names: set[str] = set()
    footer = figure._footer

    def note(one: Figure, on_row: object, *, lazy: bool) -> None:
        names.update({one.name} if lazy else set())
        footer(one, on_row, lazy=lazy)

    monkeypatch.setattr(figure, "_footer", note)
    return names


def check_files(one: Figure) -> None:
    """Check the CSV of a figure against its table, and what heads its pictures."""
    above, _, rest = exports.csv(one.table, one.caption, one.columns).decode().partition("\n")
    named = units(one.table, one.columns)
    assert above.startswith("# ") and above.endswith(f" Units: {named}; unknown is empty." if named else one.caption)
    back = pd.read_csv(io.StringIO(rest))
    assert list(back.columns) == [str(column) for column in one.table.columns]
    assert len(back) == len(one.table)
    for name in one.table.select_dtypes("number"):
        pd.testing.assert_series_equal(
            back[name], one.table[name].reset_index(drop=True), check_dtype=False, check_names=False
        )
    assert one.spoken.startswith(one.headline)


@pytest.mark.parametrize(("page", "query", "least"), VIEWS)
def test_every_figure_of_a_page_becomes_a_file(open_page, shown, closed, page, query, least):
    at = open_page(page, "many", query=query)
    for name in closed:
        at.session_state[f"{name}_download"] = True
    if closed:
        at.run()
    check_page(at)
    assert len(shown) >= least, list(shown)
    for one in shown.values():
        check_files(one)


def test_the_figures_of_a_run_become_files(open_page, many, shown):
    run = next(run for run in many.runs if run.config.training == BUDGET)
    check_page(open_page("runs", "many", query={"run": run.run_id}))
    assert len(shown) >= 2, list(shown)
    for one in shown.values():
        check_files(one)


@pytest.mark.parametrize("page", ["tradeoff", "divergence"])
def test_a_picture_is_headed_by_the_finding_of_its_figure(open_page, shown, page):
    open_page(page, "many")
    one = next(iter(shown.values()))
    assert one.finding and one.finding != one.title
    spec = one.file_spec(exports.PAGE)
    assert " ".join(spec["title"]["text"]) == one.finding
    for form, start in (("svg", b"<svg"), ("pdf", b"%PDF"), ("png", b"\x89PNG")):
        assert exports.render(spec, form).startswith(start)


def test_a_csv_says_its_units_beside_its_caption():
    table = pd.DataFrame(
        {
            "all_value": [0.5],
            "all_low": [0.4],
            "all_high": [0.6],
            "all_inner_low": [0.45],
            "gain_value": [-0.031],
            "n_users": [12],
            "slope": [0.9],
            "gap": [1.5],
            "memory": [2**30],
        }
    )
    columns = [
        *estimate("all", "All-country", "percent"),
        Column("gain_value", "Change, points", "points"),
        Column("n_users", "Users", "count"),
        Column("slope", "κ of the gap", "number"),
        Column("gap", "Gap, logits", "number"),
        Column("memory", "Memory, GiB", "memory"),
    ]
    assert units(table, columns) == (
        "all_value, all_low, all_inner_low, all_high: fraction of 1; gain_value: difference of fractions of 1; "
        "n_users: count; gap: logits; memory: bytes"
    )
    above, header, row = exports.csv(table, "Data: sample.", columns).decode().splitlines()
    assert above.startswith("# Data: sample. Units: all_value") and above.endswith("; unknown is empty.")
    assert header.startswith("all_value,") and row.startswith("0.5,0.4,0.6,0.45,-0.031,12,")


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_no_text_of_a_csv_is_a_formula(first):
    text = first + 'HYPERLINK("//x","y")'
    table = pd.DataFrame({"said": [text, "a = b"], text: [[text, "b"], ["a", text]], "change": [-0.5, 2.0]})
    table = table.astype({"said": "category"})
    _, _, rest = exports.csv(table, "Data: sample.").decode().partition("\n")
    header, *rows = csv.reader(io.StringIO(rest, newline=""))
    assert header == ["said", f"'{text}", "change"]
    assert rows == [[f"'{text}", f"'{text} b", "-0.5"], ["a = b", f"a {text}", "2.0"]]


def test_numbers_of_a_csv_stay_numbers_among_texts():
    table = pd.DataFrame({"value": [-1, -0.5, "-1", None]}, dtype=object)
    assert exports.csv(table, "").decode().splitlines()[2:] == ["-1", "-0.5", "'-1", '""']


def test_no_part_of_the_caption_is_a_formula():
    above = exports.csv(pd.DataFrame({"n": [1_253]}), 'Data: x,=1+1;\t"@SUM(A1)",\n"-2"; n = 1,253').decode()
    assert above.splitlines()[0] == '# Data: x, =1+1; "@SUM(A1)", "-2"; n = 1,253'
