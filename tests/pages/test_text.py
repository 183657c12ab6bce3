"""Words and numbers as a reader sees them."""

import math

import pytest

from dashboard.kit import text


def test_percent_has_one_decimal_and_unknown_is_not_zero():
    assert text.percent(0.6349) == "63.5\u00a0%"
    assert text.percent(math.nan) == text.percent(None) == "unknown"


@pytest.mark.parametrize(
    ("value", "words"), [(0.0234, "+2.3"), (-0.0234, "−2.3"), (0.0004, "0.0"), (-0.0004, "0.0"), (0.0, "0.0")]
)
def test_a_difference_has_a_sign_unless_it_rounds_to_zero(value, words):
    assert text.signed(value) == words


def test_a_missing_interval_is_named():
    assert text.percent_range(math.nan, 0.5) == text.points_range(math.nan, math.nan) == "no interval"
    assert text.points_range(-0.01, 0.02) == "[−1.0, +2.0]"


def test_markup_in_a_name_from_the_data_is_shown_as_it_is():
    assert text.plain("a*b_[c](d) :red[x] $y$ <b>") == r"a\*b\_\[c\]\(d\) \:red\[x\] \$y\$ \<b\>"


def test_a_command_in_a_sentence_is_shown_as_one_and_the_rest_as_it_is():
    said = "runs/a_b.json is gone: `scpo cache repair` says"
    assert text.with_commands(said) == r"runs/a\_b\.json is gone\: `scpo cache repair` says"
    assert text.with_commands("an odd ` in *it*") == r"an odd \` in \*it\*"


def test_counts_agree_with_their_noun():
    assert text.count(1, "user") == "1 user"
    assert text.count(1200, "country", "countries") == "1,200 countries"
    assert text.count(math.nan, "pair") == "unknown pairs"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "remaining time not known yet"),
        (0.2, "about 1 s left"),
        (95, "about 2 min left"),
        (7200, "about 2.0 h left"),
    ],
)
def test_remaining_time_is_told_in_the_unit_one_waits_in(seconds, words):
    assert text.duration(seconds) == words


def test_a_setting_names_only_what_its_method_uses():
    assert text.setting_label("scpo", 0.7, 1.1) == "Filter + weight (τ 0.7, β 1.1)"
    assert text.setting_label("weight", math.nan, 0.5) == "Weight (β 0.5)"
    assert text.setting_label("full", None, None) == "All pairs"


def test_run_ids_are_short_distinct_and_the_rest_is_counted():
    runs = ["0123456789abcdef", "fedcba9876543210", "0123456789abcdef"]
    assert text.short_ids(runs) == "01234567, fedcba98"
    assert text.short_ids([f"{i:016x}" for i in range(5)], most=1) == "00000000 (+4)"


def test_a_model_is_one_run_or_the_mean_over_its_seeds():
    assert text.model_label("Chile", "Weight (β 1.1)", ["a" * 12, "b" * 12]) == "Chile: Weight (β 1.1), mean of 2 seeds"
    assert text.model_label("Chile", "Weight (β 1.1)", ["abcdefghijkl"]) == "Chile: Weight (β 1.1), run abcdefgh"
