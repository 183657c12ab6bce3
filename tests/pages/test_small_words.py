"""Small words: one is not several, a status line names the device, a button looks like one."""

import re

import pandas as pd
import pytest
from reading import check_page, words

from dashboard.bias.words import matrix_title
from dashboard.frame import load
from dashboard.frame.status import device_words
from dashboard.workbench.controls import PRESETS
from scpo.jobs.devices import CPU, Device

SEVERAL = re.compile(
    r"(?<![\d.,−+])1 (users|pairs|people|countries|communities|models|runs|rows|points|settings|comparisons|are)\b"
)
HYPHEN = re.compile(r"(?<=[\s\[(])-\d\S*")
H200 = "NVIDIA H200"


def cell(trained_for: str, tested_on: str, change: float) -> dict[str, object]:
    return {
        "trained_for": trained_for, "tested_on": tested_on, "diff_value": change, "holm": 0.01, "visible": 0.02,
        "too_few_users": False,
    }  # fmt: skip


def test_one_comparison_loses_and_several_lose():
    one = [cell("CHL", "CHL", 0.03), cell("CHL", "ZAF", -0.03), cell("CHL", "NZL", 0.03)]
    assert matrix_title(pd.DataFrame(one)).endswith("in other countries 1 comparison gains, 1 of 2 loses")
    assert matrix_title(pd.DataFrame([*one, cell("CHL", "PER", -0.03)])).endswith("2 of 3 lose")
    assert "(1 comparison)" in matrix_title(pd.DataFrame([one[0], one[2]]))


@pytest.mark.parametrize("page", ["brief", "divergence", "bias", "workbench", "compare", "behaviour", "data"])
def test_no_page_counts_one_as_several_or_writes_a_hyphen_for_a_minus(open_page, page):
    at = open_page(page, "many", query={"countries": "Chile"})
    check_page(at)
    assert SEVERAL.findall(words(at)) == [] and HYPHEN.findall(words(at)) == []
    assert SEVERAL.search("found 1 users") and not SEVERAL.search("21 users, 1 user")
    assert HYPHEN.search("gain [-0.3, 1]") and not HYPHEN.search("2026-11-29, −0.3")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([CPU], "CPU"),
        ([Device("cuda:0", H200)], "cuda:0 NVIDIA H200"),
        ([Device("cuda:7", "cuda:7")], "cuda:7"),
        ([Device("cuda:0", H200), Device("cuda:1", H200)], "2 GPUs (NVIDIA H200)"),
    ],
)
def test_a_device_is_named_as_one_knows_it(found, said):
    assert device_words(found) == said


def test_the_status_line_names_the_device_that_would_be_used(open_page, own_cache, monkeypatch):
    monkeypatch.setenv("SCPO_DEVICE", "auto")
    monkeypatch.setattr(load, "load_devices", lambda: [Device("cuda:0", H200)])
    at = open_page("brief", own_cache("one"))
    assert "Device: cuda:0 NVIDIA H200" in words(at).replace("\\", "") and "auto" not in at.caption[0].value


def test_presets_look_like_buttons(open_page):
    at = open_page("workbench", "many")
    kinds = {name: at.button(key=f"workbench_preset_{name}").proto for name in PRESETS}
    assert all(one.type == "secondary" for one in kinds.values())
