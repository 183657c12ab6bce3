"""Files that would take a machine down: refused in one sentence, in seconds, before they take the memory."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scpo.data.limits import LIMITS, Limits, stated_limits, within
from scpo.data.raw_files import read_rows
from scpo.data.sources import read_source
from scpo.data.sources.reading import Reading
from scpo.errors import DataError, InputError

ROW = {"prompt": "q", "chosen": "a", "rejected": "b"}
MB = 10**6

CHECK = """
import contextlib, io, json, pathlib, sys, time
from scpo.cli.main import main
for file in sys.argv[1:]:
    began, said, code = time.monotonic(), io.StringIO(), 0
    sys.argv = ["scpo", "data", "check", file, "--source", "pairs"]
    with contextlib.redirect_stderr(said):
        try:
            main()
        except SystemExit as end:
            code = end.code
    peak = pathlib.Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]
    print(json.dumps([code, said.getvalue(), time.monotonic() - began, int(peak) * 1024]))
"""
"""Checks files one after the other as the command does, and says what memory the process has had at most."""


def nulls(path: Path) -> None:
    column = pa.nulls(50_000_000)
    pq.write_table(pa.table(dict.fromkeys(ROW, column)), path)


def one_long_list(path: Path) -> None:
    offsets = pa.array([0, 21_000_000], pa.int32())
    column = pa.ListArray.from_arrays(offsets, pa.nulls(21_000_000, pa.int8()))
    pq.write_table(pa.table({"prompt": column, "chosen": ["a"], "rejected": ["b"]}), path)


def one_text_a_thousand_times(path: Path) -> None:
    said = pa.DictionaryArray.from_arrays(pa.array([0] * 1_000, pa.int32()), ["a" * MB])
    column = pa.ListArray.from_arrays(pa.array(range(1_001), pa.int32()), said)
    pq.write_table(pa.table(dict.fromkeys(ROW, column)), path, store_schema=False)


def commas(path: Path) -> None:
    path.write_bytes(b"prompt,chosen,rejected\n" + b"," * 100 * MB)


def open_quotation(path: Path) -> None:
    path.write_bytes(b'prompt,chosen,rejected\nq,"' + (b"a" * 999 + b"\n") * 20_000)


def opened_only(path: Path) -> None:
    path.write_bytes(b"[" * 50 * MB)


def packed_with_gzip(path: Path) -> None:
    part = gzip.compress((b"q,a," + b"b" * MB + b"\n") * 10)
    path.write_bytes(gzip.compress(b"prompt,chosen,rejected\n") + part * 60)


def packed_with_zstd(path: Path) -> None:
    with pa.CompressedOutputStream(str(path), "zstd") as file:
        file.write(b"prompt,chosen,rejected\n")
        for _ in range(600):
            file.write(b"q,a," + b"b" * MB + b"\n")


BOMBS = {
    "nulls.parquet": (nulls, "more than 2,000,000 rows"),
    "list.parquet": (one_long_list, "more than 20,000,000 cells"),
    "text.parquet": (one_text_a_thousand_times, "more than 500 MB of text"),
    "commas.csv": (commas, "line 2, is longer than 16 MB"),
    "quotation.csv": (open_quotation, "line 2: the row that starts here is longer than 16 MB"),
    "opened.json": (opened_only, "line 1, is longer than 16 MB"),
    "rows.csv.gz": (packed_with_gzip, "unpacks to more than 500 MB"),
    "rows.csv.zst": (packed_with_zstd, "unpacks to more than 500 MB"),
}


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory of a process as Linux states it")
def test_a_bomb_ends_in_one_sentence_in_seconds_and_in_little_memory(tmp_path: Path) -> None:
    for name, (make, _) in BOMBS.items():
        make(tmp_path / name)
    done = subprocess.run(
        [sys.executable, "-c", CHECK, *(str(tmp_path / name) for name in BOMBS)],
        env={**os.environ, "SCPO_CACHE_DIR": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    refusals = [json.loads(line) for line in done.stdout.splitlines()]
    for (name, (_, why)), (code, said, seconds, peak) in zip(BOMBS.items(), refusals, strict=True):
        assert code == 2, name
        assert said.count("\n") == 1 and said.startswith(f"scpo: {name}") and why in said, said
        assert seconds < 20, name
        assert peak < 600 * MB, name


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".arrow":
        table = pa.Table.from_pylist(rows)
        with pa.ipc.new_file(str(path), table.schema) as file:
            file.write_table(table)
    elif path.suffix == ".json":
        path.write_text(json.dumps(rows))
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        path.write_text("".join(",".join(cells) + "\n" for cells in [list(rows[0]), *(row.values() for row in rows)]))
    return path


@pytest.mark.parametrize("kind", ["csv", "jsonl", "json", "parquet", "arrow"])
@pytest.mark.parametrize(
    ("limits", "why"),
    [
        (Limits(rows=3), "more than 3 rows"),
        (Limits(cells=11), "more than 11 cells"),
        (Limits(columns=2), "3 columns, more than 2"),
    ],
)
def test_each_kind_of_file_is_read_up_to_the_limit_and_not_beyond(
    tmp_path: Path, kind: str, limits: Limits, why: str
) -> None:
    with within(limits), pytest.raises(DataError, match=why):
        read_rows(write(tmp_path / f"four.{kind}", [ROW] * 4))
    with within(Limits(rows=4, cells=12, columns=3)):
        assert read_rows(write(tmp_path / f"four.{kind}", [ROW] * 4)).rows == [["q", "a", "b"]] * 4


@pytest.mark.parametrize("kind", ["csv", "jsonl", "json", "parquet", "arrow"])
def test_the_text_of_a_file_is_bounded(tmp_path: Path, kind: str) -> None:
    file = write(tmp_path / f"long.{kind}", [ROW | {"chosen": "a" * 900_000}] * 2)
    with within(Limits(megabytes=1)), pytest.raises(DataError, match=r"more than 1 MB|unpacks to"):
        read_rows(file)
    with within(Limits(megabytes=2)):
        assert read_rows(file).read == 2


def test_shards_are_bounded_together(tmp_path: Path) -> None:
    for number in range(3):
        write(tmp_path / f"part-{number}.jsonl", [ROW] * 2)
    with within(Limits(rows=5)), pytest.raises(DataError, match="more than 5 rows"):
        read_rows(tmp_path)


def test_the_head_of_a_file_is_read_whatever_comes_after(tmp_path: Path) -> None:
    file = write(tmp_path / "many.csv", [ROW] * 50)
    with within(Limits(rows=10)):
        assert read_rows(file, most=5).read == 5


def test_reading_stops_when_its_time_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(10**6))
    monkeypatch.setattr("scpo.data.limits.time.monotonic", lambda: 10.0 * next(clock))
    file = write(tmp_path / "slow.csv", [ROW] * 200)
    with pytest.raises(DataError, match=r"slow\.csv takes longer to read than 600 s"):
        read_source(Reading("pairs", file, {}, None, 0))


def test_an_array_is_read_across_the_pieces_it_is_fetched_in(tmp_path: Path) -> None:
    rows = [{"prompt": f"\U0001f600 {i}", "chosen": "é" * i, "rejected": '[{,\\"'} for i in range(700)]
    file = tmp_path / "array.json"
    for text in (json.dumps(rows, ensure_ascii=False), json.dumps({"version": -1.5, "data": rows}, indent=1)):
        file.write_text(text, encoding="utf-8")
        assert [dict(zip(ROW, cells, strict=True)) for cells in read_rows(file).rows] == rows


def test_a_broken_array_names_its_line(tmp_path: Path) -> None:
    file = tmp_path / "broken.json"
    file.write_text(json.dumps([ROW] * 5_000, indent=1).replace('"q"', "q", 1).replace("\n", "\n\n", 1))
    with pytest.raises(DataError, match=r"broken\.json is no valid JSON \(line 4: "):
        read_rows(file)


def test_the_command_may_allow_more() -> None:
    assert stated_limits(["rows=7", " megabytes = 2000"]) == Limits(rows=7, megabytes=2000)
    assert stated_limits([]) == LIMITS


@pytest.mark.parametrize(
    "item", ["rows", "rows=", "rows=0", "rows=-1", "rows=1e9", "rows=²", f"rows={'9' * 30}", "x=1"]
)
def test_a_limit_that_is_none_is_refused(item: str) -> None:
    with pytest.raises(InputError, match="--limit"):
        stated_limits([item])
