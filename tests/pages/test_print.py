"""A report in print: formulas, short names, sizes of type, and what a slide and a matrix have room for."""

import re

import altair as alt
import pandas as pd
import pytest

from dashboard.bias.charts import matrix as bias
from dashboard.kit import exports, matrix, shortnames, text
from dashboard.report import formulas, html, pdf
from dashboard.report import slides as deck
from dashboard.tradeoff import charts as tradeoff
from dashboard.tradeoff import control_marks
from scpo.definitions import DEFINITIONS


@pytest.mark.parametrize(
    ("latex", "typst"),
    [
        (r"\frac{1}{n}", "frac(1, n)"),
        (r"p_{glo} = \sigma(g)", r"p_(g l o) = sigma \( g \)"),
        (r"x_i^2", "x_(i)^(2)"),
        (r"\sqrt 2 \; \bar A", "sqrt(2) thick overline(A)"),
        (r"\left(a, b\right)^2", r"lr(\( a \, b \))^(2)"),
        (r"\begin{gathered} a \\ b \end{gathered}", "a \\  b"),
        (r"E \text{ or } \mathrm{se}_{0.975}", 'E "or" upright("se")_(0.975)'),
        (r"\sum_{o'} \{o : |o| \ge 1\}", r'sum_(o\') \{ o : class("normal", |) o class("normal", |) >= 1 \}'),
    ],
)
def test_a_formula_is_translated(latex, typst):
    assert formulas.typst_math(latex) == typst.replace(r"\'", "'")


@pytest.mark.parametrize("latex", [r"\oint x", r"\frac{1}{2", r"a }", r"a & b", r"\left( a", "x_"])
def test_what_is_not_known_or_does_not_fit_is_no_formula(latex):
    with pytest.raises(ValueError, match=re.escape(latex[-3:])):
        formulas.typst_math(latex)


def test_every_formula_of_the_definitions_can_be_drawn():
    known = [one.formula for one in DEFINITIONS.values() if one.formula]
    drawn = formulas.drawings(known)
    assert len(drawn) == len(known) > 30
    assert all(one.startswith("<svg") and one.count("<use") > 2 for one in drawn)
    assert formulas.drawings([]) == []


def test_codes_of_countries_are_short_and_other_communities_get_numbers():
    assert shortnames.short_names(["ZAF", "CAN", "ZAF"]) == {"ZAF": "ZAF", "CAN": "CAN"}
    short = shortnames.short_names(["Women, 25 to 34", "Men"])
    assert short == {"Women, 25 to 34": "1", "Men": "2"}
    names = {"Women, 25 to 34": "Women, 25 to 34", "Men": "Men"}
    assert shortnames.explained(short, names) == "1 Women, 25 to 34, 2 Men."


def test_a_file_is_as_large_in_print_as_its_drawing():
    svg = exports.render({"data": {"values": [{}]}, "mark": "point", "width": 288, "height": 96, "padding": 0}, "svg")
    wide, high = exports.size_of(svg)
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", exports.converted(svg, "pdf"))
    assert [float(one) for one in box.groups()] == pytest.approx([0.75 * wide, 0.75 * high], abs=1)


def square(n):
    codes = [f"C{number:02}" for number in range(n)]
    rows = [(one, two) for one in codes for two in codes]
    table = pd.DataFrame(rows, columns=["trained_for", "tested_on"])
    return table.assign(
        trained_name="Land " + table["trained_for"],
        tested_name="Land " + table["tested_on"],
        diff_value=-0.144,
        diff_low=-0.2,
        diff_high=-0.1,
        holm=0.01,
        visible=0.05,
        lost=20.0,
        won=5.6,
        n_pairs=100,
        n_users=20,
        too_few_users=False,
        cell=table["trained_for"] + table["tested_on"],
    )


@pytest.mark.parametrize(
    ("n", "said"), [(9, "−14.4●"), (12, "−14●"), (24, "●")], ids=["decimals", "whole points", "the mark alone"]
)
def test_a_narrow_matrix_says_what_it_has_room_for(n, said):
    room = exports.room(exports.COLUMN)
    spec = bias.matrix_chart(square(n), end=0.2, dark=False, room=room).to_dict()
    (rows,) = [one for one in spec["datasets"].values() if len(one) == n * n]
    assert {row["label"] for row in rows} == {said}
    assert {row["tested_label"] for row in rows} == {f"C{number:02}" for number in range(n)}
    assert {row["trained_label"] for row in rows} == {f"C{number:02}" for number in range(n)}


def test_a_cell_without_room_for_a_number_of_users_is_grey_alone():
    few = pd.Series({"diff_value": 0.1, "holm": 0.5, "n_users": 7})
    said = [bias._cell_label(few, few_users=True, decimals=one, gap="") for one in (1, 0, None)]
    assert said == ["n=7", "n=7", ""]


def test_points_can_be_written_whole():
    assert [text.signed(value, decimals=0) for value in (-0.144, 0.026, 0.004, -0.004)] == ["−14", "+3", "0", "0"]
    assert text.signed(-0.0004) == "0.0"


@pytest.mark.parametrize("n", [2, 5, 9, 23])
@pytest.mark.parametrize("size", list(exports.SIZES))
def test_a_triangle_stays_in_its_room(n, size):
    room = exports.room(size)
    names = [f"C{number:02}" for number in range(n)]
    where = matrix.fitted([f"Land {one} ({one})" for one in names], names, room, tree=True)
    if where.cell > matrix.SMALLEST_CELL:
        assert where.width <= room.width
        assert room.height is None or where.height + matrix.AXIS <= room.height
    assert where.digits is None or where.digits >= 8
    assert where.type >= 8


def test_few_panels_stand_on_a_slide():
    names = [f"C{number}" for number in range(7)]
    assert [len(one) for one in tradeoff.on_slides(names)] == [3, 4]
    assert [name for part in tradeoff.on_slides(names) for name in part] == names
    assert tradeoff.on_slides(names[:1]) == [names[:1]]


def test_a_long_title_gets_smaller_type():
    sizes = (28, 24, 21, 18)
    assert deck.size_for("Short", sizes, height=1.0) == 28
    assert deck.size_for("word " * 16, sizes, height=1.0) == 24
    assert deck.size_for("word " * 30, sizes, height=1.0) == 18
    assert deck.size_for("word " * 300, sizes, height=1.0) == 18


def test_intervals_and_marks_stay_on_one_line():
    assert html.cell("+3.4 [−1.0, +7.9] ●") == "+3.4 [−1.0,\u00a0+7.9]\u00a0●"
    made = pdf._table("", pd.DataFrame({"Who": ["Chile"], "Gain, points": ["unknown"], "n": [14]}))
    assert made["numeric"] == [False, True, True]
    assert made["rows"] == [["Chile", "–", "14"]]


@pytest.mark.parametrize("log", [True, False])
def test_names_of_controls_that_are_close_stand_apart(log):
    scale = alt.Scale(type="log" if log else "linear", domain=(0.1, 0.9))
    x, y = alt.X("true_value:Q", scale=scale), alt.Y("all_value:Q", scale=scale)
    table = pd.DataFrame(
        {
            "method": ["pooled", "transfer", "length", "shuffled"],
            "true_value": [0.3, 0.31, 0.3, 0.8],
            "all_value": [0.50, 0.51, 0.80, 0.50],
        }
    )
    assert control_marks.lowered(table, x, y) == {"pooled": 8, "transfer": -6, "length": 1, "shuffled": 1}
    same = table.assign(all_value=0.5, true_value=0.3).head(2)
    assert control_marks.lowered(same, x, y) == {"pooled": -6, "transfer": 8}
