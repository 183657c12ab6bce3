"""Folders written by `datasets` with ``save_to_disk``."""

import datasets
import pytest

from scpo.data.raw_files import read_rows
from scpo.data.sources.pairs.load import load_pairs_file
from scpo.errors import DataError, InputError

ROWS = [
    {"prompt": f"q{i}", "chosen": [{"role": "assistant", "content": f"a{i}"}], "rejected": [{"role": "assistant",
     "content": "b"}], "country": "Chile", "user_id": i} for i in range(5)
]  # fmt: skip


def test_a_saved_data_set_is_read_in_its_own_order_with_its_shards(tmp_path):
    chosen = datasets.Dataset.from_list(ROWS).select([4, 2, 0])
    chosen.save_to_disk(str(tmp_path / "mine"), num_shards=2)
    assert len(list((tmp_path / "mine").glob("*.arrow"))) == 2
    tables = load_pairs_file(tmp_path / "mine", mapping={})
    assert tables.utterances["prompt"].tolist() == ["q4", "q4", "q2", "q2", "q0", "q0"]
    assert tables.utterances["response"].tolist() == ["a4", "b", "a2", "b", "a0", "b"]
    assert tables.report.files == tables.report.kept == {"mine": 3}
    assert len(read_rows(tmp_path / "mine", most=2).rows) == 2


def test_of_several_splits_one_is_asked_for(tmp_path):
    both = datasets.DatasetDict({name: datasets.Dataset.from_list(ROWS) for name in ("train", "test")})
    both.save_to_disk(str(tmp_path / "mine"))
    with pytest.raises(InputError, match=r"holds 2 splits .*mine/train or .*mine/test"):
        load_pairs_file(tmp_path / "mine", mapping={})
    assert len(load_pairs_file(tmp_path / "mine" / "train", mapping={}).pairs) == 5


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"_data_files": [{"filename": "gone.arrow"}]}'])
def test_a_broken_one_is_refused(tmp_path, content):
    (tmp_path / "state.json").write_text(content)
    with pytest.raises(DataError, match="was written by save_to_disk and cannot be read"):
        read_rows(tmp_path)
