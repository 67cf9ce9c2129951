"""Writes docs/tables.md from the contract in dowding/contract.py: `python -m builders.table_reference`."""

from pathlib import Path

from dowding.tables import TABLES

PAGE = Path(__file__).resolve().parent.parent / "docs" / "tables.md"
HEAD = """# The tables of a run

A run folder holds these tables as Parquet; units and meanings are also in each file's key-value metadata (`dowding_columns`).
There are no nulls: a missing number is NaN, a missing row number -1, a missing word "". Angles are radians, azimuth clockwise from
north, elevation from the local horizon; east, north and up are metres in the theatre's frame at the scenario's origin (a rigid rotation
of Earth-centred coordinates, so nothing is flattened); times are seconds after the scenario's start.

`detections`, `dwells` and `sensors` are what an operator would have; `truth` and `origins` are for scoring only.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for table in TABLES.values():
        parts.append(f"\n## {table.name}\n\n{table.meaning[0].upper()}{table.meaning[1:]}.\n\n")
        parts.append("| column | type | unit | meaning |\n|---|---|---|---|\n")
        parts += [f"| `{c.name}` | {c.type} | {'' if c.unit == '-' else c.unit} | {c.meaning} |\n" for c in table.columns]
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
