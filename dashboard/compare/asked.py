"""What is compared on the page Compare: the pickers of two to four sides, and what the address says of them."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dashboard.compare import words
from dashboard.frame import asking, places, sides
from dashboard.frame.state import Selection
from dashboard.kit import clicks, glossary
from scpo.errors import InputError
from scpo.results.sides import GLOBAL, Side


@dataclass(frozen=True)
class Asked:
    """What is compared, in the order of the letters."""

    sides: tuple[Side, ...]
    names: dict[str, str]
    """By key."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the keys of the sides."""
        return tuple(side.key for side in self.sides)

    def letter(self, key: str) -> str:
        """Return the letter of a side."""
        return words.LETTERS[self.keys.index(key)]

    @property
    def runs(self) -> list[str]:
        """Return the runs behind all sides."""
        return list(dict.fromkeys(run for side in self.sides for run in side.runs))


def choose(selection: Selection) -> Asked:
    """Draw the pickers of the sides and return what is compared; stop the page if it cannot be.

    Raises
    ------
    InputError
        If the same side is chosen twice.
    """
    offered, every = sides.load_sides(selection), sides.side_names(selection)
    names: dict[str, str] = {}
    for key, label in every.items():
        if label not in names.values():  # a model of one run is there as this model
            names[key] = label
    options = list(names)
    said = {key: glossary.said(label) for key, label in names.items()}
    starts = [*_first_two(selection, options), None, None]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="sides"):
        chosen = [
            asking.choose(
                f"{letter}" if letter in "AB" else f"{letter} (may stay empty)",
                name,
                said,
                noun=f"side {letter}",
                index=None if start is None else options.index(start),
                filter_mode="fuzzy",
                placeholder="Nothing",
                width=250,
            )
            for letter, name, start in zip(words.LETTERS, places.SIDES, starts, strict=True)
        ]
    keys = [key for key in chosen if key is not None]
    if len(keys) < 2:
        st.info("Choose at least two sides: runs, settings or models.", icon=":material/compare:")
        st.stop()
    if len(set(keys)) < len(keys):
        raise InputError("one side is chosen twice: choose another run, setting or model to compare it with")
    return Asked(tuple(offered[key] for key in keys), names)


def _first_two(selection: Selection, options: list[str]) -> tuple[str, str]:
    """Return what is compared to begin with: the setting of the sidebar with training on all pairs."""
    first = selection.setting if selection.setting in options else options[-1]
    plain = clicks.setting_id("full", None, None)
    return first, plain if plain in options and plain != first else GLOBAL
