"""Files of every layout with anything in their cells: read or refused in words, and no row is lost or invented."""

import csv
import gzip
import io
import json

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from public_layouts import FILES

from scpo.data.sources import read_source
from scpo.data.sources.columns import read_columns
from scpo.data.sources.opinions_long.load import load_long_opinions
from scpo.data.sources.pairs.load import load_pairs_file
from scpo.data.sources.reading import Reading
from scpo.data.sources.responses.load import load_responses
from scpo.data.tables import PAIRS, UTTERANCES, validate
from scpo.errors import ScpoError

ROLES = st.sampled_from(["user", "human", "assistant", "gpt", "system", "tool", "", None, 3])
SAID = st.sampled_from(["q", "a", "b", "", None, 7, [{"type": "text", "text": "a"}], [{"type": "image"}]])
MESSAGE = st.builds(
    lambda keys, role, said: {keys[0]: role, keys[1]: said},
    st.sampled_from([("role", "content"), ("from", "value"), ("speaker", "text"), ("x", "content")]),
    ROLES,
    SAID,
)
CONVERSATION = st.one_of(
    st.lists(MESSAGE, max_size=4),
    st.lists(st.sampled_from(["q", "a", None]), max_size=3),
    st.sampled_from(["\n\nHuman: q\n\nAssistant: a", "\n\nHuman: q\n\nAssistant: b", "\n\nAssistant: a", "[{'role':"]),
    MESSAGE,
)
TEXT = st.one_of(
    st.sampled_from(
        ["q", "a", "b", " a ", "", "nan", "NA", "null", "[]", "{}", '["a"]', "0", "é\u200b", 'a,\n"b"', "a;b\t|c"]
    ),
    st.text(max_size=4),
)
CELL = st.one_of(TEXT, TEXT, CONVERSATION, st.none(), st.integers(-3, 3), st.floats(width=32), st.booleans())
WHO = st.sampled_from(["u", "U ", "v", "7", "7.0", 7, "nan", "", None, "\u200bu"])
WHERE = st.sampled_from(["Chile", "US", "chl", "152", "NA", "Germnay", "日本", "", None, "Prefer not to say", 152])
WINNER = st.sampled_from(
    ["a", "model_b", "tie", "0", 1, -2, True, "A>B=C", "response_b", "", None, "who knows", "a,b=c"]
)
NUMBER = st.sampled_from([1, 2, 2.5, "3", "nan", "", None, "x", True, -1])
LISTED = st.lists(
    st.fixed_dictionaries(
        {}, optional={"response": CELL, "text": TEXT, "score": NUMBER, "rank": NUMBER, "model": TEXT}
    ),
    max_size=3,
)
ANSWER = st.sampled_from(["Yes", "No", "DK/Refused", "1", 2, "", None, "nan"])
SHARE = st.sampled_from([1, "1", 0.5, 50, 100, 0, None, "x", "50%"])
EXTRA = {"user_id": WHO, "country": WHERE, "interaction_id": WHO, "age": TEXT}


def rows_of(needed, **more):
    """Rows that have the columns, each absent now and then, and perhaps what says who judged."""
    row = st.fixed_dictionaries({}, optional={**EXTRA, **more, **needed})
    optional = {name: cells for name, cells in {**EXTRA, **more}.items() if name not in needed}
    whole = st.fixed_dictionaries(needed, optional=optional)
    return st.lists(st.one_of(whole, whole, row), min_size=1, max_size=6)


LAYOUTS = {
    "pairs": rows_of({"prompt": CELL, "chosen": CELL, "rejected": CELL}),
    "conversations": rows_of({"chosen": CONVERSATION, "rejected": CONVERSATION}, prompt=CONVERSATION),
    "comparisons": rows_of({"prompt": CELL, "response_a": CELL, "response_b": CELL, "winner": WINNER}),
    "one-hot": rows_of(
        {"prompt": TEXT, "response_a": CELL, "response_b": CELL, "winner_model_a": NUMBER, "winner_model_b": NUMBER}
    ),
    "long": rows_of({"prompt": TEXT, "response": CELL, "score": NUMBER}, rank=NUMBER, winner=WINNER, model=TEXT),
    "marked": rows_of({"prompt": TEXT, "response": TEXT, "if_chosen": NUMBER}),
    "ranked": rows_of({"prompt": TEXT, "response": TEXT, "rank": NUMBER}),
    "wide": rows_of({"prompt": CELL, "response_a": CELL, "response_b": CELL, "response_c": CELL, "ranking": WINNER}),
    "turns": rows_of(
        {
            f"{turn}_turn_{name}": TEXT if name != "preferred_response" else WINNER
            for turn in ("first", "second")
            for name in ("prompt", "response_a", "response_b", "preferred_response")
        }
    ),
    "lists": rows_of({"instruction": CELL, "completions": LISTED}),
    "survey": rows_of(
        {"question": st.sampled_from(["q", "r s", ""]), "country": WHERE, "option": ANSWER},
        share=NUMBER,
        percent=SHARE,
        count=NUMBER,
        n=NUMBER,
        weight=NUMBER,
    ),
    "beside": rows_of({"question": st.sampled_from(["q", "r s"]), "option": ANSWER, "Chile": SHARE, "KEN": SHARE}),
    "other": st.lists(st.dictionaries(TEXT, CELL, max_size=3), min_size=1, max_size=4),
}


def as_cell(value):
    return value if value is None or isinstance(value, str) else json.dumps(value)


def written(rows, kind):
    """Bytes of a file; None where a format cannot hold the rows."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    if kind in ("csv", "tsv", "semicolon"):
        text = io.StringIO()
        writer = csv.writer(text, delimiter={"csv": ",", "tsv": "\t", "semicolon": ";"}[kind])
        writer.writerows([names, *([as_cell(row.get(name)) for name in names] for row in rows)])
        return text.getvalue().encode(errors="replace")
    lines = [json.dumps(row) for row in rows]
    if kind == "json":
        return f"[{','.join(lines)}]".encode()
    if kind == "gz":
        return gzip.compress("\n".join(lines).encode())
    if kind == "jsonl":
        return "\n".join(["", *lines, "[1]", "{", '"x"']).encode()
    try:
        cells = {name: [as_cell(row.get(name)) for row in rows] for name in names}
        table = pa.Table.from_pydict(cells) if cells else pa.table({"x": [None]})
    except (pa.ArrowException, UnicodeEncodeError):
        return None
    sink = io.BytesIO()
    if kind == "parquet":
        pa.parquet.write_table(table, sink)
    else:
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
    return sink.getvalue()


KINDS = ("csv", "tsv", "semicolon", "json", "jsonl", "gz", "parquet", "arrow")
N_BROKEN = {"jsonl": 3}


def check(load, path, n_rows):
    try:
        tables = load(path)
    except ScpoError as error:
        assert str(error).strip() and "Traceback" not in str(error)
        return
    report = tables.report
    dropped = [line for lines in report.dropped[path.name].values() for line in lines]
    assert len(set(dropped)) == len(dropped), "a row is dropped for one reason"
    assert report.files[path.name] == n_rows == report.kept[path.name] + len(dropped)
    validate(tables.utterances, UTTERANCES, "utterances")
    validate(tables.pairs, PAIRS, "pairs")
    response, prompt = tables.utterances["response"], tables.utterances["interaction_id"]
    better, worse = tables.pairs["chosen"], tables.pairs["rejected"]
    assert report.pairs == len(tables.pairs) > 0
    assert all(a.split() != b.split() for a, b in zip(response[better], response[worse], strict=True))
    assert prompt[better].tolist() == prompt[worse].tolist() == tables.pairs["interaction_id"].tolist()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("any")


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=settings.default.max_examples // 4)
@given(data=st.data())
def test_a_file_is_read_or_refused_in_words_and_every_row_is_kept_or_dropped(folder, layout, data):
    rows = data.draw(LAYOUTS[layout])
    kind = data.draw(st.sampled_from(KINDS))
    content = written(rows, kind)
    if content is None:
        return
    path = folder / f"any.{kind}"
    path.write_bytes(content)
    n_rows = len(rows) + N_BROKEN.get(kind, 0)
    stated = data.draw(st.sampled_from([None, None, "signed", "0=a,1=b,true=tie"]))
    group = data.draw(st.sampled_from([None, None, "age"]))
    check(lambda path: load_pairs_file(path, mapping={}, group=group, winner=stated), path, n_rows)
    check(lambda path: load_responses(path, mapping={}, group=group), path, n_rows)
    check(lambda path: load_long_opinions(path, mapping={}, group=group), path, n_rows)
    try:
        read_columns(path)
    except ScpoError as error:
        assert str(error)


@st.composite
def spoilt(draw, value):
    """A value in which parts are missing or are something else."""
    if draw(st.integers(0, 15)) == 0:
        return draw(st.one_of(CELL, LISTED))
    if isinstance(value, dict):
        return {name: draw(spoilt(one)) for name, one in value.items() if draw(st.integers(0, 15))}
    return [draw(spoilt(one)) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("case", FILES)
@settings(max_examples=settings.default.max_examples // 10)
@given(data=st.data())
def test_a_file_of_a_named_layout_is_read_or_refused_in_words_whatever_is_wrong_in_it(folder, case, data):
    whole = FILES[case] if isinstance(FILES[case], list) else [FILES[case]] * 2
    rows = [row for row in (data.draw(spoilt(one)) for one in whole) if isinstance(row, dict)]
    kind = data.draw(st.sampled_from(KINDS))
    content = written(rows, kind)
    if not rows or content is None:
        return
    path = folder / f"named.{kind}"
    path.write_bytes(content)
    name = case.partition(",")[0]

    def load(path):
        return read_source(Reading(name, path, {}, None, 1)).tables

    check(load, path, len(rows) + N_BROKEN.get(kind, 0))


@given(content=st.binary(max_size=200), kind=st.sampled_from(["csv", "jsonl", "json", "parquet", "gz", "txt"]))
def test_bytes_of_any_kind_are_read_or_refused_in_words(folder, content, kind):
    path = folder / f"bytes.{kind}"
    path.write_bytes(content)
    for load in (load_pairs_file, load_responses, load_long_opinions):
        with pytest.raises(ScpoError):
            load(path, mapping={})
