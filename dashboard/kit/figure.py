"""A figure on a page: the finding as its title, the chart, its table twin, its files, and how it was computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import altair as alt
import pandas as pd
import streamlit as st

from dashboard.kit import clicks, exports, glossary, text, theme
from dashboard.kit.drawn import drawn
from dashboard.kit.live import Live
from dashboard.kit.table import Column, twin

MOST_ROWS = 25
"""A dot plot shows at most this many rows; the table twin has all."""

Drawing = alt.TopLevelMixin | Live
"""A chart."""

Selected = Mapping[str, Any]
"""What a chart or a table reports."""

Changes = Mapping[str, Any]
"""Widgets to change, with their values."""


@dataclass(frozen=True)
class Figure:
    """Everything a chart is shown with."""

    name: str
    """Key of the chart and name of its files; ``<name>_table`` is the key of the twin."""

    draw: Callable[[bool], Drawing]
    """Draws for the dark (True) or light mode."""

    title: str
    """The finding in a sentence, plain text."""

    subtitle: str
    """Measure, sample, interval."""

    caption: str
    """Source, licence, versions, run ids."""

    alt: str
    """What is drawn, and of how much; a screen reader says it after the finding."""

    how: str
    """How it was computed; Markdown from `text.how`."""

    table: pd.DataFrame
    columns: list[Column]
    wide: bool = True
    """Stretch to the width of the page; small multiples keep their own width."""

    least_width: int = exports.LEAST
    """Narrowest plot of an exported file."""

    finding: str = ""
    """What it shows in a sentence, where the title only names it because the page has the finding above: files and
    slides of the figure are headed by it."""

    draw_fitted: Callable[[exports.Room, bool], Drawing] | None = None
    """Draws for a file, for the dark or light mode; for figures that do not stretch."""

    draw_slides: Callable[[exports.Room], list[Drawing]] | None = None
    """Draws for slides, in the light mode, one chart each; for figures of many panels."""

    short_names: str = ""
    """What the short names stand for that narrow files have; empty where they have none."""

    @property
    def headline(self) -> str:
        """What it shows in a sentence, wherever it stands without its page."""
        return self.finding or self.title

    @property
    def spoken(self) -> str:
        """What a screen reader says: the finding, then what is drawn."""
        return f"{self.headline}. {self.alt}"

    def for_file(self, size: str, *, dark: bool = False) -> Drawing:
        """Draw for a size of `exports.SIZES`."""
        return self.draw(dark) if self.draw_fitted is None else self.draw_fitted(exports.room(size), dark)

    def for_slides(self) -> list[Drawing]:
        """Draw for slides: one chart, or several that share a title."""
        size = exports.SLIDE
        return [self.for_file(size)] if self.draw_slides is None else self.draw_slides(exports.room(size))

    def file_spec(self, size: str, *, title: str | None = None) -> dict[str, Any]:
        """Return the specification of a file with its words; the title is its finding if not given."""
        names = f"{self.short_names} " if self.short_names and exports.room(size).narrow else ""
        return exports.figure_spec(
            self.for_file(size),
            title=self.headline if title is None else title,
            subtitle=self.subtitle,
            caption=names + self.caption,
            size=size,
            least_width=self.least_width,
        )


Action = Callable[[Figure, bool], None]
"""Draws what one may do with a figure; the flag is that of `show`."""

_ACTIONS: list[Action] = []


def offer(action: Action) -> None:
    """Have every figure offer an action beside its explanation and its files."""
    _ACTIONS[:] = [action]


def is_dark() -> bool:
    """Tell whether the browser shows the dark theme."""
    return st.context.theme.type == "dark"


def show(
    figure: Figure,
    *,
    on_click: Callable[[Selected], Changes] | None = None,
    on_row: Callable[[int], Changes] | None = None,
    level: int = 2,
    lazy: bool = False,
) -> None:
    """Draw a figure.

    Parameters
    ----------
    on_click : callable, optional
        Pure function from what the chart reports to the widgets to change.
    on_row : callable, optional
        The same for the chosen row of the twin.
    level : int
        2 for a figure of its own, 3 for a smaller one.
    lazy : bool
        For figures that move with a slider: what its boxes hold is made only once they are opened, and a screen reader
        is told what is drawn alone, with the finding in the heading above. A picture that is described anew is built
        anew.
    """
    dark = is_dark()
    heading = st.subheader if level == 2 else partial(st.markdown)
    heading(text.plain(figure.title) if level == 2 else f"**{text.plain(figure.title)}**")
    st.caption(text.plain(figure.subtitle))
    _draw(figure, on_click, dark=dark, lazy=lazy)
    _footer(figure, on_row, lazy=lazy)


def _draw(figure: Figure, on_click: Callable[[Selected], Changes] | None, *, dark: bool, lazy: bool) -> None:
    """Draw the chart with the look of the screen."""
    config = theme.screen_config(dark=dark)
    # The chart's own toolbar saves it without our caption, so the banner is in the picture too.
    note = banner_title(dark) if figure.caption.startswith(text.SAMPLE_BANNER) else None
    key = f"{figure.name}_chart"
    shown: dict[str, Any] = {
        "width": "stretch" if figure.wide else "content",
        "theme": None,
        "key": key,
        "on_select": partial(_apply, key, on_click) if on_click else "ignore",
        "alt": glossary.said(figure.alt if lazy else figure.spoken),
    }
    if not glossary.is_plain():
        st.vega_lite_chart(drawn(figure.draw, dark=dark, keep=not lazy).on_screen(config, title=note), **shown)
        return
    look = {"config": config} | ({} if note is None else {"title": note})
    spec = glossary.plain_chart(exports.spec_of(figure.draw(dark)) | look)
    tables = {name: pd.DataFrame(rows) for name, rows in spec["datasets"].items()}
    st.vega_lite_chart(spec | {"datasets": tables}, **shown)


def banner_title(dark: bool) -> dict[str, Any]:
    """Return the title below a chart of generated data."""
    return {
        "text": text.SAMPLE_BANNER,
        "orient": "bottom",
        "anchor": "end",
        "fontSize": 10,
        "fontWeight": "normal",
        "color": theme.surface(dark=dark).muted,
        "offset": 6,
    }


def _apply(key: str, meaning: Callable[[Selected], Changes]) -> None:
    """Change the widgets that a click means."""
    for widget, value in meaning(st.session_state[key]).items():
        st.session_state[widget] = value


def _apply_row(key: str, n_rows: int, meaning: Callable[[int], Changes]) -> None:
    row = clicks.clicked_row(st.session_state[key], [str(i) for i in range(n_rows)])
    for widget, value in (meaning(int(row)) if row is not None else {}).items():
        st.session_state[widget] = value


def footer(name: str) -> Any:
    """Return the place below a figure for its explanation, files and table, each behind one word: a quiet line."""
    return st.container(horizontal=True, gap="small", key=f"{name}_footer")


def word(label: str, icon: str, *, key: str, lazy: bool = False) -> Any:
    """Return the box behind one word of a footer; a lazy one knows whether it is open."""
    how: Literal["rerun", "ignore"] = "rerun" if lazy else "ignore"
    return st.popover(label, icon=f":material/{icon}:", type="tertiary", key=key, on_change=how)


def _footer(figure: Figure, on_row: Callable[[int], Changes] | None, *, lazy: bool) -> None:
    """Show explanation, files, table and source in one line; while presenting source and table alone."""
    source = text.plain(figure.caption.removeprefix(text.SAMPLE_BANNER).strip())
    plain = glossary.is_plain()
    if plain:
        st.caption(source)
    with footer(figure.name):
        if not plain:
            with word("How", "function", key=f"{figure.name}_how", lazy=lazy) as box:
                if box.open or not lazy:
                    st.markdown(figure.how)
                    st.caption(source)
            with word("Download", "download", key=f"{figure.name}_download", lazy=lazy) as box:
                if box.open or not lazy:
                    _downloads(figure)
        with word("Table", "table", key=f"{figure.name}_box", lazy=lazy) as box:
            if box.open or not lazy:
                st.caption(
                    f"{text.count(len(figure.table), 'row')}. By keyboard: the arrows reach every point of the figure."
                )
                _twin(figure, on_row)
        if not plain:
            for action in _ACTIONS:
                action(figure, lazy)


def _twin(figure: Figure, on_row: Callable[[int], Changes] | None) -> None:
    """Show the table of the chart."""
    key = f"{figure.name}_table"
    shown = twin(figure.table, figure.columns)
    formats = {
        glossary.said(c.heading): st.column_config.NumberColumn(format="%.1f")
        for c in figure.columns
        if c.kind in ("percent", "points")
    }
    st.dataframe(
        shown,
        key=key,
        hide_index=True,
        column_config=formats,
        on_select=partial(_apply_row, key, len(shown), on_row) if on_row else "ignore",
        selection_mode="single-row",
        placeholder="–",
        alt=glossary.said(f"Table of the chart: {figure.headline}"),
    )


def _downloads(figure: Figure) -> None:
    """Offer the files; each is built when it is clicked."""
    size = st.segmented_control(
        "Size", list(exports.SIZES), default="Page (6.9 in)", key=f"{figure.name}_size", required=True
    )
    with st.container(horizontal=True):
        for form, mime in exports.MIME.items():
            st.download_button(
                form.upper(),
                data=partial(_file, figure, form, size),
                file_name=f"{figure.name}.{form}",
                mime=mime,
                on_click="ignore",
                key=f"{figure.name}_{form}",
            )
        st.download_button(
            "CSV",
            data=partial(exports.csv, figure.table, figure.caption, figure.columns),
            file_name=f"{figure.name}.csv",
            mime="text/csv",
            on_click="ignore",
            key=f"{figure.name}_csv",
        )


def _file(figure: Figure, form: exports.Format, size: str) -> bytes:
    return exports.render(figure.file_spec(size), form)
