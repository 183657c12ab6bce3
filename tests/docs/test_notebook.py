"""The README's notebook lines do what they say, on the small world."""

import re

import pandas as pd
import pytest
from world import ROOT, copy_of


@pytest.fixture
def lines():
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## In a notebook")[2]
    found = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    return found[1].replace('"sample", "sample-rm"', '"tastes", "rm"')


def test_the_lines_give_tables_and_figures(lines, world_folder, tmp_path, monkeypatch):
    store = copy_of(world_folder, "many", tmp_path / "cache")
    monkeypatch.setenv("SCPO_CACHE_DIR", str(store.root))
    there: dict = {}
    exec(compile(lines, "README.md", "exec"), there)
    settings = there["settings"]
    assert isinstance(settings, pd.DataFrame) and {"CHL", "ISR", "ZAF", "mean"} == set(settings["country"])
    assert settings.loc[settings["method"] != "global", "excess_value"].between(-1, 1).all()
    drawn = {name: there[name].to_dict() for name in ("tradeoff", "gains")}
    of_chile = settings[(settings["country"] == "CHL") & (settings["method"] != "global")]
    values = [row for rows in drawn["tradeoff"]["datasets"].values() for row in rows if row.get("country") == "CHL"]
    assert {row["all_value"] for row in values if row.get("method") != "global"} >= set(of_chile["all_value"])
    named = {row["name"] for rows in drawn["gains"]["datasets"].values() for row in rows if "name" in row}
    assert {"Chile", "Israel", "South Africa"} <= named
    there["gains"].save(tmp_path / "gains.svg")
    assert "South Africa" in (tmp_path / "gains.svg").read_text()
