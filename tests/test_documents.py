"""Pages that are made from the code are up to date, and what the README says is so."""

from pathlib import Path

from builders import table_reference

ROOT = Path(__file__).resolve().parent.parent


def test_the_page_of_tables_is_what_the_contract_says() -> None:
    assert table_reference.PAGE.read_text(encoding="utf-8") == table_reference.page()


def test_the_readme_links_to_files_that_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for link in [part.split(")")[0] for part in text.split("](")[1:]]:
        assert (ROOT / link).exists(), link
