"""The table of sources: one row for each kind of raw data that can be read.

To add a source is to write its loader beside the others and a row here; the command line, the registration, the check
of an upload and the data card read the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

from scpo.config import SplitConfig
from scpo.data.communities import group_columns, regrouped
from scpo.data.hub import Published, fetched, reference_of
from scpo.data.limits import LIMITS, Limits, within
from scpo.data.sources.adapters.layouts import Adapter
from scpo.data.sources.adapters.load import hint, load_adapted
from scpo.data.sources.adapters.table import ADAPTERS
from scpo.data.sources.global_opinions.pairs import load_opinion_tables
from scpo.data.sources.opinions_long.load import load_long_opinions
from scpo.data.sources.pairs.grouped import load_grouped_pairs
from scpo.data.sources.prism import load as prism
from scpo.data.sources.reading import Reading
from scpo.data.sources.responses.load import load_responses
from scpo.data.sources.sample.generate import generate_sample
from scpo.data.sources.sample.opinions import generate_opinions
from scpo.data.tables import Tables
from scpo.errors import DataError, InputError


@dataclass(frozen=True, kw_only=True)
class Source:
    """One kind of raw data."""

    name: str
    """As typed on the command line and written in `dataset.json`."""

    label: str
    """Name for a reader."""

    load: Callable[[Reading], Tables]
    published: Published | None = None
    """Files on the hub that are read without a path."""

    made: str = ""
    """How it is generated, if it is."""

    licence: str
    citation: str | None = None
    split: SplitConfig
    """How its users are split unless told otherwise."""

    unit: Literal["user", "question"] = "user"
    """What counts as one user: survey answers hold no persons, a question is one."""

    files: tuple[str, ...] = ()
    """Files of a folder that belong together; empty where one table is read."""

    takes: frozenset[str] = frozenset({"--path", "--map", "--group", "--winner"})
    """Options it reads."""

    @property
    def synthetic(self) -> bool:
        """Whether it is generated, so that it says nothing about real people."""
        return bool(self.made)


def _pairs(reading: Reading) -> Tables:
    return load_grouped_pairs(
        reading.place,
        mapping=reading.mapping,
        group=reading.group,
        least_users=reading.least_users,
        winner=reading.winner,
        arrange=reading.arrange,
    )


def _responses(reading: Reading) -> Tables:
    columns = group_columns(reading.group or "country")
    first = columns[0] if len(columns) == 1 and columns != ["country"] else None
    tables = load_responses(reading.place, mapping=reading.mapping, group=first, arrange=reading.arrange)
    return tables if len(columns) == 1 else regrouped(tables, columns, least_users=reading.least_users)


def _adapted(adapter: Adapter) -> Source:
    """Return the row of a named layout."""
    compared = any(layout.reads == "pairs" for layout in adapter.layouts)
    return Source(
        name=adapter.name,
        label=adapter.label,
        load=partial(load_adapted, adapter, general={"pairs": _pairs, "responses": _responses}),
        licence=adapter.licence,
        citation=adapter.citation,
        split=SplitConfig(kind="stratified"),
        files=adapter.files,
        takes=frozenset({"--path", "--map", "--group"} | ({"--winner"} if compared else set())),
    )


def _with_communities(tables: Tables, reading: Reading) -> Tables:
    columns = group_columns(reading.group or "country")
    return tables if columns == ["country"] else regrouped(tables, columns, least_users=reading.least_users)


_PRISM_FILES = (prism.SURVEY, prism.UTTERANCES_FILE, prism.METADATA)

_ROWS = (
    Source(
        name="prism",
        label="PRISM",
        load=lambda reading: _with_communities(prism.load_prism(reading.place), reading),
        published=Published(
            repository="HannahRoseKirk/prism-alignment",
            revision="18ab5cfb37456f4ec8cbc00212ce54cf7b1239f6",  # of 25 April 2024, the publishers' last one
            files=_PRISM_FILES,
        ),
        licence="human texts CC-BY-4.0, model responses CC-BY-NC-4.0",
        citation="Kirk et al. (2024), The PRISM Alignment Project, arXiv:2404.16019; "
        "data set https://doi.org/10.57967/hf/2113",
        split=SplitConfig(kind="reference"),
        files=_PRISM_FILES,
        takes=frozenset({"--path", "--group"}),
    ),
    Source(
        name="global-opinions",
        label="GlobalOpinionQA",
        load=lambda reading: load_opinion_tables(reading.place),
        published=Published(
            repository="Anthropic/llm_global_opinions",
            revision="cb2880488749218abb81802a94c2c62ebfde2f35",  # of 29 June 2023
            files=("data/global_opinions.csv",),
        ),
        licence="CC-BY-NC-SA-4.0",
        citation="Durmus et al. (2023), Towards Measuring the Representation of Subjective Global Opinions in Language "
        "Models, arXiv:2306.16388",
        # A quarter of the questions, so that a country with few of them still has several to test on.
        split=SplitConfig(kind="stratified", test_fraction=0.25),
        unit="question",
        takes=frozenset({"--path"}),
    ),
    Source(
        name="pairs",
        label="Pairs file",
        load=_pairs,
        licence="as stated by the owner of the file",
        split=SplitConfig(kind="stratified"),
    ),
    Source(
        name="responses",
        label="Judged responses",
        load=_responses,
        licence="as stated by the owner of the file",
        split=SplitConfig(kind="stratified"),
        takes=frozenset({"--path", "--map", "--group"}),
    ),
    Source(
        name="opinions-long",
        label="Survey answers",
        load=lambda reading: load_long_opinions(reading.place, mapping=reading.mapping, group=reading.group),
        licence="as stated by the owner of the file",
        split=SplitConfig(kind="stratified", test_fraction=0.25),
        unit="question",
        takes=frozenset({"--path", "--map", "--group"}),
    ),
    Source(
        name="sample",
        label="Generated sample",
        load=lambda reading: _with_communities(generate_sample(), reading),
        made="generated, seed 0",
        licence="Apache-2.0 (generated text)",
        # A quarter of the users, so that every country has at least ten test users.
        split=SplitConfig(kind="stratified", test_fraction=0.25),
        takes=frozenset({"--group"}),
    ),
    Source(
        name="sample-opinions",
        label="Generated survey",
        load=lambda reading: generate_opinions(),
        made="generated, seed 0",
        licence="Apache-2.0 (generated text)",
        split=SplitConfig(kind="stratified", test_fraction=0.25),
        unit="question",
        takes=frozenset(),
    ),
)

SOURCES: dict[str, Source] = {row.name: row for row in (*_ROWS, *map(_adapted, ADAPTERS.values()))}
"""Known sources by name."""


def known_source(name: str) -> Source:
    """Return the row of a source, or raise InputError."""
    if name not in SOURCES:
        raise InputError(f"no source {name!r}: known are {', '.join(SOURCES)}")
    return SOURCES[name]


class Loaded(NamedTuple):
    """A source that was read."""

    source: Source
    tables: Tables
    location: str
    revision: str | None


def read_source(
    reading: Reading, *, offline: bool = False, token: str | None = None, limits: Limits = LIMITS
) -> Loaded:
    """Read the raw files of a source; nothing is stored.

    Parameters
    ----------
    reading : Reading
        Its path is a file or folder, or ``hub:OWNER/NAME[@REVISION][:PART]``; None takes the published files, from the
        hub or its cache on this machine.
    offline : bool
        Do not ask the hub.
    token : str or None
        For gated repositories.
    limits : Limits
        What is read at most.

    Raises
    ------
    InputError
        If there is no such source or file, the source does not read an option that was given, or it needs a path.
    DataError
        If the file breaks its format, or is beyond a limit.
    """
    source, path = known_source(reading.source), reading.path
    given = {"--path": path, "--map": reading.mapping, "--group": reading.group, "--winner": reading.winner}
    unread = [option for option, value in given.items() if value and option not in source.takes]
    if unread:
        raise InputError(f"{source.label} has its own columns and communities: leave out {' and '.join(unread)}")
    if (asked := reference_of(path)) is not None:
        with fetched(asked, needs=source.files, offline=offline, token=token) as found:
            tables = _load(source, reading._replace(path=found.path), limits)
        tables.report.notes[:0] = [found.note] if found.note else []
        return Loaded(source, tables, found.reference.location, found.commit)
    if path is None and source.published is not None:
        reading = reading._replace(path=source.published.fetch(offline=offline, token=token))
        tables = _load(source, reading, limits)
        return Loaded(source, tables, source.published.repository, source.published.revision)
    tables = _load(source, reading, limits)
    where = "" if path is None else path.name if path.is_file() else str(path)
    return Loaded(source, tables, where or source.made, None)


def _load(source: Source, reading: Reading, limits: Limits) -> Tables:
    """Read a source; a refusal of a general one says so where the file is laid out as a set that has a name."""
    try:
        with within(limits):
            return source.load(reading)
    except DataError as error:
        known = hint(reading.path) if reading.path is not None and source.name in ("pairs", "responses") else ""
        raise DataError(f"{error}{known}") from error
