"""Without room on the disk, scoring, training, a run, a study and a report say so before they begin."""

from __future__ import annotations

import shutil
from collections import namedtuple

import pytest

Usage = namedtuple("Usage", "total used free")
STEPS = "--steps 2 --lr 1e-3 --batch-pairs 8"


@pytest.mark.parametrize(
    ("command", "work"),
    [
        ("model train-global --data small --backbone tiny --name full --steps 2", "training full"),
        ("score --data small --model rm --max-length 64", "scoring small"),
        (f"run --data small --model rm --country CHL --method full --seed 7 {STEPS}", "run "),
        (f"study --data small --model rm --name full --countries CHL --methods full --here {STEPS}", "study full"),
        ("report --study any -o report.zip", "a report as report.zip"),
    ],
    ids=["train-global", "score", "run", "study", "report"],
)  # fmt: skip
def test_work_without_room_is_one_sentence(scpo, monkeypatch, command, work):
    assert scpo("score", "--data", "small", "--model", "rm")[0] == 0
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(2**40, 0, 100))
    code, _, err = scpo(*command.split())
    last = err.strip().splitlines()[-1]
    assert code == 1 and last.startswith(f"scpo: {work}") and "free: free space there, or " in last
