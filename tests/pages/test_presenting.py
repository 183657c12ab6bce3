"""Presenting: by a click and by address, in plain words, without how a model was made, on every page that shows one."""

import json
import re

import altair as alt
import pandas as pd
import pytest
from reading import check_page, too_long, words

from dashboard.frame.presenting import EVERYWHERE, LIMITS
from dashboard.kit import glossary

ON_STAGE = {"brief", "tradeoff", "bias", "divergence"}
TECHNICAL = re.compile(
    r"[τβλκ]|all-country|true-country|label-blind|excess|recovered|over-steer|Holm|noise floor|global model|"
    r"\bseeds?\b|\bruns?: |\bpairs\b(?! of answers)",
    re.IGNORECASE,
)


def seen(at):
    """Everything on the page as text, what stands in a closed box of the sidebar apart."""
    kinds = (at.main.header, at.main.subheader, at.main.markdown, at.main.caption, at.main.metric, at.main.expander)
    texts = [getattr(one, "label", "") for one in (*at.main.metric, *at.main.expander)]
    texts += [str(one.value) for kind in kinds[:5] for one in kind]
    return "\n".join(texts).replace("\\", "")


def charts(at):
    return [json.loads(one.proto.spec) for one in at.get("vega_lite_chart")]


def titles(part):
    """Titles of axes, legends and tooltips of a chart."""
    if isinstance(part, dict):
        own = [part["title"]] if isinstance(part.get("title"), str) else []
        return own + [one for value in part.values() for one in titles(value)]
    return [one for value in part for one in titles(value)] if isinstance(part, list) else []


def test_a_click_on_the_toggle_presents_and_another_ends_it(open_page):
    at = open_page("brief", "many")
    assert "all-country accuracy" in seen(at) and "Nothing is running" in words(at)
    at.toggle(key="present").set_value(True).run()
    check_page(at)
    assert "accuracy on all choices" in at.header[0].value and "What this does not show" in seen(at)
    assert "Nothing is running" not in words(at)  # nothing looks for news
    assert "font-size" in "".join(one.proto.body for one in at.get("html"))
    at.toggle(key="present").set_value(False).run()
    assert "all-country accuracy" in seen(at) and "What this does not show" not in seen(at)


@pytest.mark.parametrize("page", sorted(ON_STAGE))
def test_by_address_a_page_presents_in_plain_words_without_how_models_were_made(open_page, many, page):
    at = open_page(page, "many", query={"present": "true"})
    check_page(at)
    found = seen(at)
    assert [line for line in found.splitlines() if TECHNICAL.search(line)] == []
    assert not any(run.run_id[:8] in found for run in many.runs)
    assert LIMITS[page] in found and all(one in found for one in EVERYWHERE)
    assert charts(at)
    assert [one for spec in charts(at) for one in titles(spec) if TECHNICAL.search(one)] == []
    headings = [str(column) for table in at.main.dataframe for column in table.value.columns]
    assert headings and [one for one in headings if TECHNICAL.search(one)] == []
    assert not at.main.get("download_button")


@pytest.mark.parametrize("page", ["pairs", "workbench", "runs", "data"])
def test_no_other_page_breaks(open_page, page):
    at = open_page(page, "many", query={"present": "true"})
    check_page(at)
    assert at.toggle(key="present").value and at.main.header


def test_the_details_of_a_couple_and_its_examples_are_plain_too(open_page):
    at = open_page("divergence", "many", query={"present": "true"})
    at.selectbox(key="couple").select("NZL↔ZAF")
    at.run()
    check_page(at)
    assert "The general model prefers" in seen(at)
    assert [line for line in seen(at).splitlines() if TECHNICAL.search(line)] == []


def test_no_limit_is_longer_than_a_sentence():
    assert [one for said in (*LIMITS.values(), *EVERYWHERE) for one in too_long(said)] == []
    assert set(LIMITS) == ON_STAGE


def test_the_mode_and_the_setting_stay_on_the_way_to_another_page(open_page):
    at = open_page("brief", "many", query={"present": "true", "setting": "Filter (τ 0.6)"})
    at.switch_page("../pages/bias.py").run()
    check_page(at)
    assert at.toggle(key="present").value and LIMITS["bias"] in seen(at)
    assert at.selectbox(key="setting").value == "filter|0.6|-"
    at.toggle(key="present").set_value(False).run()
    assert at.selectbox(key="setting").value == "filter|0.6|-"


def test_a_click_keeps_the_mode(open_page):
    at = open_page("brief", "many", query={"present": "true"})
    at.session_state["_next_page"] = ("divergence", {"who": "Chile"})
    at.run()
    check_page(at)
    assert LIMITS["divergence"] in seen(at)


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("Filter + weight (τ 0.7, β 1.1) raises all-country accuracy", "SCPO raises accuracy on all choices"),
        ("Filter (τ 0.6)", "Disagreements only"),
        ("Recovered share, %", "Share of mistakes put right, %"),
        ("All-country accuracy", "Accuracy on all choices"),
        ("1 of 2 points over-steer", "1 of 2 points pander"),
        ("900 pairs, 1 user", "900 choices, 1 person"),
        ("Bold: they differ, Holm over all couples", "Bold: they differ, counting all couples"),
        ("runs in the family, paired by chance", "runs in the family, paired by chance"),
    ],
)
def test_plain_words_keep_capitals_and_leave_the_rest(said, plain):
    assert glossary.in_plain_words(said) == plain


def test_nothing_is_said_plainly_unless_asked_for():
    assert glossary.said("all-country") == "all-country" and not glossary.is_plain()


def test_a_chart_in_plain_words_keeps_what_a_click_reports_and_matches_its_legend():
    table = pd.DataFrame({"point": ["AUS|filter|0.6|-"], "setting": ["Filter"], "method_label": ["Filter"], "v": [0.5]})
    colour = alt.Color("method_label:N", scale=alt.Scale(domain=["Filter"], range=["#E69F00"]))
    shape = alt.Shape("method_label:N", scale=alt.Scale(domain=["Filter"], range=["square"]))
    chart = alt.Chart(table).mark_point().encode(x=alt.X("v:Q", title="Recovered share"), color=colour, shape=shape)
    chart = chart.properties(height=alt.Step(30)).configure(axis={"labelFontSize": 12})
    plain = glossary.plain_chart(chart.to_dict())
    ((row,),) = plain["datasets"].values()
    assert (row["point"], row["setting"], row["v"]) == ("AUS|filter|0.6|-", "Filter", 0.5)
    assert [plain["encoding"][name]["scale"]["domain"] for name in ("color", "shape")] == [[row["method_label"]]] * 2
    assert row["method_label"] == "Disagreements only"
    assert plain["encoding"]["x"]["field"] == "v" and plain["encoding"]["x"]["title"] == "Share of mistakes put right"
    assert plain["encoding"]["shape"]["scale"]["range"] == ["square"]
    assert plain["config"]["axis"]["labelFontSize"] > 12 and plain["height"]["step"] > 30
