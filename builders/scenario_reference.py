"""Write the tables of keys in docs/scenario.md anew: python builders/scenario_reference.py"""

from pathlib import Path

from dowding.scenario.reference import reference

PAGE = Path(__file__).parents[1] / "docs" / "scenario.md"
BEGIN, END = "<!-- keys: written by builders/scenario_reference.py -->\n", "<!-- end of keys -->\n"


def main() -> None:
    """Replace what lies between the two marks."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{reference()}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
