"""Who may do what: every role clicks every button on a page that was drawn before, and the line kept of it."""

import os
import re
from functools import partial

import psutil
import pytest
from hand import runs
from reading import words
from test_data_page import register
from test_report_page import preview

from dashboard.data.view import OWN
from scpo.jobs import children
from scpo.jobs.queue import Queue
from scpo.store import audit
from scpo.store.cache import write_json
from scpo.store.stars import PairStar, change, read_stars, starred_pairs

ROLES = """
default = "nobody"
[people]
"ann@lab.org" = "admin"
"rob@lab.org" = "runner"
"vera@lab.org" = "viewer"
"""
NOBODY_LOGS_IN, READ_ONLY = "this machine", "read-only"
MAY = {
    "start": {"rob", "ann", NOBODY_LOGS_IN},
    "cancel": {"rob", "ann", NOBODY_LOGS_IN},
    "upload": {"rob", "ann", NOBODY_LOGS_IN},
    "export": {"rob", "ann", NOBODY_LOGS_IN},
    "remove": {"ann", NOBODY_LOGS_IN},
}
EVERYBODY = ("vera", "rob", "ann", NOBODY_LOGS_IN, READ_ONLY)


@pytest.fixture
def launched(monkeypatch):
    """The commands that a click starts; none is."""
    commands = []
    monkeypatch.setattr(children, "start", lambda store, settings, words, **about: commands.append(words))
    return commands


def login(person, **claims):
    return {"is_logged_in": True, "email": f"{person}@lab.org", "iss": "https://id", "sub": person, **claims}


@pytest.fixture
def as_(open_page, monkeypatch):
    """Return a function that opens a page as somebody who may do all, and from then on what their role may."""

    def open_(person, page, store, *, prepare=lambda at: None, **query):
        if person in (NOBODY_LOGS_IN, READ_ONLY):
            at = open_page(page, store, query=query)
            prepare(at)
            monkeypatch.setenv("SCPO_READ_ONLY", str(person == READ_ONLY))
            return at
        monkeypatch.setenv("SCPO_LOGIN", "true")
        roles = store.root / "roles.toml"
        roles.write_text(f'[people]\n"{person}@lab.org" = "admin"', encoding="utf-8")
        at = open_page(page, store, query=query, user=login(person))
        prepare(at)
        roles.write_text(ROLES, encoding="utf-8")
        return at

    return open_


def start(as_, person, store, cache_of, launched):
    run = runs.asked(store)
    Queue(store).cancel(run.run_id)
    run.update(status="cancelled")
    at = as_(person, "runs", store, run=run.run_id)
    return at, "resume_run", lambda: Queue(store).job(run.run_id).state == "queued"


def cancel(as_, person, store, cache_of, launched):
    run = runs.asked(store)
    at = as_(person, "runs", store, run=run.run_id)
    return at, "cancel_run", lambda: Queue(store).job(run.run_id).state == "cancelled"


def remove(as_, person, store, cache_of, launched):
    run = runs.asked(store)
    at = as_(person, "runs", store, run=run.run_id)
    return at, "remove_run", lambda: not run.path.exists()


def upload(as_, person, store, cache_of, launched):
    register(store)
    other = partial(as_, person, "data", store)
    at = other(prepare=lambda at: at.multiselect(key="regroup_columns_small").set_value(["gender"]).run())
    return at, "regroup", lambda: bool(launched)


def export(as_, person, store, own_cache, launched):
    many = own_cache("many")
    (many.root / audit.FILE).unlink(missing_ok=True)  # other tests have started checks in what this is a copy of
    at = as_(person, "report", many, sections="finding")
    return at, "export_report", lambda: bool(launched)


ACTIONS = {"start": start, "cancel": cancel, "remove": remove, "upload": upload, "export": export}


@pytest.mark.parametrize("person", EVERYBODY)
@pytest.mark.parametrize("what", ACTIONS)
def test_who_may_do_what(what, person, as_, store, own_cache, launched):
    at, key, done = ACTIONS[what](as_, person, store, own_cache, launched)
    assert not done()
    allowed = person in MAY[what]
    at.button(key=key).click().run()
    assert done() == allowed and not at.exception
    assert allowed or at.button(key=key).disabled
    store = store if what != "export" else type(store)(store.root / "many")
    lines, broken = audit.read_lines(store, 10)
    if person == READ_ONLY:
        assert (lines, broken) == ([], 0)
    else:
        (line,) = lines
        assert (line.what, line.allowed) == (what, allowed) and line.who.split("@")[0] == person
        assert line.about
    if not allowed:
        assert ("read-only" if person == READ_ONLY else "Your role is") in words(at)


def test_who_has_not_logged_in_sees_a_page_to_log_in_and_nothing_else(open_page, store, monkeypatch):
    register(store)
    monkeypatch.setenv("SCPO_LOGIN", "true")
    for user in ({"is_logged_in": False}, {"email": "ann@lab.org"}, {}):
        at = open_page("brief", store, user=user)
        assert [button.label for button in at.button] == ["Log in"] and not at.dataframe and not at.selectbox
        assert "small" not in words(at)


def test_a_name_that_is_not_in_the_file_sees_nothing_where_nobody_is_the_default(as_, store):
    register(store)
    at = as_("eve", "data", store).run()
    assert "eve@lab.org, who is not in the roles file" in words(at).replace("\\", "")
    assert [button.key for button in at.button] == ["logout"] and not at.selectbox


def test_a_role_that_is_taken_away_counts_at_the_next_click(as_, store):
    run = runs.asked(store)
    at = as_("rob", "runs", store, run=run.run_id).run()
    (store.root / "roles.toml").write_text(ROLES.replace('"runner"', '"viewer"'), encoding="utf-8")
    at.button(key="cancel_run").click().run()
    assert Queue(store).job(run.run_id).state == "queued" and "Your role is viewer" in words(at)


def test_a_broken_roles_file_lets_nobody_see_or_do_anything(as_, store):
    run = runs.asked(store)
    at = as_("ann", "runs", store, run=run.run_id)
    (store.root / "roles.toml").write_text("default = ", encoding="utf-8")
    at.button(key="cancel_run").click().run()
    assert Queue(store).job(run.run_id).state == "queued"
    assert "roles.toml is no TOML file" in at.error[0].value.replace("\\", "") and not at.dataframe


def test_a_running_command_is_cancelled_by_who_may(as_, store, monkeypatch):
    register(store)
    cancelled = []
    monkeypatch.setattr(children, "cancel", cancelled.append)
    child = children.Child(
        child_id="c1", kind="score", dataset="small", words=["score"], started_at="2026-01-01T00:00:00+00:00",
        pid=os.getpid(), pid_started=psutil.Process().create_time(),
    )  # fmt: skip
    write_json(store.root / "children" / "c1.json", child.model_dump(mode="json"))
    for person, number in (("vera", 0), ("rob", 1)):
        at = as_(person, "data", store, part=OWN)
        at.button(key="cancel_c1").click().run()
        assert len(cancelled) == number


def test_admins_read_who_did_what_and_others_do_not(as_, store):
    register(store)
    run = runs.asked(store)
    as_("rob", "runs", store, run=run.run_id).button(key="cancel_run").click().run()
    as_("vera", "runs", store, run=run.run_id).button(key="resume_run").click().run()
    for person in ("ann", "rob", "vera"):
        at = as_(person, "data", store)
        at.session_state["audit"] = True
        at.run()
        tables = [one for one in at.dataframe if "Who" in one.value.columns]
        assert bool(tables) == (person == "ann"), person
        if tables:
            shown = tables[0].value
            assert shown["Who"].tolist() == ["vera@lab.org", "rob@lab.org"]
            assert shown["What"].tolist() == ["start", "cancel"] and set(shown["About"]) == {run.run_id}


def test_stars_belong_to_who_made_them_also_to_viewers_and_a_report_has_ones_own(as_, own_cache, monkeypatch):
    store, asked_for = own_cache("many"), []
    monkeypatch.setattr(children, "start", lambda store, settings, words, **about: asked_for.append(settings.stars_of))
    change(store, "tastes", lambda stars: [PairStar(pair_id="a"), PairStar(pair_id="b")])
    at = as_("vera", "pairs", store)
    at.button(key="next_pair").click().run()
    at.button(key="star_pair").click().run()
    assert not at.exception and at.button(key="star_pair").label == "Starred"
    (folder,) = (store.root / "stars-of").iterdir()
    assert len(read_stars(store, "tastes", whose=folder.name)) == 1
    assert starred_pairs(read_stars(store, "tastes")) == ["a", "b"]
    for person, slides in (("vera", "1 of 1"), ("rob", ""), (NOBODY_LOGS_IN, "1 of 2")):
        monkeypatch.delenv("SCPO_LOGIN", raising=False)
        found = re.findall(r"\d of \d", words(as_(person, "slides", store)))
        assert found == [slides] * bool(slides), person
    at = as_("rob", "report", store, sections="starred,finding")
    assert "Nothing is starred" in preview(at)
    at.button(key="export_report").click().run()
    assert len(asked_for) == 1 and asked_for[0] not in (None, folder.name)
