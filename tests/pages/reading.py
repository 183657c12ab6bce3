"""What a reader of a page sees, for page tests."""

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
