"""The upload of files in the layouts people have: what the page asks, checks and starts."""

from __future__ import annotations

import csv
import gzip
import io
import json

import pytest
from reading import check_page, words

from dashboard.data import upload_files, view
from dashboard.data import words as upload_words
from dashboard.kit import text
from scpo.jobs import children
from scpo.results.check import check_file


@pytest.fixture
def launched(monkeypatch):
    """Return the list of commands the page starts; none is carried out."""
    commands = []
    monkeypatch.setattr(children, "start", lambda store, settings, words, **about: commands.append(words))
    return commands


@pytest.fixture
def upload(open_page, store, launched):
    """Upload a file of rows or of bytes."""

    def upload(content, name="mine.jsonl"):
        at = open_page("data", store, query={"part": view.OWN})
        if not isinstance(content, bytes):
            content = "".join(json.dumps(row) + "\n" for row in content).encode()
        at.file_uploader[0].set_value((name, content, "text/plain"))
        return at.run()

    return upload


def box(at, label):
    (found,) = [one for one in at.selectbox if text.plain(label) in (one.label, one.label.removesuffix(" (needed)"))]
    return found


def metrics(at):
    return {one.label: one.value for one in at.metric}


def started(at, launched, store):
    """Press the button; return the command, after its own check has found what the page says."""
    at.button(key="upload_add").click().run()
    check_page(at)
    command = launched[-1]
    options = [word.removeprefix("--").split("=", 1) for word in command if word.startswith("--")]
    single = dict(option for option in options if option[0] != "map")
    (path,) = (store.root / "uploads").glob("*/*")
    mapping = dict(value.split("=", 1) for name, value in options if name == "map")
    document = check_file(single["source"], path, mapping=mapping, group=None, winner=single.get("winner"))
    assert (
        metrics(at)["Pairs"] == f"{document['pairs']:,}"
        and metrics(at)[f"{document['unit'].capitalize()}s"] == f"{document['users']:,}"
    )
    return command


def compared(winners):
    return [{"prompt": f"q{i}", "response_0": f"x{i}", "response_1": f"y{i}", "better_response_id": one, "user": i}
            for i, one in enumerate(winners)]  # fmt: skip


def test_a_winner_in_numbers_is_asked_for_with_its_rows(upload, launched, store):
    at = upload(compared([0, 1, 1, 1]))
    assert not at.exception
    assert [one.value for one in at.button_group if str(one.key).startswith("shape")] == [upload_words.COMPARISON]
    assert "say which response won" in at.error[0].value and not at.metric
    box(at, "Winner 1 · 3 rows").select("B won").run()
    assert metrics(at)["Pairs"] == "3" and "1 row has no known winner" in words(at)
    box(at, "Winner 0 · 1 row").select("A won").run()
    check_page(at)
    assert metrics(at)["Pairs"] == "4"
    assert "--winner=1=b,0=a" in started(at, launched, store)


def test_words_for_a_winner_are_shown_with_what_they_mean(upload, launched, store):
    at = upload(compared(["model_a", "tie", "b"]))
    check_page(at)
    assert "known: model\\_a is A (1), tie is tie (1), b is B (1)." in words(at) or "model_a is A (1)" in words(at)
    assert metrics(at) | {"Pairs": "2", "Ties": "1"} == metrics(at)
    assert not any(word.startswith("--winner") for word in started(at, launched, store))


def test_a_signed_winner_is_a_tick(upload, launched, store):
    at = upload(compared([-2, 3, 0, 1]))
    (tick,) = [one for one in at.checkbox if one.label == upload_words.SIGNED_LABEL]
    tick.check().run()
    check_page(at)
    assert metrics(at)["Pairs"] == "3" and metrics(at)["Ties"] == "1"
    assert "--winner=signed" in started(at, launched, store)


def test_scored_responses_are_paired(upload, launched, store):
    rows = [{"user_prompt": f"q{i % 4}", "model_response": f"r{i}", "score": i, "annotator": f"u{i % 4}", "model": "m",
             "reside_country": "Viet Nam"} for i in range(12)]  # fmt: skip
    at = upload(rows)
    check_page(at)
    assert metrics(at)["Pairs"] == "12" and metrics(at)["Users"] == "4"
    command = started(at, launched, store)
    assert "--source=responses" in command and "--map=response=model_response" in command


def test_responses_beside_one_another_and_in_lists_need_no_column(upload):
    turn = {f"first_turn_response_{name}": name * 3 for name in "abcd"}
    rows = [{"annotator_id": f"u{i}", "first_turn_prompt": "q", **turn, "first_turn_preferred_response": "b"}
            for i in range(3)]  # fmt: skip
    at = upload(rows)
    check_page(at)
    assert metrics(at)["Pairs"] == "9"
    completions = [{"response": f"r{i}", "overall_score": i, "model": "m"} for i in range(3)]
    at = upload([{"instruction": "q", "completions": completions}], "raw.jsonl")
    assert metrics(at)["Pairs"] == "3" and "1 choice among 3 responses make 3 pairs" in words(at)


def test_answers_of_people_of_several_countries_to_questions_are_counted(upload, launched, store):
    rows = [["ID", "annotator_id", "nationality", "annotation"]]
    rows += [[f"X-{i % 4}", i, ("Chile", "Kenya")[i % 3 == 0], i % 5 % 3] for i in range(60)]
    line = io.StringIO()
    csv.writer(line).writerows(rows)
    at = upload(line.getvalue().encode(), "raters.csv")
    check_page(at)
    assert [one.value for one in at.button_group if str(one.key).startswith("shape")] == [upload_words.SURVEY]
    assert metrics(at)["Questions"] == "4" and metrics(at)["Communities"] == "2"
    assert "a row is one person's answer" in words(at) and "test questions" in words(at)
    assert "--source=opinions-long" in started(at, launched, store)


def test_the_layout_of_a_public_set_is_proposed_and_then_read_without_more_questions(upload, launched, store):
    at = upload(compared([0, 1, 1, 1]))
    assert "Its columns are those of PKU-SafeRLHF: choose it" in words(at) and not at.metric
    box(at, "Laid out as").select("pku").run()
    check_page(at)
    assert metrics(at)["Pairs"] == "4" and not [one for one in at.selectbox if str(one.key).startswith("map_")]
    command = started(at, launched, store)
    assert "--source=pku" in command and not any(word.startswith(("--map", "--winner")) for word in command)


def test_the_answer_shares_of_global_opinion_qa_are_proposed_too(upload, launched, store):
    shares = "defaultdict(<class 'list'>, {'Chile': [0.6, 0.4], 'Kenya': [0.3, 0.7]})"
    with io.StringIO(newline="") as file:
        csv.writer(file).writerows(
            [["question", "selections", "options", "source"], ["Do you like rain?", shares, "['Yes', 'No']", "GAS"]]
        )
        at = upload(file.getvalue().encode(), "survey.csv")
    assert "Its columns are those of GlobalOpinionQA: choose it" in words(at) and not at.metric
    box(at, "Laid out as").select("global-opinions").run()
    check_page(at)
    assert (metrics(at)["Questions"], metrics(at)["Pairs"], metrics(at)["Communities"]) == ("1", "2", "2")
    assert "--source=global-opinions" in started(at, launched, store)


def test_a_layout_that_a_file_does_not_have_is_refused_in_words(upload):
    at = upload(compared(["a", "b"]))
    box(at, "Laid out as").select("coval").run()
    assert "is not laid out as CoVal" in at.error[0].value and not at.metric


def test_a_data_set_of_the_hub_is_asked_for_by_its_id(open_page, store, launched):
    at = open_page("data", store, query={"part": view.OWN})
    assert at.button(key="hub_add").disabled
    at.text_input(key="hub_id").set_value("../x").run()
    assert "names no data set on the hub" in words(at) and at.button(key="hub_add").disabled
    at.text_input(key="hub_id").set_value("PKU-Alignment/PKU-SafeRLHF@main").run()
    at.selectbox(key="hub_layout").select("pku").run()
    check_page(at)
    at.button(key="hub_add").click().run()
    check_page(at)
    path = "--path=hub:PKU-Alignment/PKU-SafeRLHF@main"
    assert launched == [["data", "add", "pku-saferlhf", "--source=pku", path]]


def test_a_prompt_inside_the_responses_needs_no_column(upload, launched, store):
    rows = [{"chosen": f"\n\nHuman: q{i}\n\nAssistant: a", "rejected": f"\n\nHuman: q{i}\n\nAssistant: b"}
            for i in range(3)]  # fmt: skip
    at = upload(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()), "hh.jsonl.gz")
    check_page(at)
    assert metrics(at)["Pairs"] == "3" and "3 rows are written conversations" in words(at)
    command = started(at, launched, store)
    assert command[2] == "hh" and not any(word.startswith("--map=prompt") for word in command)
    at = upload([{"chosen": "a", "rejected": "b"}])
    assert "Choose the column of: prompt." in words(at)


def test_a_column_that_is_left_out_is_not_guessed_again(upload, launched, store):
    rows = [{"prompt": f"q{i}", "chosen": "a", "rejected": "b", "annotator": "u", "nation": "Chile"} for i in range(3)]
    at = upload(rows)
    assert metrics(at)["Users"] == "1" and metrics(at)["Communities"] == "1"
    box(at, "User").select(upload_words.NO_COLUMN).run()
    box(at, "Country").select(upload_words.NO_COLUMN).run()
    check_page(at)
    assert metrics(at)["Users"] == "3" and metrics(at)["Communities"] == "0"
    command = started(at, launched, store)
    assert "--map=user_id=" in command and "--map=country=" in command


def test_an_unknown_country_is_shown_with_those_spelled_like_it(upload):
    rows = [{"prompt": f"q{i}", "chosen": "a", "rejected": "b", "user": f"u{i}", "country": name}
            for i, name in enumerate(["Korea, Rep.", "Germnay"])]  # fmt: skip
    at = upload(rows)
    check_page(at)
    assert metrics(at)["Communities"] == "1" and "'Germnay' (Germany?)" in words(at)


def test_tables_of_a_spreadsheet_are_read(upload):
    line = io.StringIO()
    csv.writer(line, delimiter=";").writerows([["Prompt", "Chosen", "Rejected"], ["q", "a", "b"]])
    for name in ("a.txt", "a.tsv", "a.csv"):
        at = upload(line.getvalue().encode("utf-16"), name)
        check_page(at)
        assert metrics(at)["Pairs"] == "1" and "separated by semicolons" in words(at)


@pytest.mark.parametrize("name", ["a.csv.gz", "a.jsonl.zst", "a.arrow", "a.json", "a.tsv"])
def test_the_name_of_a_data_set_has_no_extension(name):
    assert upload_words.proposed_name(upload_files.safe_name(name), []) == "a"


def test_a_bomb_is_refused_and_the_page_goes_on(upload):
    part = gzip.compress((b"q,a," + b"b" * 10**6 + b"\n") * 10)
    at = upload(part * 60, "mine.csv.gz")
    assert not at.exception
    assert "unpacks to more than 500 MB" in at.error[0].value and at.file_uploader
