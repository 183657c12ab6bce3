"""Tests of what several ask for at the same time: one makes it, the others wait, and an error is nobody else's."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from scpo.once import Once

PATIENCE = 60.0


def test_who_asks_for_the_same_meanwhile_waits_and_gets_the_same_object():
    once, began, go, made = Once(4), threading.Event(), threading.Event(), []
    asking = threading.Semaphore(0)

    def ask():
        asking.release()
        return once.get("a", make)

    def make():
        began.set()
        assert go.wait(PATIENCE)
        made.append(object())
        return made[-1]

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(once.get, "a", make)
        assert began.wait(PATIENCE)
        others = [pool.submit(ask) for _ in range(2)]
        assert all(asking.acquire(timeout=PATIENCE) for _ in others)
        assert once.get("b", lambda: "at once") == "at once"
        go.set()
        found = [one.result(PATIENCE) for one in (first, *others)]
    assert len(made) == 1 and all(one is made[0] for one in found)


def test_after_an_error_the_next_who_waits_makes_it():
    once, began, go = Once(4), threading.Event(), threading.Event()

    def broken():
        began.set()
        assert go.wait(PATIENCE)
        raise ValueError("broken")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(once.get, "a", broken)
        assert began.wait(PATIENCE)
        second = pool.submit(once.get, "a", lambda: "made")
        go.set()
        with pytest.raises(ValueError, match="broken"):
            first.result(PATIENCE)
        assert second.result(PATIENCE) == "made"
    assert once.get("a", lambda: pytest.fail("made again")) == "made"


def test_those_that_were_not_asked_for_longest_go_first():
    once, made = Once(2), []
    for key in ("a", "b", "a", "c", "a", "b"):
        once.get(key, lambda key=key: made.append(key))
    assert made == ["a", "b", "c", "b"]


def test_nothing_is_held_for_what_is_made():
    once = Once(1)
    for key in range(5):
        once.get(key, lambda: None)
    assert not once._making


def test_what_was_made_together_is_kept_as_a_whole_and_what_is_looked_at_stays():
    once = Once(2)
    once.keep({"a": 1, "b": 2, "c": 3})
    assert once.known("abcd") == {"a": 1, "b": 2, "c": 3}
    once.known("a")
    once.keep({"d": 4})
    assert len(once) == 2 and once.known("abcd") == {"a": 1, "d": 4}
