"""What can be chosen for a report: which sections, in which order, for whom, in which sizes."""

import pytest
from typer.testing import CliRunner

from dashboard.report.sections import BUILDERS
from scpo.cli.main import app
from scpo.errors import InputError
from scpo.results.report_choice import ALWAYS, AUDIENCES, PARTS, ReportChoice, choose, default_sections


def test_every_section_of_the_catalogue_is_made_and_no_other():
    assert set(BUILDERS) == set(PARTS)
    for audience in AUDIENCES:
        places = [part.place(audience) for part in PARTS.values() if part.place(audience) is not None]
        assert len(set(places)) == len(places)
        assert set(ALWAYS) <= set(default_sections(audience))


def test_nothing_chosen_is_the_audience_s_own_report():
    assert choose().sections == default_sections("researcher")
    assert choose().sections == tuple(key for key, part in PARTS.items() if not part.on_request)
    told = choose(audience="stakeholder")
    assert told.sections[:2] == ("finding", "limits") and "definitions" not in told.sections
    assert choose().options() == [] and told.options() == ["--audience", "stakeholder"]


def test_the_order_is_the_one_named_and_what_every_report_has_comes_last():
    assert choose(["bias", "finding"]).sections == ("bias", "finding", "limits", "provenance")
    assert choose(["provenance", "bias", "limits"]).sections == ("provenance", "bias", "limits")
    assert choose([]).sections == ("limits", "provenance")


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"sections": ["finding", "summary"]}, "no section 'summary': known are finding, tradeoff, bias"),
        ({"sections": ["bias", "bias"]}, "named twice"),
        ({"sections": ["definitions"], "audience": "stakeholder"}, "not for the audience stakeholder"),
        ({"audience": "board"}, "no audience 'board': known are researcher, stakeholder"),
        ({"sizes": ["poster"]}, "no size 'poster': known are column, page, slide"),
        ({"sizes": []}, "no size is named"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(wanted, said):
    with pytest.raises(InputError, match=said):
        choose(**wanted)


@pytest.mark.parametrize(
    "choice",
    [
        choose(),
        choose(["bias"]),
        choose(["checks", "limits"], "stakeholder", ["slide", "column"]),
        choose([], sizes=["page"]),
    ],
)
def test_the_options_of_a_choice_choose_the_same(choice):
    given = choice.options()
    options = dict(zip(given[::2], given[1::2], strict=True))
    assert choice == choose(
        options["--sections"].split(",") if "--sections" in options else None,
        options.get("--audience", "researcher"),
        options["--sizes"].split(",") if "--sizes" in options else None,
    )
    assert ReportChoice.model_validate_json(choice.model_dump_json()) == choice


def test_the_help_names_every_section_and_what_it_holds():
    said = " ".join(CliRunner().invoke(app, ["report", "--help"], env={"COLUMNS": "4000"}).output.split())
    for part in PARTS.values():
        assert f"{part.key}: {part.holds}" in said
