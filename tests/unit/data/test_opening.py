"""Files are opened by what is in them, whatever they are called."""

import gzip
import json

import pandas as pd
import pyarrow as pa
import pytest

from scpo.data.opening import open_file
from scpo.data.raw_files import read_rows
from scpo.errors import DataError, InputError

ROWS = [{"prompt": "p; q, r", "chosen": "a", "rejected": "b"}, {"prompt": "s", "chosen": "é", "rejected": "c"}]
CELLS = [["p; q, r", "a", "b"], ["s", "é", "c"]]


def csv_text(delimiter, *, first=""):
    quoted = '"{}"'
    lines = [delimiter.join(ROWS[0]), *(delimiter.join(quoted.format(cell) for cell in row) for row in CELLS)]
    return first + "\r\n".join(lines) + "\r\n"


def jsonl():
    return "".join(json.dumps(row) + "\n" for row in ROWS)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("comma.csv", csv_text(",")),
        ("semicolon.csv", csv_text(";")),
        ("tab.tsv", csv_text("\t")),
        ("bar.txt", csv_text("|")),
        ("stated.csv", csv_text(";", first="sep=;\r\n")),
        ("utf16.csv", csv_text("\t").encode("utf-16")),
        ("utf16-without-mark.csv", csv_text("\t").encode("utf-16-le")),
        ("mark.csv", csv_text(",").encode("utf-8-sig")),
        ("lines.json", jsonl()),
        ("lines.csv", jsonl()),
        ("array.json", json.dumps(ROWS, indent=2)),
        ("object.json", json.dumps({"version": 1, "data": ROWS}, indent=2)),
        ("packed.jsonl.gz", gzip.compress(jsonl().encode(), mtime=0)),
        ("packed.csv.zst", pa.compress(csv_text(";").encode(), codec="zstd", asbytes=True)),
    ],
)
def test_the_same_rows_come_out_of_every_dialect(write, name, content):
    raw = read_rows(write(content, name))
    assert raw.columns == ["prompt", "chosen", "rejected"]
    assert raw.rows == CELLS and raw.read == 2 and not raw.dropped


def test_arrow_files_and_streams_are_read(tmp_path):
    table = pa.Table.from_pylist(ROWS)
    for name, new in (("one.arrow", pa.ipc.new_file), ("two.arrow", pa.ipc.new_stream)):
        with new(tmp_path / name, table.schema) as writer:
            writer.write_table(table)
        assert read_rows(tmp_path / name).rows == CELLS


def test_a_folder_of_shards_is_one_table_whose_lines_are_counted_through(tmp_path):
    (tmp_path / "part-0.jsonl").write_text('{"prompt": "p", "chosen": "a"}\nbroken\n')
    (tmp_path / "part-1.jsonl").write_text('{"chosen": "b", "extra": 1}\nbroken\n')
    raw = read_rows(tmp_path)
    assert raw.columns == ["prompt", "chosen", "extra"]
    assert raw.rows == [["p", "a", None], [None, "b", "1"]]
    assert raw.lines == [1, 3] and raw.dropped == {"invalid JSON": [2, 4]} and raw.read == 4
    assert "2 files read as one table" in raw.notes[-1]


def test_a_folder_of_several_kinds_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    (tmp_path / "b.jsonl").write_text("{}\n")
    with pytest.raises(InputError, match=r"no folder of shards: it holds \.csv, \.jsonl"):
        read_rows(tmp_path)


def test_a_separator_that_is_no_comma_is_noted_and_commas_in_texts_do_not_win(write):
    raw = read_rows(write("prompt;chosen\nx, y, z;a, b\nu, v;c\n", "texts.csv"))
    assert raw.rows == [["x, y, z", "a, b"], ["u, v", "c"]]
    assert raw.notes == ["texts.csv: fields are separated by semicolons."]


def test_lines_after_a_stated_separator_are_those_of_an_editor(write):
    raw = read_rows(write("sep=;\nprompt;chosen\np;a\np\nq;b\n", "stated.csv"))
    assert raw.lines == [3, 5] and raw.dropped == {"wrong number of fields": [4]}


def test_typographic_signs_of_a_code_page_are_read_and_letters_that_could_be_others_are_refused(write):
    raw = read_rows(write("prompt,chosen\np,\u201ca\u201d \u2013 b\n".encode("cp1252"), "word.csv"))
    assert raw.rows == [["p", "\u201ca\u201d \u2013 b"]] and "code page 1252" in raw.notes[0]
    with pytest.raises(DataError, match=r"line 2: byte .*0xe9.* is not UTF-8"):
        read_rows(write("prompt,chosen\np,é\n".encode("cp1252"), "letters.csv"))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n", "Git LFS pointer"),
        (b"PK\x03\x04rest", "zip archive or a spreadsheet"),
        (b"SQLite format 3\0", "SQLite"),
        (b"a,b\n\0\0,1\n", "binary data"),
        (gzip.compress(b"x" * 1000, mtime=0)[:20], "broken gzip"),
    ],
)
def test_what_is_no_table_is_called_by_its_name(write, content, what):
    with pytest.raises(DataError, match=what):
        read_rows(write(content, "pairs.csv"))


def test_the_first_rows_are_those_of_the_whole(write, tmp_path):
    pd.DataFrame(ROWS).to_parquet(tmp_path / "p.parquet")
    for path in (tmp_path / "p.parquet", write(jsonl()), write(csv_text(","), "c.csv")):
        assert read_rows(path, most=1).rows == CELLS[:1]


def test_the_name_counts_where_the_content_says_nothing(write):
    assert open_file(write("", "empty.jsonl")).kind == "jsonl"
    with pytest.raises(DataError, match="no Parquet file, though its name says so"):
        open_file(write("nonsense", "x.parquet"))


def test_utf_16_that_ends_within_a_letter_is_refused(write):
    with pytest.raises(DataError, match=r"a\.csv is broken UTF-16 .*save the file as UTF-8"):
        read_rows(write(b"\xff\xfea\x00,\x00b\x00\n\x00c", "a.csv"))
