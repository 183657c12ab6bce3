"""The README's tables, made from the rows they describe: ``python tests/docs/tables.py`` writes them anew."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
import typer.main

from scpo.cli.main import app
from scpo.data.sources import SOURCES
from scpo.data.sources.adapters.table import ADAPTERS
from scpo.methods import METHODS
from scpo.models import REGISTRY
from scpo.results.report_choice import PARTS
from scpo.store.run_record import RunRecord

README = Path(__file__).resolve().parents[2] / "README.md"


def commands() -> dict[str, click.Command]:
    """Return every command of the command line by its words after ``scpo``, in the order of the help."""
    found: dict[str, click.Command] = {}

    def walk(words: list[str], command: click.Command) -> None:
        children = getattr(command, "commands", None)
        if children is None:
            found[" ".join(words)] = command
            return
        for name, child in children.items():
            if not child.hidden:
                walk([*words, name], child)

    walk([], typer.main.get_command(app))
    return found


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join([_row(head), "|" + "---|" * len(head), *map(_row, rows)])


def _first_sentence(text: str | None) -> str:
    return " ".join((text or "").split("\n\n")[0].split()).removesuffix(".")


TABLES = {
    "methods": lambda: _table(
        ["method", "on the pages", "trains on", "a pair's weight"],
        [[f"`{one.name}`", one.label, one.description, f"`{one.weight}`"] for one in METHODS.values()],
    ),
    "models": lambda: _table(
        ["name", "origin", "licence", "note"],
        [
            [f"`{one.name}`", f"`{one.hub_id}`" if one.hub_id else "built here", one.licence, one.note]
            for one in REGISTRY.values()
        ],
    ),
    "sources": lambda: _table(
        ["source", "what it is", "split", "licence"],
        [
            [f"`{one.name}`", one.label, one.split.kind, one.licence]
            for one in SOURCES.values()
            if one.name not in ADAPTERS
        ],
    ),
    "layouts": lambda: _table(
        ["source", "laid out as", "read as", "what it holds"],
        [
            [
                f"`{one.name}`",
                f"[{one.label}]({one.reference})",
                " or ".join(dict.fromkeys(f"`{layout.reads}`" for layout in one.layouts)),
                one.note,
            ]
            for one in ADAPTERS.values()
        ],
    ),
    "commands": lambda: _table(
        ["command", "what it does"],
        [[f"`scpo {words}`", _first_sentence(command.help)] for words, command in commands().items()],
    ),
    "sections": lambda: _table(
        ["section", "on the page", "holds", "for"],
        [
            [f"`{one.key}`", one.label, one.holds, "both" if one.stakeholder is not None else "researchers"]
            for one in PARTS.values()
        ],
    ),
    "record": lambda: _table(
        ["field", "what it says"],
        [[f"`{name}`", " ".join((field.description or "").split())] for name, field in RunRecord.model_fields.items()],
    ),
}
"""Name of a table -> what makes it; it stands in the README between ``<!-- NAME -->`` and ``<!-- /NAME -->``."""


def with_tables(text: str) -> str:
    """Return the README with its tables as they should be."""
    for name, make in TABLES.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- /{name} -->)", re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"README.md has no place for the table {name}")
        text = pattern.sub(lambda match, make=make: match[1] + make() + match[2], text)
    return text


def shown_commands(text: str) -> list[list[str]]:
    """Return the words after ``scpo`` of every command in a console block, without remarks."""
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    lines = [line.removeprefix("$ ") for block in blocks for line in block.splitlines() if line.startswith("$ scpo ")]
    return [shlex.split(line, comments=True)[1:] for line in lines]


if __name__ == "__main__":
    README.write_text(with_tables(README.read_text(encoding="utf-8")), encoding="utf-8")
