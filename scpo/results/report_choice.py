"""What a report holds: its sections, for whom it is written, and the sizes of its figures. One catalogue for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from scpo.config import FixedRecord
from scpo.errors import InputError

Audience = Literal["researcher", "stakeholder"]
Size = Literal["column", "page", "slide"]


class Part(NamedTuple):
    """A section that a report can have."""

    key: str
    label: str
    holds: str
    """What it holds, in one line."""

    researcher: int | None
    stakeholder: int | None
    """Its place in the report of an audience if nothing is chosen; None if that audience does not get it."""

    on_request: bool = False
    """Whether it stands in a report only where it is named."""

    always: bool = False
    """Whether it comes last where it is not chosen: no report is without it."""

    def place(self, audience: Audience) -> int | None:
        """Return its place in the default report of an audience."""
        return self.researcher if audience == "researcher" else self.stakeholder


PARTS: dict[str, Part] = {
    one.key: one
    for one in (
        Part("finding", "Finding", "the headline with its price, the large numbers, the gain of every community", 1, 1),
        Part("tradeoff", "Trade-off", "what is won on disagreements against what it costs", 2, 4),
        Part("bias", "Who pays", "who gains and who loses by each model, and where it goes too far", 3, 3),
        Part("divergence", "Divergence", "how far communities are apart, and which of them differ", 4, 5),
        Part("checks", "Checks", "what could prove the finding wrong: found, or not carried out", 5, 6),
        Part("limits", "Limits", "what this does not show", 6, 2, always=True),
        Part("definitions", "Definitions", "what every number means, with formula and source", 7, None),
        Part("starred", "Starred", "starred figures as they were, starred pairs, and the notes", 9, 8, on_request=True),
        Part("provenance", "Rests on", "data and licences, people, global model, every run id", 8, 7, always=True),
    )
}
"""The sections by key, in the order they are offered."""

AUDIENCES: dict[Audience, str] = {
    "researcher": "technical words, settings, definitions with formulas",
    "stakeholder": "plain words, nothing of how models were made, the limits as a box",
}

SIZES: dict[Size, str] = {"column": "one column, 3.3 in", "page": "two columns, 6.9 in", "slide": "slide, 16:9"}
"""Sizes of figures as files: end of a file's name -> what it is for."""

FORMATS = {
    "zip": "all of it, with figures, numbers and how to run it again",
    "html": "one page, charts interactive",
    "pdf": "for paper",
    "pptx": "slides",
}

ALWAYS = tuple(key for key, part in PARTS.items() if part.always)


class ReportChoice(FixedRecord):
    """What was chosen for a report; made by `choose`."""

    sections: tuple[str, ...]
    """Keys of `PARTS`, in order."""

    audience: Audience
    sizes: tuple[Size, ...]

    def options(self) -> list[str]:
        """Return the options of ``scpo report`` that choose the same; none for a default."""
        found = []
        if self.audience != "researcher":
            found += ["--audience", self.audience]
        if self.sections != default_sections(self.audience):
            found += ["--sections", ",".join(self.sections)]
        if self.sizes != tuple(SIZES):
            found += ["--sizes", ",".join(self.sizes)]
        return found


def offered(audience: Audience) -> list[Part]:
    """List the sections that a report for an audience can have."""
    return [part for part in PARTS.values() if part.place(audience) is not None]


def default_sections(audience: Audience) -> tuple[str, ...]:
    """Return the sections of a report for an audience if nothing is chosen, in order."""
    found = sorted(offered(audience), key=lambda part: part.place(audience) or 0)
    return tuple(part.key for part in found if not part.on_request)


def choose(
    sections: Sequence[str] | None = None, audience: str = "researcher", sizes: Sequence[str] | None = None
) -> ReportChoice:
    """Check what is wanted of a report.

    Parameters
    ----------
    sections : sequence of str, optional
        Keys of `PARTS` in the order wanted; those of `ALWAYS` come last where they are not named. The audience's own
        if not given.
    audience : str
        One of `AUDIENCES`.
    sizes : sequence of str, optional
        Of `SIZES`; all if not given.

    Raises
    ------
    InputError
        If a section, the audience or a size is not known, is named twice, or is not for this audience.
    """
    known = next((one for one in AUDIENCES if one == audience), None)
    if known is None:
        raise InputError(f"no audience {audience!r}: known are {', '.join(AUDIENCES)}")
    wanted = default_sections(known) if sections is None else tuple(sections)
    _check("section", wanted, list(PARTS))
    for key in wanted:
        if PARTS[key].place(known) is None:
            raise InputError(f"section {key!r} is not for the audience {known}: leave it out, or write for another one")
    drawn = tuple(SIZES) if sizes is None else tuple(sizes)
    _check("size", drawn, list(SIZES))
    if not drawn:
        raise InputError(f"no size is named: known are {', '.join(SIZES)}")
    return ReportChoice(
        sections=(*wanted, *(key for key in ALWAYS if key not in wanted)),
        audience=known,
        sizes=tuple(size for size in SIZES if size in drawn),
    )


def _check(what: str, named: Sequence[str], known: Sequence[str]) -> None:
    for number, one in enumerate(named):
        if one not in known:
            raise InputError(f"no {what} {one!r}: known are {', '.join(known)}")
        if one in named[:number]:
            raise InputError(f"{what} {one!r} is named twice: name it once")
