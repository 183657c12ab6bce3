"""``scpo audit`` prints what people asked for, newest first."""

import json

from typer.testing import CliRunner

from scpo.cli.main import app
from scpo.store import audit
from scpo.store.cache import Store


def test_the_audit_is_printed_newest_first(tmp_path, monkeypatch):
    monkeypatch.setenv("SCPO_CACHE_DIR", str(tmp_path))
    assert CliRunner().invoke(app, ["audit", "--json"]).output == "[]\n"
    for number, allowed in enumerate([True, False, True]):
        audit.write_line(
            Store(tmp_path), who="ann", role="admin", what="remove", about=f"run {number}", allowed=allowed
        )
    lines = json.loads(CliRunner().invoke(app, ["audit", "--last", "2", "--json"]).output)
    assert [(line["about"], line["allowed"]) for line in lines] == [("run 2", True), ("run 1", False)]
    shown = CliRunner().invoke(app, ["audit"]).output
    assert shown.index("run 2") < shown.index("run 0") and "no" in shown
