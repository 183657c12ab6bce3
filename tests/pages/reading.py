"""What a reader of a page sees, for page tests."""

import re
from collections.abc import Sequence

from streamlit.testing.v1 import AppTest

from dashboard.frame.widgets import place_of


def words(at: AppTest) -> str:
    """Return everything a reader sees as text, without the marks of escaping."""
    kinds = (
        at.header,
        at.subheader,
        at.markdown,
        at.caption,
        at.warning,
        at.info,
        at.error,
        at.success,
        at.code,
        at.text,
    )
    found = [element.value for kind in kinds for element in kind] + [bar.proto.text for bar in at.get("progress")]
    return "\n".join(found).replace("\\", "")


def standing(elements: Sequence, place: str):
    """Return the widget that stands in a place of `dashboard.frame.widgets`."""
    (found,) = [one for one in elements if place_of(one.key) == place]
    return found


def check_page(at: AppTest) -> None:
    """No exception, and no error box."""
    assert not at.exception
    assert [error.value for error in at.error] == []


def too_long(said: str, *, most_words: int = 25, most_numbers: int = 4) -> list[str]:
    """Return the sentences of a text that have too many words or numbers; addresses of links do not count."""
    shown = re.sub(r"\[([^\]]*)\]\(\S+\)", r"\1", said)
    found = []
    for sentence in re.split(r"(?<=[.?!])\s+(?=[A-Z])", shown):
        n_words = sum(any(letter.isalpha() for letter in word) for word in sentence.split())
        if n_words > most_words or len(re.findall(r"\d[\d,]*(?:\.\d+)?", sentence)) > most_numbers:
            found.append(sentence)
    return found
