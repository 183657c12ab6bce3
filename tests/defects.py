"""A file of preferences with twelve kinds of defects, beside good rows. Every text is made up by a rule."""

from __future__ import annotations

import json

GOOD = 240
"""Good rows: twelve each of twenty people, five in each of four countries."""

NATIONS = ("Chile", "South Africa", "MEX", "New Zealand")

DROPPED = {
    "invalid JSON": 3,
    "not a JSON object": 2,
    "half a surrogate pair, no valid text": 1,
    "text expected, other type found: preferred": 2,
    "missing prompt": 4,
    "missing chosen": 2,
    "missing rejected": 3,
    "identical chosen and rejected": 5,
    "exact duplicate of an earlier row": 6,
}
"""Nine kinds of rows that are dropped, with their numbers; three more kinds are kept and named in notes."""

KEPT_WITH_NOTE = 2 + 2 + 2
"""Two rows without a user, two that contradict each other, two of a person with two countries."""


def good_row(i: int) -> dict[str, object]:
    """Return a good row; rows of one person share the nation and the gender."""
    person = i % 20
    return {
        "question": f"made-up question {i}",
        "preferred": f"made-up answer {i} that is liked",
        "other": f"made-up answer {i} that is not",
        "annotator": f"person-{person:02d}",
        "nation": NATIONS[person % 4],
        "gender": ("female", "male")[person // 4 % 2],
    }


def defect_lines() -> list[str]:
    """Return the lines of the JSON lines file: defects spread among good rows."""
    row = good_row
    whole: list[str] = [json.dumps(row(i)) for i in range(GOOD)]
    bad = [
        '{"question": "cut off',
        "not json at all",
        '{"question": "q", "preferred": "a",}',
        '["a", "list"]',
        "42",
        '{"question": "q", "preferred": "\\ud800", "other": "b", "annotator": "person-01", "nation": "Chile"}',
        *[json.dumps({**row(300 + i), "preferred": 7.5}) for i in range(2)],
        *[json.dumps({**row(310 + i), "question": empty}) for i, empty in enumerate((None, "", "  ", "\t"))],
        *[json.dumps({**row(320 + i), "preferred": None}) for i in range(2)],
        *[json.dumps({k: v for k, v in row(330 + i).items() if k != "other"}) for i in range(3)],
        *[json.dumps({**row(340 + i), "other": row(340 + i)["preferred"]}) for i in range(5)],
        *[json.dumps(row(i)) for i in range(6)],
        *[json.dumps({**row(360 + i), "annotator": None}) for i in range(2)],
        json.dumps(row(380)),
        json.dumps({**row(380), "preferred": row(380)["other"], "other": row(380)["preferred"]}),
        *[json.dumps({**row(400 + 20 * i), "nation": "Canada"}) for i in range(2)],
    ]
    for i, line in enumerate(bad):
        whole.insert(10 + 8 * i, line)
    return whole


def defect_file() -> bytes:
    """Return the file."""
    return ("\n".join(defect_lines()) + "\n").encode()


if __name__ == "__main__":
    import sys

    sys.stdout.buffer.write(defect_file())
