import csv

import numpy as np
import pytest

from scpo.data.sources import SOURCES
from scpo.data.sources.global_opinions.load import NON_ANSWERS, load_global_opinions
from scpo.data.tables import OPINIONS, validate
from scpo.errors import DataError, InputError

LABELS = "global_opinions.csv: country distributions"


@pytest.fixture
def load(tmp_path):
    def load(*rows):
        path = tmp_path / "global_opinions.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["question", "selections", "options", "source"])
            writer.writerows([[*row, "GAS"][:4] for row in rows])
        return load_global_opinions(path)

    return load


def selections(text):
    return f"defaultdict(<class 'list'>, {text})"


YES_NO = "['Yes', 'No']"


def assert_counts_add_up(report):
    for file, read in report.files.items():
        assert read == report.kept[file] + sum(len(lines) for lines in report.dropped[file].values())


def test_the_invented_rows_load_as_one_counts_them_by_eye(invented):
    opinions, report = load_global_opinions(invented / "global_opinions.csv")
    validate(opinions, OPINIONS, "opinions")
    assert opinions.groupby("question", sort=False)["country"].unique().map(list).to_dict() == {
        "INVENTED: Do you like rain? Would you say...": ["GBR", "IND"],
        "INVENTED: For each of these, how important is it?: Soup": ["GBR"],
        "INVENTED: Was the soup (survey country) made?": ["KOR"],
    }
    assert len(opinions) == 3 + 3 + 6 + 3
    assert report.files == {"global_opinions.csv": 3, LABELS: 7}
    assert report.kept == {"global_opinions.csv": 3, LABELS: 4}
    assert report.dropped[LABELS] == {
        "non-national sample: a few cities or regions": [2],
        "all shares are zero: missing, not a distribution": [6],
        "another number of shares than of options": [6],
    }
    assert opinions["survey"].value_counts().to_dict() == {"GAS": 9, "WVS": 6}


def test_the_rows_of_the_enclosed_part_load_too(invented):
    opinions, report = load_global_opinions(invented / "global_opinions_part.csv")
    assert opinions["country"].drop_duplicates().tolist() == ["GBR", "KOR"]
    assert opinions["survey"].tolist() == [None] * 12
    assert report.kept == {"global_opinions_part.csv": 3, "global_opinions_part.csv: country distributions": 3}


def test_options_of_mixed_types_become_text_in_their_order(invented):
    opinions, _ = load_global_opinions(invented / "global_opinions.csv")
    soup = opinions[opinions["question"].str.endswith("Soup")]
    assert soup["option"].tolist() == [
        "Very important", "2.0", "3.0", "Not at all important", "Don't know", "No answer",
    ]  # fmt: skip
    assert soup["share"].tolist() == [0.052000000000000005, 0.4, 0.3, 0.2, 0.04, 0.008]
    assert soup["is_answer"].tolist() == [True] * 4 + [False] * 2


@pytest.mark.parametrize(
    ("option", "is_answer"),
    [("Neither (VOL)", True), ("Both/neither (VOL)", True), ("None of these (VOL)", True),
     ("Depends on the situation (VOL)", True), ("Other (VOL)", True), ("Neither agree nor disagree", True),
     ("DK/Refused", False), ("No answer/refused", False), ("No answer/Refused", False),
     ("Other missing; Not applicable; Multiple answers Mail (EVS)", False)],
)  # fmt: skip
def test_only_the_listed_non_answers_are_none(load, option, is_answer):
    opinions, _ = load(["Q?", selections("{'Chile': [0.5, 0.5]}"), repr(["Yes", option])])
    assert opinions["is_answer"].tolist() == [True, is_answer]
    assert len(NON_ANSWERS) == 13


def test_a_non_national_sample_never_replaces_the_national_one(load):
    for text in ("{'Poland (Non-national sample)': [0.9, 0.1], 'Poland': [0.2, 0.8]}",
                 "{'Poland': [0.2, 0.8], 'Poland (Non-national sample)': [0.9, 0.1]}"):  # fmt: skip
        opinions, report = load(["Q?", selections(text), YES_NO])
        assert opinions[["country", "label", "share"]].to_numpy().tolist() == [
            ["POL", "Poland", 0.2], ["POL", "Poland", 0.8],
        ]  # fmt: skip
        assert_counts_add_up(report)


@pytest.mark.parametrize("order", [1, -1])
def test_india_is_its_current_national_sample_in_whatever_order(load, order):
    entries = [
        "'India (Old national sample)': [0.4, 0.6]",
        "'India (Current national sample)': [0.7, 0.3]",
        "'India (Non-national sample)': [0.1, 0.9]",
    ][::order]
    opinions, report = load(["Q?", selections("{" + ", ".join(entries) + "}"), YES_NO])
    assert opinions["share"].tolist() == [0.7, 0.3]
    assert report.kept[LABELS] == 1
    assert_counts_add_up(report)


def test_the_old_national_sample_of_india_serves_where_there_is_no_current_one(load):
    opinions, _ = load(["Q?", selections("{'India (Old national sample)': [0.4, 0.6]}"), YES_NO])
    assert opinions["country"].unique().tolist() == ["IND"]


def test_northern_ireland_is_left_out_and_counted(load):
    opinions, report = load(["Q?", selections("{'Great Britain': [0.4, 0.6], 'Northern Ireland': [0.9, 0.1]}"), YES_NO])
    assert opinions["label"].unique().tolist() == ["Great Britain"]
    assert sum(len(lines) for lines in report.dropped[LABELS].values()) == 1


def test_the_same_question_with_other_options_is_another_question(load):
    opinions, _ = load(
        ["Is  it\nso?", selections("{'Chile': [0.4, 0.6]}"), YES_NO],
        ["Is it so?", selections("{'Chile': [0.3, 0.7]}"), "['Yes', 'Never']"],
        ["Is it so?", selections("{'Peru': [0.2, 0.8]}"), "['Yes', ' No ']"],
    )
    assert opinions["question"].unique().tolist() == ["Is it so?"]
    assert opinions.groupby("question_id", sort=False)["country"].unique().map(list).tolist() == [
        ["CHL", "PER"],
        ["CHL"],
    ]


def test_a_country_asked_twice_keeps_its_first_answers(load):
    row = ["Q?", selections("{'Chile': [0.4, 0.6]}"), YES_NO]
    opinions, report = load(row, ["Q?", selections("{'Chile': [0.3, 0.7], 'Peru': [1.0, 0.0]}"), YES_NO], row)
    assert opinions["share"].tolist() == [0.4, 0.6, 1.0, 0.0]
    assert report.dropped[LABELS] == {"the same question and country occurred in an earlier row": [3, 4]}
    assert report.dropped["global_opinions.csv"] == {"no country's answers are left": [4]}
    assert_counts_add_up(report)


def test_text_outside_the_braces_is_never_evaluated(load):
    opinions, _ = load(["Q?", "__import__('sys').exit({'Chile': [0.4, 0.6]})", YES_NO])
    assert opinions["country"].unique().tolist() == ["CHL"]


@pytest.mark.parametrize("text", ["{'Chile': __import__('sys').exit()}", "defaultdict(list)", "", "{'Chile': [0.1"])
def test_selections_that_are_no_literal_are_dropped_and_not_run(load, text):
    good = ["Q?", selections("{'Chile': [0.4, 0.6]}"), YES_NO]
    _, report = load(good, ["R?", text, YES_NO])
    assert report.dropped["global_opinions.csv"] == {"selections are no table of countries and shares": [3]}


@pytest.mark.parametrize("options", ["", "[]", "no list", "{'a': 1}"])
def test_a_row_without_options_is_dropped_and_counted(load, options):
    good = ["Q?", selections("{'Chile': [0.4, 0.6]}"), YES_NO]
    _, report = load(good, ["R?", selections("{'Chile': [0.4, 0.6]}"), options])
    assert report.dropped["global_opinions.csv"] == {"options are no list of answers": [3]}
    assert_counts_add_up(report)


def test_a_row_without_question_is_dropped_and_counted(load):
    good = ["Q?\nmore", selections("{'Chile': [0.4, 0.6]}"), YES_NO]
    _, report = load(good, ["", selections("{'Atlantis': [0.4, 0.6]}"), YES_NO], ["R?", *good[1:]])
    assert report.dropped["global_opinions.csv"] == {"no question": [4]}
    assert report.kept["global_opinions.csv"] == 2
    assert_counts_add_up(report)


@pytest.mark.parametrize(
    ("shares", "reason"),
    [("[0.4, 0.6, 0.0]", "another number of shares than of options"),
     ("[1.0]", "another number of shares than of options"),
     ("[0.0, 0]", "all shares are zero: missing, not a distribution"),
     ("[40.0, 70.0]", "shares are no numbers from 0 to 1"),
     ("['0.4', 0.6]", "shares are no numbers from 0 to 1"), ("[0.4, None]", "shares are no numbers from 0 to 1"),
     ("[0.4, 0.4]", "shares do not sum to 1"), ("[-0.2, 1.2]", "shares are no numbers from 0 to 1")],
)  # fmt: skip
def test_shares_that_are_no_distribution_are_left_out_and_counted(load, shares, reason):
    opinions, report = load(["Q?", selections(f"{{'Peru': {shares}, 'Chile': [0.4, 0.6]}}"), YES_NO])
    assert opinions["country"].unique().tolist() == ["CHL"]
    assert report.dropped[LABELS] == {reason: [2]}
    assert_counts_add_up(report)


def test_shares_may_miss_one_by_rounding(load):
    opinions, _ = load(["Q?", selections("{'Chile': [0.397, 0.6], 'Peru': [0.403, 0.6]}"), YES_NO])
    assert np.allclose(opinions.groupby("country")["share"].sum().sort_index(), [0.997, 1.003])


def test_an_unknown_label_raises_with_line_and_label(load):
    with pytest.raises(DataError, match=r"line 2: country label 'Atlantis'"):
        load(["Q?", selections("{'Atlantis': [0.4, 0.6]}"), YES_NO])


def test_an_unknown_source_raises(load):
    with pytest.raises(DataError, match="'EVS'"):
        load(["Q?", selections("{'Chile': [0.4, 0.6]}"), YES_NO, "EVS"])


def test_a_file_without_usable_questions_is_an_error(load):
    with pytest.raises(DataError, match="no usable question"):
        load(["", "", ""])


def test_another_file_is_recognised_by_its_columns(tmp_path):
    (tmp_path / "x.csv").write_text("prompt,chosen\na,b\n")
    with pytest.raises(DataError, match="no column 'question'; columns found: prompt, chosen"):
        load_global_opinions(tmp_path / "x.csv")


def test_offline_and_not_cached_says_how_to_go_on(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(InputError, match=r"work offline.*--path"):
        SOURCES["global-opinions"].published.fetch(offline=True, token=None)


def test_shares_in_percent_are_read_as_such_row_by_row_and_noted(load):
    opinions, report = load(
        ("q1", selections("{'Chile': [60, 40], 'Kenya': [0.55, 0.45]}"), YES_NO),
        ("q2", selections("{'Chile': [99.5, 0.5]}"), YES_NO),
    )
    assert opinions["share"].tolist() == pytest.approx([0.6, 0.4, 0.55, 0.45, 0.995, 0.005])
    assert "global_opinions.csv: 2 country distributions are in percent, and divided by 100." in report.notes
    assert_counts_add_up(report)


def test_counts_that_are_no_shares_are_still_dropped(load):
    with pytest.raises(DataError, match="no usable question"):
        load(("q", selections("{'Chile': [60, 41.9, 30]}"), "['a', 'b', 'c']"))
