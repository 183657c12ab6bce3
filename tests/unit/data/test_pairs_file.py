import json

import pytest

from scpo.data.sources.pairs.load import load_pairs_file
from scpo.data.sources.pairs.names import guess_mapping
from scpo.data.tables import PAIRS, UTTERANCES, validate
from scpo.errors import DataError, InputError

ROWS = [
    {"user_id": "u1", "country": "South Africa", "interaction_id": "i1", "prompt": "p", "chosen": "a", "rejected": "b"},
    {"user_id": "u1", "country": "South Africa", "interaction_id": "i1", "prompt": "p", "chosen": "a", "rejected": "c"},
    {"user_id": "u2", "country": "CHL", "interaction_id": "i2", "prompt": "q", "chosen": "d", "rejected": "e"},
]


def preferences(tables):
    text = tables.utterances["response"].to_numpy()
    return list(zip(text[tables.pairs["chosen"]], text[tables.pairs["rejected"]], strict=True))


def assert_counts_add_up(report):
    for file, read in report.files.items():
        assert read == report.kept[file] + sum(len(lines) for lines in report.dropped[file].values())


def test_the_invented_rows_load_as_one_counts_them_by_eye(invented):
    tables = load_pairs_file(invented / "prism_pairs.jsonl", mapping={})
    validate(tables.pairs, PAIRS, "pairs")
    validate(tables.utterances, UTTERANCES, "utterances")
    assert tables.users["user_id"].tolist() == ["user9001", "user9004", "profile-0123456789"]
    assert tables.users["country"].tolist() == ["ZAF", None, "NZL"]
    assert tables.pairs["country"].tolist() == ["ZAF", None, "NZL"]
    assert tables.pairs["conversation_type"].tolist() == [None, None, "values guided"]
    assert tables.pairs["margin"].isna().all()
    assert len(tables.utterances) == 6
    assert tables.utterances["response"].iloc[2] == "INVENTED: the Limpopo, curiosité."
    assert tables.report.empty_responses == 1
    assert tables.report.files == tables.report.kept == {"prism_pairs.jsonl": 3}


@pytest.mark.parametrize("name", ["pairs.jsonl", "pairs.csv", "pairs.parquet"])
def test_all_three_formats_give_the_same_tables(write, name):
    tables = load_pairs_file(write(ROWS, name), mapping={})
    assert tables.users["country"].tolist() == ["ZAF", "CHL"]
    assert preferences(tables) == [("a", "b"), ("a", "c"), ("d", "e")]
    assert tables.pairs["pair_id"].tolist() == ["i1:0-1", "i1:0-2", "i2:0-1"]


def test_a_response_of_several_pairs_is_one_row(write):
    tables = load_pairs_file(write(ROWS), mapping={})
    assert tables.utterances["response"].tolist() == ["a", "b", "c", "d", "e"]
    assert tables.pairs["chosen"].tolist() == [0, 0, 3]


def test_the_same_text_in_two_interactions_is_two_rows(write):
    rows = [ROWS[0], {**ROWS[2], "chosen": "a", "rejected": "b"}]
    assert len(load_pairs_file(write(rows), mapping={}).utterances) == 4


def test_columns_can_be_mapped(write):
    rows = [
        {"frage": "p", "gut": "a", "schlecht": "b", "wer": "u1"},
        {"frage": "p", "gut": "a", "schlecht": "c", "wer": "u1"},
    ]
    mapping = {"prompt": "frage", "chosen": "gut", "rejected": "schlecht", "user_id": "wer"}
    tables = load_pairs_file(write(rows), mapping=mapping)
    assert tables.users["user_id"].tolist() == ["u1"]
    assert tables.utterances["prompt"].tolist() == ["p"] * 3


def test_an_unknown_column_in_the_mapping_names_the_columns_found(write):
    with pytest.raises(DataError, match=r"'frage'.*columns found: user_id, country"):
        load_pairs_file(write(ROWS), mapping={"prompt": "frage"})


def test_an_unknown_canonical_name_lists_the_known_ones(write):
    with pytest.raises(DataError, match=r"'nation'.*prompt, chosen, rejected, country"):
        load_pairs_file(write(ROWS), mapping={"nation": "country"})


def test_one_column_cannot_be_two_things(write):
    with pytest.raises(DataError, match=r"'chosen' cannot be chosen and rejected at once"):
        load_pairs_file(write(ROWS), mapping={"rejected": "chosen"})


def test_a_missing_column_says_which_and_what_is_there(write):
    with pytest.raises(DataError, match=r"no column for rejected; columns found: prompt, chosen"):
        load_pairs_file(write([{"prompt": "p", "chosen": "a"}]), mapping={})


def test_a_row_of_an_unknown_country_is_dropped_with_its_line_and_the_note_names_the_country(write):
    rows = [ROWS[0], {**ROWS[2], "country": "Gauls"}, ROWS[1], {**ROWS[2], "country": " Gauls "}, ROWS[2]]
    tables = load_pairs_file(write(rows), mapping={})
    assert preferences(tables) == [("a", "b"), ("a", "c"), ("d", "e")]
    assert tables.pairs["country"].tolist() == ["ZAF", "ZAF", "CHL"]
    assert tables.report.dropped["pairs.jsonl"] == {"unknown country": [2, 4]}
    assert_counts_add_up(tables.report)
    (note,) = tables.report.notes
    assert note.startswith("pairs.jsonl: 2 rows dropped for an unknown country in the column 'country': 'Gauls'; write")


def test_of_many_unknown_countries_the_most_frequent_are_named(write):
    strangers = [{**ROWS[2], "country": f"Land {i}", "prompt": f"q{j}"} for i in range(7) for j in range(i + 1)]
    (note,) = load_pairs_file(write([ROWS[0], *strangers]), mapping={}).report.notes
    assert "28 rows dropped" in note and "'Land 6', 'Land 5', 'Land 4', 'Land 3', 'Land 2' and 2 more" in note


def test_a_row_is_dropped_for_its_first_reason_and_a_repeated_unknown_one_is_unknown_again(write):
    stranger = {**ROWS[2], "country": "Gauls"}
    rows = [ROWS[0], {**stranger, "chosen": ""}, {**stranger, "rejected": stranger["chosen"]}, stranger, stranger]
    report = load_pairs_file(write(rows), mapping={}).report
    assert report.dropped["pairs.jsonl"] == {
        "missing chosen": [2],
        "identical chosen and rejected": [3],
        "unknown country": [4, 5],
    }


def test_unknown_countries_alone_name_file_line_column_and_value_and_suggest_group(write):
    rows = [{**ROWS[2], "chosen": ""}, {**ROWS[2], "country": "Gauls"}]
    with pytest.raises(DataError, match=r"pairs\.jsonl.*line 2, column 'country': 'Gauls'.*--group country"):
        load_pairs_file(write(rows), mapping={})


def test_labels_of_a_grouping_column_are_never_unknown(write):
    tables = load_pairs_file(write([{**ROWS[0], "country": "Gauls"}]), mapping={}, group="country")
    assert tables.pairs["country"].tolist() == ["Gauls"] and not tables.report.dropped["pairs.jsonl"]


def test_a_grouping_column_is_taken_as_it_is(write):
    rows = [{**ROWS[0], "age": " 18-24 "}, {**ROWS[1], "age": ""}, {**ROWS[2], "age": "CHL"}]
    tables = load_pairs_file(write(rows), mapping={}, group="age")
    assert tables.pairs["country"].tolist() == ["18-24", None, "CHL"]
    assert tables.users["country"].tolist() == ["18-24", "CHL"]
    assert tables.pairs["country_facet"].tolist() == ["South Africa", "South Africa", "CHL"]


@pytest.mark.parametrize("value", [None, "", "  ", "Prefer not to say", float("nan")])
def test_an_unsaid_country_is_null(write, value):
    tables = load_pairs_file(write([{**ROWS[0], "country": value}]), mapping={})
    assert tables.pairs["country"].tolist() == [None]
    assert tables.users["country"].tolist() == [None]


def test_a_user_with_and_without_country_keeps_both_kinds_of_pairs(write):
    rows = [{**ROWS[0], "country": None}, ROWS[1]]
    tables = load_pairs_file(write(rows), mapping={})
    assert tables.pairs["country"].tolist() == [None, "ZAF"]
    assert tables.users["country"].tolist() == ["ZAF"]


def test_a_user_of_two_countries_counts_for_the_more_frequent_one_and_is_noted(write):
    rows = [ROWS[0], ROWS[1], {**ROWS[2], "user_id": "u1"}]
    tables = load_pairs_file(write(rows), mapping={})
    assert tables.users["country"].tolist() == ["ZAF"]
    assert any("1 user has pairs of several countries" in note for note in tables.report.notes)


def test_without_users_each_row_is_its_own_and_the_report_says_so(write):
    rows = [{k: v for k, v in row.items() if k != "user_id"} for row in ROWS]
    tables = load_pairs_file(write(rows), mapping={})
    assert len(tables.users) == 3
    assert any("each row counts as its own user" in note for note in tables.report.notes)


def test_without_interactions_user_and_prompt_make_one(write):
    rows = [{k: v for k, v in row.items() if k != "interaction_id"} for row in [*ROWS, {**ROWS[0], "user_id": "u3"}]]
    pairs = load_pairs_file(write(rows), mapping={}).pairs
    assert pairs["interaction_id"].nunique() == 3
    assert pairs["interaction_id"].iloc[0] == pairs["interaction_id"].iloc[1]


def test_an_interaction_id_used_by_two_users_is_two_interactions(write):
    rows = [ROWS[0], {**ROWS[0], "user_id": "u2", "chosen": "b", "rejected": "a"}]
    tables = load_pairs_file(write(rows), mapping={})
    assert tables.pairs["interaction_id"].nunique() == 2
    assert tables.utterances["user_id"].tolist() == ["u1", "u1", "u2", "u2"]
    assert any("more than one user or prompt" in note for note in tables.report.notes)


def test_every_dropped_row_has_its_reason_and_line(write):
    lines = [
        json.dumps(ROWS[0]),
        json.dumps({**ROWS[0], "prompt": None}),
        "{not json",
        "",
        json.dumps({**ROWS[0], "chosen": "b"}),
        json.dumps({**ROWS[0], "rejected": " "}),
        json.dumps(ROWS[0]),
        json.dumps({**ROWS[0], "chosen": ["a", "list"]}),
        "[1, 2]",
        json.dumps({k: v for k, v in ROWS[0].items() if k != "chosen"}),
        json.dumps({**ROWS[0], "chosen": "\ud800"}),
    ]
    report = load_pairs_file(write("\n".join(lines)), mapping={}).report
    assert report.dropped["pairs.jsonl"] == {
        "missing prompt": [2],
        "invalid JSON": [3],
        "identical chosen and rejected": [5],
        "missing rejected": [6],
        "exact duplicate of an earlier row": [7],
        "text expected, other type found: chosen": [8],
        "not a JSON object": [9],
        "missing chosen": [10],
        "half a surrogate pair, no valid text": [11],
    }
    assert report.files == {"pairs.jsonl": 10}
    assert report.identical_texts == 1
    assert_counts_add_up(report)


def test_csv_lines_are_those_of_an_editor_even_with_line_breaks_in_cells(write):
    text = 'prompt,chosen,rejected\r\n"two\r\nlines",a,b\r\np,a\r\n\r\np,"x""y",""\r\np,"a"b,c\r\n"q, r",c,d\r\n'
    tables = load_pairs_file(write(text, "pairs.csv"), mapping={})
    assert tables.report.dropped["pairs.csv"] == {
        "wrong number of fields": [4], "missing rejected": [6], "malformed quoting": [7],
    }  # fmt: skip
    assert tables.utterances["prompt"].tolist() == ["two\r\nlines", "two\r\nlines", "q, r", "q, r"]
    assert tables.users["user_id"].tolist() == ["row-2", "row-8"]
    assert_counts_add_up(tables.report)


def test_a_quotation_mark_that_is_never_closed_names_its_line(write):
    with pytest.raises(DataError, match=r"pairs\.csv, line 3"):
        load_pairs_file(write('prompt,chosen,rejected\np,a,b\np,"a,b\np,c,d\n', "pairs.csv"), mapping={})


def test_csv_texts_longer_than_the_usual_limit_are_read(write):
    rows = [{"prompt": "p", "chosen": "x" * 200_000, "rejected": "b"}]
    assert load_pairs_file(write(rows, "pairs.csv"), mapping={}).utterances["response"].str.len().max() == 200_000


def test_words_that_programs_write_for_nothing_are_no_texts_and_words_of_people_are(write):
    text = "prompt,chosen,rejected,user_id\np,nan,b,1\np,a,<NA>,1\nnull,a,b,1\nNA,None,N/A,007\n"
    tables = load_pairs_file(write(text, "pairs.csv"), mapping={})
    assert preferences(tables) == [("None", "N/A")]
    assert tables.users["user_id"].tolist() == ["007"]
    dropped = {"missing chosen": [2], "missing rejected": [3], "missing prompt": [4]}
    assert tables.report.dropped["pairs.csv"] == dropped


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [("pairs.jsonl", b'{"prompt": "p"}\n{"prompt": "\xff"}\n', r"line 2: byte 29 .*0xff"),
     ("pairs.csv", b"prompt,chosen,rejected\np,a,b\xe9\n", r"line 2: byte 29 .*0xe9")],
)  # fmt: skip
def test_bytes_that_are_not_utf_8_are_an_error_with_their_place(write, name, content, place):
    with pytest.raises(DataError, match=place):
        load_pairs_file(write(content, name), mapping={})


def test_a_byte_order_mark_is_no_part_of_the_first_column(write):
    tables = load_pairs_file(write(b"\xef\xbb\xbfprompt,chosen,rejected\np,a,b\n", "pairs.csv"), mapping={})
    assert len(tables.pairs) == 1


def test_a_bare_nan_is_null(write):
    line = '{"prompt": "p", "chosen": "a", "rejected": "b", "country": NaN, "mood": NaN}\n'
    tables = load_pairs_file(write(line), mapping={})
    assert tables.pairs[["country", "mood"]].to_numpy().tolist() == [[None, None]]


def test_further_columns_are_text_facets_and_those_of_a_person_are_also_the_persons(write):
    rows = [
        {**ROWS[0], "gender": "Female", "turn": 1, "ok": True, "margin": 0.5},
        {**ROWS[1], "gender": "Female", "turn": 2, "ok": False, "margin": 1.5},
        {**ROWS[2], "gender": None, "turn": 3, "ok": True, "margin": 2.5},
    ]
    tables = load_pairs_file(write(rows), mapping={})
    assert tables.pairs["turn"].tolist() == ["1", "2", "3"]
    assert tables.pairs["ok"].tolist() == ["true", "false", "true"]
    assert tables.pairs["margin_facet"].tolist() == ["0.5", "1.5", "2.5"]
    assert tables.users["gender"].tolist() == ["Female", None]
    assert "turn" not in tables.users


def test_a_preference_in_both_directions_is_kept_and_noted(write):
    rows = [ROWS[0], {**ROWS[0], "chosen": "b", "rejected": "a"}]
    tables = load_pairs_file(write(rows), mapping={})
    assert preferences(tables) == [("a", "b"), ("b", "a")]
    assert any("1 couple of responses is preferred in both directions" in note for note in tables.report.notes)


def test_pair_ids_do_not_change_when_other_rows_come_before(write):
    ids = load_pairs_file(write(ROWS), mapping={}).pairs["pair_id"].tolist()
    more = load_pairs_file(write([ROWS[2], *ROWS[:2]], "more.jsonl"), mapping={}).pairs["pair_id"].tolist()
    assert sorted(ids) == sorted(more)


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [("pairs.jsonl", "", "no rows"), ("pairs.csv", "", "is empty"),
     ("pairs.csv", "prompt,chosen,rejected\n", "no rows"),
     ("pairs.jsonl", '{"prompt": "p", "chosen": "a", "rejected": "a"}', "no usable pair .identical"),
     ("pairs.jsonl", "nonsense\n", "no usable pair .invalid JSON: 1"), ("pairs.parquet", "nonsense", "Parquet"),
     ("pairs.xlsx", "PK\x03\x04", "a spreadsheet: unpack it"),
     ("pairs.csv", "prompt,chosen,chosen\np,a,b\n", "'chosen' occurs more")],
)  # fmt: skip
def test_a_file_without_pairs_is_an_error_that_says_why(write, name, content, what):
    with pytest.raises(DataError, match=what):
        load_pairs_file(write(content, name), mapping={})


def test_a_missing_file_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="there is no file"):
        load_pairs_file(tmp_path / "none.csv", mapping={})


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["prompt", "chosen", "rejected"], {"prompt": "prompt", "chosen": "chosen", "rejected": "rejected"}),
        (
            ["Question", "Chosen Response", "Rejected-Response", "annotator_id", "Reside Country", "notes"],
            {"prompt": "Question", "chosen": "Chosen Response", "rejected": "Rejected-Response",
             "country": "Reside Country", "user_id": "annotator_id"},
        ),
        (["a", "b"], {}),
    ],
)  # fmt: skip
def test_likely_columns_are_proposed(columns, expected):
    assert guess_mapping(columns) == expected


def test_spellings_of_one_user_are_one_person_and_noted(write):
    ids = ["u0", "u0 ", "U0", "u\u00a00", "7", "7.0", "u\u200b0"]
    rows = [{**ROWS[0], "user_id": one, "prompt": f"q{i}", "interaction_id": None} for i, one in enumerate(ids)]
    tables = load_pairs_file(write(rows), mapping={})
    assert tables.users["user_id"].tolist() == ["u0", "u\u00a00", "7"]
    assert any("4 spellings of users differ" in note and "one person" in note for note in tables.report.notes)


@pytest.mark.parametrize("word", ["nan", "NaN", "NA", "None", "null", "<NA>", "-"])
def test_a_word_for_nothing_is_no_user_and_no_country(write, word):
    rows = [{**ROWS[0], "user_id": word, "country": word}, {**ROWS[1], "user_id": word}, ROWS[2]]
    tables = load_pairs_file(write(rows), mapping={})
    assert tables.users["user_id"].tolist() == ["row-1", "row-2", "u2"]
    assert tables.pairs["country"].tolist() == [None, "ZAF", "CHL"]
    notes = " ".join(tables.report.notes)
    assert f"2 rows say '{word}' for the user" in notes and f"1 row says '{word}' for the community" in notes
    assert ("for Namibia write NAM" in notes) == (word == "NA")


def test_namibia_by_its_code_is_namibia(write):
    assert load_pairs_file(write([{**ROWS[0], "country": "NAM"}]), mapping={}).pairs["country"].tolist() == ["NAM"]


def test_texts_that_differ_in_white_space_only_make_no_pair(write):
    rows = [ROWS[0], {**ROWS[1], "rejected": " a\n"}, {**ROWS[2], "chosen": "d  e", "rejected": "d e"}]
    report = load_pairs_file(write(rows), mapping={}).report
    assert report.dropped["pairs.jsonl"] == {"chosen and rejected differ in white space only": [2, 3]}
    assert report.identical_texts == 2


def test_columns_are_guessed_by_their_names_and_that_is_noted(write):
    rows = [{"Question": "p", "Chosen": "a", "Rejected": "b", "annotator": "u1", "Nation": "Chile", "mood": "good"}]
    tables = load_pairs_file(write(rows), mapping={})
    assert tables.users["user_id"].tolist() == ["u1"] and tables.pairs["country"].tolist() == ["CHL"]
    assert tables.pairs["mood"].tolist() == ["good"]
    assert any("prompt is 'Question', chosen is 'Chosen'" in note for note in tables.report.notes)


def test_what_is_mapped_comes_before_what_is_guessed(write):
    rows = [{"question": "p", "text": "q", "chosen": "a", "rejected": "b"}]
    assert load_pairs_file(write(rows), mapping={"prompt": "text"}).utterances["prompt"].tolist() == ["q", "q"]
