"""The page about the catalogue says what the catalogue holds."""

import re
from pathlib import Path

from dowding.catalogue import GRADES, Catalogue
from dowding.catalogue.listing import key_reference, list_rows

PAGE = (Path(__file__).parents[2] / "docs" / "catalogue.md").read_text(encoding="utf-8")


def test_page_lists_every_key() -> None:
    for row in key_reference():
        assert f"| `{row.key}` | {row.unit} | {row.allowed} | {'yes' if row.required else ''} | {row.meaning} |" in PAGE, row.key


def test_page_lists_every_grade() -> None:
    assert all(f"| {grade} | {meaning.split(';')[0].split(',')[0]}" in PAGE.replace(":", ";") for grade, meaning in GRADES.items())


def test_page_counts_the_assumed_figures() -> None:
    rows = list_rows(Catalogue.load())
    assert re.search(rf"{sum(row.assumed for row in rows)} of {sum(row.figures for row in rows)} here\s+are assumed", PAGE)
