"""The column of countries of a pairs file: what it is read as, what is dropped, what is said."""

import pandas as pd

from scpo.data.sources.pairs.load import load_pairs_file


def countries_of(write, *names):
    rows = [{"prompt": f"p{i}", "chosen": "a", "rejected": "b", "user_id": f"u{i}", "country": name}
            for i, name in enumerate(names)]  # fmt: skip
    tables = load_pairs_file(write(rows), mapping={})
    return tables.pairs["country"].tolist(), tables.report


def test_a_column_of_codes_is_read_as_such_and_said(write):
    codes, report = countries_of(write, "US", "DE", "NA")
    assert codes[:2] == ["USA", "DEU"] and pd.isna(codes[2])
    assert "pairs.jsonl: the countries are read as two-letter ISO 3166 codes (US is United States, DE is Germany)." in (
        report.notes
    )
    assert any("for Namibia write NAM" in note for note in report.notes)
    codes, report = countries_of(write, "152", "710")
    assert codes == ["CHL", "ZAF"] and any("as numeric ISO 3166 codes (152 is Chile" in note for note in report.notes)


def test_an_unknown_country_is_named_with_what_is_spelled_alike_and_not_taken_for_it(write):
    codes, report = countries_of(write, "Deutschland", "Germnay", "DE", "Gauls")
    assert codes == ["DEU"] and report.dropped["pairs.jsonl"] == {"unknown country": [2, 3, 4]}
    assert any("'Germnay' (Germany?), 'DE' (Germany?), 'Gauls'; write" in note for note in report.notes)
