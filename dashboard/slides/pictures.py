"""A slide as HTML that fills the screen: nothing of its texts is markup."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

from dashboard.kit import glossary, prose, theme
from dashboard.kit.text import SAMPLE_BANNER
from dashboard.pairs import texts, word_diff, words
from dashboard.slides.load import PairSlide
from scpo.results import pairs as engine
from scpo.store.stars import View

ON_STAGE = """<style>
[data-testid=stSidebar], [data-testid=stHeader], [data-testid=stSidebarCollapsedControl],
[data-testid=stBottom], .st-key-page_title { display: none !important; }
[data-testid=stMainBlockContainer] { padding: 1rem 2.5rem 0.5rem !important; max-width: none !important; }
[data-testid=stMainBlockContainer] > [data-testid=stVerticalBlock] { gap: 0.5rem; }
</style>"""
"""While presenting the slide has the window for itself."""

LONG, SHORT = 110, 700
"""Letters of a heading from which on it is set smaller; of the longer response, below which both are set larger."""


def style(*, dark: bool, height: str) -> str:
    """Return the look of slides.

    Parameters
    ----------
    height : str
        Of a slide, in CSS.
    """
    colours = theme.surface(dark=dark)
    return f"""<style>
.slide {{ display: flex; flex-direction: column; gap: 0.4rem; height: {height}; min-height: 26rem; }}
.slide h2 {{ font-size: clamp(1.5rem, 2.1vw, 2.6rem); line-height: 1.2; margin: 0; padding: 0; font-weight: 650; }}
.slide h2.long {{ font-size: clamp(1.2rem, 1.6vw, 2rem); }}
.slide p {{ margin: 0; color: {colours.muted}; }}
.slide .about {{ font-size: clamp(1rem, 1.1vw, 1.4rem); line-height: 1.35; }}
.slide .source {{ font-size: 0.85rem; }}
.slide img {{ flex: 1 1 0; min-height: 0; width: 100%; object-fit: contain; object-position: center; }}
.slide .sides {{ display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; flex: 1 1 0; min-height: 0;
  align-items: start; }}
.slide .sides .box {{ max-height: 100%; }}
.slide .box {{ border: 1px solid {colours.grid}; border-radius: 0.5rem; padding: 0.8rem 1rem; overflow: auto; }}
.slide .box h3 {{ font-size: clamp(1rem, 1.1vw, 1.4rem); margin: 0 0 0.5rem; padding: 0; }}
.slide .prompt {{ max-height: 28%; flex: none; }}
.slide .box {{ font-size: clamp(1rem, 1.2vw, 1.5rem); }}
.slide .large .box {{ font-size: clamp(1.1rem, 1.7vw, 2.2rem); }}
.st-key-slide_note {{ max-height: 7rem; overflow: auto; }}
</style>{prose.style(dark=dark)}"""


def view_html(view: View, png: bytes) -> str:
    """Write the slide of a starred view."""
    data = base64.b64encode(png).decode()
    picture = f'<img alt="{escape(glossary.said(view.alt), quote=True)}" src="data:image/png;base64,{data}">'
    return _slide(view.title, view.subtitle, [picture], view.caption.removeprefix(SAMPLE_BANNER).strip())


def pair_html(slide: PairSlide, about: str, source: str, *, blurred: bool) -> str:
    """Write the slide of a starred pair: the prompt, and both responses side by side."""
    detail = slide.detail
    found = word_diff.difference(detail.chosen.response, detail.rejected.response)
    marked = texts.is_marked(found, texts.MARKING[0])
    sides = [
        _box(
            words.side_words(detail.gap, slide.after, chosen=mark == "ins"),
            prose.as_html(spans if marked else (prose.Span(side.response, False),), mark, blurred=blurred),
        )
        for side, spans, mark in _sides(detail, found)
    ]
    prompt = _box("Prompt", prose.plain_html(detail.prompt, blurred=blurred), "prompt")
    size = "large" if max(len(one.response) for one in (detail.chosen, detail.rejected)) < SHORT else ""
    return _slide(
        words.pair_title(detail.gap, slide.after),
        about,
        [prompt, f'<div class="sides {size}">{"".join(sides)}</div>'],
        source,
    )


def _sides(
    detail: engine.PairDetail, found: word_diff.Difference
) -> tuple[tuple[engine.Side, tuple[prose.Span, ...], prose.Mark], ...]:
    return (detail.chosen, found.first, "ins"), (detail.rejected, found.second, "del")


def _box(heading: str, inside: str, kind: str = "") -> str:
    return f'<div class="box {kind}"><h3>{escape(glossary.said(heading))}</h3>{inside}</div>'


def _slide(title: str, about: str, parts: Sequence[str], source: str) -> str:
    heading = glossary.said(title)
    return (
        f'<section class="slide"><h2 class="{"long" if len(heading) > LONG else ""}">{escape(heading)}</h2>'
        f'<p class="about">{escape(glossary.said(about))}</p>{"".join(parts)}'
        f'<p class="source">{escape(glossary.said(source))}</p></section>'
    )
