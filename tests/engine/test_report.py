"""A study as a report, made and run again by the command line on the small world."""

import csv
import io
import itertools
import json
import math
import os
import re
import shlex
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from xml.etree import ElementTree

import altair as alt
import pytest
import world
from hand.tables import rewrite
from pptx import Presentation
from technical import technical

from scpo.store.cache import Store
from scpo.store.studies import read_study, read_study_file

pytestmark = pytest.mark.slow

FIGURES = ("gain", "tradeoff", "tradeoff_countries", "matrix", "over_steering", "distances")


def scpo(store, *words):
    environment = {**os.environ, "SCPO_CACHE_DIR": str(store.root), "SCPO_OFFLINE": "1", "SCPO_DEVICE": "cpu"}
    return subprocess.run(
        [sys.executable, "-m", "scpo", *map(str, words)],
        env={**environment, "OMP_NUM_THREADS": "1"},
        cwd=world.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def store(world_folder, tmp_path_factory) -> Store:
    return world.copy_of(world_folder, "many", tmp_path_factory.mktemp("reported") / "cache")


@pytest.fixture(scope="module")
def path(store, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "paper.zip"
    done = scpo(store, "report", "--study", "paper", "-o", path)
    assert done.returncode == 0, done.stderr
    assert "figures" in done.stderr
    return path


@pytest.fixture(scope="module")
def contents(path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def told(store, tmp_path_factory):
    """A report for stakeholders, with the trade-off first, and its name."""
    path = tmp_path_factory.mktemp("told") / "board.zip"
    done = scpo(
        store, "report", "--study", "paper", "--audience", "stakeholder", "--sections", "tradeoff,finding,checks,bias",
        "--sizes", "column", "-o", path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture(scope="module")
def told_contents(told) -> dict[str, bytes]:
    with zipfile.ZipFile(told) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rows_of(contents, name):
    lines = contents[f"data/{name}.csv"].decode().split("\n", 1)
    assert lines[0].startswith("# ")
    return list(csv.DictReader(io.StringIO(lines[1])))


def test_it_holds_every_figure_in_every_size_and_form_with_its_data(contents, path):
    for name in FIGURES:
        for size in ("column", "page", "slide"):
            assert contents[f"figures/{name}_{size}.svg"].startswith(b"<svg")
            assert contents[f"figures/{name}_{size}.pdf"].startswith(b"%PDF")
            assert contents[f"figures/{name}_{size}.png"].startswith(b"\x89PNG")
        assert rows_of(contents, name)
    assert contents["report.pdf"].startswith(b"%PDF")
    assert "scpo rerun paper.zip" in contents["README.md"].decode()
    assert "2606.18606" in contents["refs.bib"].decode()
    assert json.loads(contents["env.json"])["packages"]["numpy"]
    assert [one.name for one in path.parent.iterdir()] == ["paper.zip"]


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize(("size", "inches"), [("column", 3.3), ("page", 6.9)])
def test_a_figure_is_as_wide_as_its_size_says(contents, name, size, inches):
    across = re.search(rb'<svg[^>]* width="([\d.]+)"', contents[f"figures/{name}_{size}.svg"])
    least = 0.8 if name != "distances" else 0.3  # as wide as its communities need
    assert least * inches < float(across[1]) / 96 < 1.06 * inches


def texts_of(svg):
    """Return words, size of type and corners of every text of a drawing in pixels; letters are 0.45 as wide as high."""
    found = []

    def walk(node, matrix):
        for kind, numbers in re.findall(r"(translate|rotate|scale)\(([^)]*)\)", node.get("transform", "")):
            first, *more = [float(one) for one in re.split("[ ,]+", numbers)]
            turn = complex(math.cos(math.radians(first)), math.sin(math.radians(first)))
            at, by = matrix
            matrix = (at + by * complex(first, *more), by) if kind == "translate" else (at, by * turn)
            assert kind != "scale"
        if node.tag.endswith("}text"):
            lines = ["".join(one.itertext()) for one in node if one.tag.endswith("tspan")] or ["".join(node.itertext())]
            type_ = float(node.get("font-size").removesuffix("px"))
            across = max(map(len, lines)) * 0.45 * type_
            start = {"start": 0.0, "middle": -across / 2, "end": -across}[node.get("text-anchor", "start")]
            at, by = matrix
            ends = [at + by * complex(x, y) for x in (start, start + across) for y in (0, -0.7 * type_)]
            found.append((" ".join(lines), type_, ends))
        for inner in node:
            walk(inner, matrix)

    walk(ElementTree.fromstring(svg), (0j, 1 + 0j))
    return found


def box(corners):
    across, down = [one.real for one in corners], [one.imag for one in corners]
    return min(across), max(across), min(down), max(down)


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("size", ["column", "page", "slide"])
def test_every_word_of_a_figure_can_be_read_is_not_cut_and_stands_alone(contents, name, size):
    svg = contents[f"figures/{name}_{size}.svg"].decode()
    wide, high = map(float, re.search(r'width="([\d.]+)" height="([\d.]+)"', svg).groups())
    texts = texts_of(svg)
    assert len(texts) > 5
    for words, type_, corners in texts:
        assert 0.75 * type_ >= 6, words
        assert all(-2 <= one.real <= wide + 2 and -2 <= one.imag <= high + 2 for one in corners), words
    level = [(words, box(corners)) for words, _, corners in texts if len({round(one.imag) for one in corners}) == 2]
    for (words, one), (others, other) in itertools.combinations(level, 2):
        beside = min(one[1], other[1]) - max(one[0], other[0]) < 2 or min(one[3], other[3]) - max(one[2], other[2]) < 2
        assert beside or words == others, (words, others)


def test_the_numbers_of_a_figure_are_those_of_the_document(contents):
    cells = {
        (row["trained_for"], row["tested_on"], row["method"]): row["difference"]
        for row in json.loads(contents["numbers/bias.json"])["rows"]
    }
    drawn = rows_of(contents, "matrix")
    assert len(drawn) > len(world.STUDIED)
    for row in drawn:
        known = cells[row["trained_for"], row["tested_on"], row["method"]]
        for end in ("value", "low", "high"):
            written = float(row[f"diff_{end}"] or "nan")
            assert math.isclose(written, known[end]) if known[end] is not None else math.isnan(written)
    home = {row["country"]: float(row["gain_value"]) for row in rows_of(contents, "gain") if row["country"] != "mean"}
    assert set(home) == set(world.STUDIED)
    for country, gain in home.items():
        assert math.isclose(gain, cells[country, country, "scpo"]["value"], abs_tol=1e-12)


class Resources(HTMLParser):
    """Collects what a page would fetch."""

    def __init__(self):
        super().__init__()
        self.found, self.charts, self.specs, self.sections, self.texts = [], [], [], [], []
        self.inside = self.code = False

    def handle_endtag(self, tag):
        self.code = False

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.found += [f"{tag} {name}" for name in ("src", "srcset", "data", "action") if name in attributes]
        self.found += [tag] if tag in ("link", "iframe", "base") else []
        self.charts += [attributes["id"]] if attributes.get("class") == "chart" else []
        self.sections += [attributes["id"]] if tag == "section" else []
        self.texts += [attributes["aria-label"]] if "aria-label" in attributes else []
        self.inside = attributes.get("type") == "application/json"
        self.code = tag in ("style", "script")

    def handle_data(self, data):
        if self.inside:
            self.specs.append(json.loads(data))
            self.inside = False
        elif not self.code:
            self.texts.append(data)


def read_page(contents) -> Resources:
    found = Resources()
    found.feed(contents["report.html"].decode())
    return found


def spoken(part):
    """Titles and texts of a specification."""
    if isinstance(part, dict):
        own = [part[name] for name in ("title", "text", "subtitle") if isinstance(part.get(name), str)]
        return own + [one for value in part.values() for one in spoken(value)]
    return [one for value in part for one in spoken(value)] if isinstance(part, list) else []


def slide_texts(contents):
    deck = Presentation(io.BytesIO(contents["slides.pptx"]))
    frames = [shape.text_frame for slide in deck.slides for shape in slide.shapes if shape.has_text_frame]
    return [frame.text for frame in (*frames, *(slide.notes_slide.notes_text_frame for slide in deck.slides))]


def test_sections_stand_in_the_order_asked_for_and_those_no_report_lacks_come_last(contents, told_contents):
    everything = ["finding", "tradeoff", "bias", "divergence", "checks", "limits", "definitions", "provenance"]
    assert read_page(contents).sections == everything
    assert read_page(told_contents).sections == ["tradeoff", "finding", "checks", "bias", "limits", "provenance"]
    titles = [text for text in slide_texts(told_contents) if "What this does not show" in text]
    assert len(titles) == 1


def test_stakeholders_read_plain_words_in_page_slides_and_figures(contents, told_contents):
    page = read_page(told_contents)
    drawn = [
        text
        for name, one in told_contents.items()
        if name.endswith(".svg")
        for text in re.findall(r">([^<>]+)</text>", one.decode())
    ]
    slides = slide_texts(told_contents)
    for said in (page.texts, [one for spec in page.specs for one in spoken(spec)], drawn, slides):
        assert len(said) > 20 and technical(said) == []
    assert technical(read_page(contents).texts)
    assert "learning_rate" not in " ".join(page.texts) and "learning_rate" in " ".join(read_page(contents).texts)


def test_run_ids_licence_and_limits_are_in_every_report(told_contents, store):
    page, slides = " ".join(read_page(told_contents).texts), " ".join(slide_texts(told_contents))
    for run_id in read_study(store, "paper").runs:
        assert run_id in page and run_id in slides
    for said in ("Licence of the data", "What this does not show", "they do not stand for their countries"):
        assert said in page and said in slides


def test_only_the_sizes_asked_for_are_in_the_zip(told_contents):
    sizes = {name.rpartition("_")[2].partition(".")[0] for name in told_contents if name.startswith("figures/")}
    assert sizes == {"column"}
    assert told_contents["report.pdf"].startswith(b"%PDF")


def test_the_command_in_the_zip_writes_that_very_report(told_contents, store, tmp_path):
    line = told_contents["commands.sh"].decode().strip().splitlines()[-1]
    choice = json.loads(told_contents["report.json"])["choice"]
    assert (choice["audience"], choice["sizes"]) == ("stakeholder", ["column"])
    assert choice["sections"] == ["tradeoff", "finding", "checks", "bias", "limits", "provenance"]
    assert "Written for a stakeholder" in told_contents["README.md"].decode()
    words = shlex.split(line)
    assert words[0] == "scpo" and words[-2:] == ["-o", "board.zip"]
    done = scpo(store, *words[1:-1], tmp_path / "again.html")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "again.html").read_bytes() == told_contents["report.html"]


def test_a_chosen_report_and_one_of_the_version_before_run_again(told, contents, store, tmp_path):
    manifest = json.loads(contents["report.json"])
    del manifest["choice"]
    with zipfile.ZipFile(tmp_path / "before.zip", "w") as archive:
        for name, what in contents.items():
            archive.writestr(name, json.dumps(manifest) if name == "report.json" else what)
    for path in (told, tmp_path / "before.zip"):
        done = scpo(store, "rerun", path)
        assert done.returncode == 0 and "all are the same" in done.stderr, done.stderr


def test_a_report_that_is_interrupted_leaves_no_half_of_a_file(store, tmp_path):
    words = [sys.executable, "-m", "scpo", "report", "--study", "paper", "-o", str(tmp_path / "paper.zip")]
    environment = {**os.environ, "SCPO_CACHE_DIR": str(store.root), "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(words, env=environment, cwd=world.ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert next((line for line in process.stderr if line.startswith("figures")), None)
        process.terminate()
    assert process.returncode == 130
    assert list(tmp_path.iterdir()) == [] and not list((store.root / "progress").glob("report-*"))


def test_a_section_that_no_report_has_is_refused(store, tmp_path):
    done = scpo(store, "report", "--study", "paper", "--sections", "finding,summary", "-o", tmp_path / "page.html")
    assert done.returncode == 2 and not (tmp_path / "page.html").exists()
    assert "no section 'summary': known are finding, tradeoff, bias, divergence, checks, limits" in done.stderr


def test_the_page_fetches_nothing_and_has_every_chart(contents):
    page = contents["report.html"].decode()
    found = Resources()
    found.feed(page)
    assert found.found == []
    assert found.charts == [f"chart-{name}" for name in FIGURES]
    assert len(found.specs) == len(FIGURES)
    assert not any('"url"' in json.dumps(spec) for spec in found.specs)
    assert "@import" not in page.split("<script")[0] and "url(" not in page.split("<script")[0]
    assert "vegaEmbed" in page


def test_every_chart_of_the_page_is_one_by_the_schema(contents):
    found = Resources()
    found.feed(contents["report.html"].decode())
    for spec in found.specs:
        alt.Chart.from_dict(spec)  # raises where it is none


def test_the_report_names_checks_that_were_not_carried_out_and_how_to(contents):
    page = contents["report.html"].decode()
    assert "0 of 6 checks" in page
    assert "scpo check shuffled --data=tastes --model=rm" in page


def test_slides_have_the_finding_as_title_and_notes_with_n_and_interval(contents):
    deck = Presentation(io.BytesIO(contents["slides.pptx"]))
    shown = [slide for slide in deck.slides if any(shape.shape_type == 13 for shape in slide.shapes)]
    assert len(shown) == len(FIGURES)
    for slide in shown:
        notes = slide.notes_slide.notes_text_frame.text
        assert len(slide.shapes.title.text_frame.text) > 20
        assert " users" in notes or " user)" in notes
        assert "[" in notes and "]" in notes
        title, *others = sorted(slide.shapes, key=lambda shape: shape.top)
        assert title == slide.shapes.title
        for shape in others:
            assert shape.top >= title.top + title.height
            assert shape.left >= 0 and shape.left + shape.width <= deck.slide_width
            assert shape.top + shape.height <= deck.slide_height
        picture = next(shape for shape in others if shape.shape_type == 13)
        caption = next(shape for shape in others if shape.has_text_frame)
        assert picture.top + picture.height <= caption.top
        assert caption.top + caption.height <= others[-1].top
        assert picture.width > 0.3 * deck.slide_width
    words = [shape.text_frame.text for slide in deck.slides for shape in slide.shapes if shape.has_text_frame]
    assert any("scpo check" in one for one in words) and not any("`" in one for one in words)
    row = next(row for row in rows_of(contents, "gain") if row["country"] == "ISR")
    change = f"{100 * float(row['gain_value']):+.1f}".replace("-", "−").replace("+0.0", "0.0")
    assert f"Israel: {change}" in shown[0].notes_slide.notes_text_frame.text


def test_the_study_can_be_read_back_from_its_file(contents, store, tmp_path):
    (tmp_path / "study.toml").write_bytes(contents["study.toml"])
    written, asked = read_study_file(tmp_path / "study.toml"), read_study(store, "paper")
    assert written.plan.model_copy(update={"countries": ()}) == asked.plan.model_copy(update={"countries": ()})
    assert list(written.plan.countries) == asked.countries
    assert type(asked.training).model_validate(written.training) == asked.training


def test_another_machine_with_the_same_data_finds_the_same_numbers(path, world_folder, tmp_path):
    fresh = world.copy_of(world_folder, "unscored", tmp_path / "cache")
    assert not fresh.names("runs")
    done = scpo(fresh, "rerun", path, "--json")
    assert done.returncode == 0, done.stderr + done.stdout
    found = json.loads(done.stdout)
    assert found["differences"] == [] and found["remarks"] == []
    assert found["n_values"] > 500
    assert len(fresh.names("runs")) == 18


def test_a_number_that_is_not_the_same_is_named(path, contents, store, tmp_path):
    bias = json.loads(contents["numbers/bias.json"])
    row = bias["rows"][0]
    row["difference"]["value"] += 0.01
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        for name, what in contents.items():
            archive.writestr(name, json.dumps(bias) if name == "numbers/bias.json" else what)
    n_runs = len(store.names("runs"))
    done = scpo(store, "rerun", tmp_path / "other.zip")
    assert done.returncode == 1
    assert len(done.stdout.strip().splitlines()) == 1
    assert f"trained_for {row['trained_for']}, tested_on {row['tested_on']}" in done.stdout
    assert "1 differ" in done.stderr
    assert len(store.names("runs")) == n_runs


def test_other_data_under_the_same_name_are_refused(path, world_folder, tmp_path):
    other = world.copy_of(world_folder, "unscored", tmp_path / "cache")
    record = other.root / "datasets" / "tastes" / "dataset.json"
    rewrite(record, key="another")
    done = scpo(other, "rerun", path)
    assert done.returncode == 2
    assert "is not the one of the report" in done.stderr
    assert not other.names("runs")


def test_generated_data_carry_their_banner(world_folder, tmp_path):
    store = world.copy_of(world_folder, "many", tmp_path / "cache")
    record = store.root / "datasets" / "tastes" / "dataset.json"
    rewrite(record, synthetic=True)
    done = scpo(store, "report", "--study", "paper", "-o", tmp_path / "page.html")
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "page.html").read_text()
    assert page.count("Synthetic sample: says nothing about real countries.") > len(FIGURES)
