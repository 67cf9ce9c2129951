"""Spans of replicates, and the part files of a study's folder that hold them. Cheap to import: queries need no more of a study."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PART = re.compile(r"(\d+)-(\d+)-(\d+)\.parquet")


@dataclass(frozen=True, order=True)
class Span:
    """Replicates `first` to `last` - 1 of a point."""

    point: int
    first: int
    last: int

    @property
    def file(self) -> str:
        """The name of its part file."""
        return f"{self.point}-{self.first}-{self.last - 1}.parquet"

    def __contains__(self, other: object) -> bool:
        return isinstance(other, Span) and self.point == other.point and self.first <= other.first and other.last <= self.last


def spans_in(parts: Path) -> list[Span]:
    """What the files of a folder hold, by point and replicate; a part inside a joined file is left out."""
    found = (Span(int(m[1]), int(m[2]), int(m[3]) + 1) for f in parts.glob("*.parquet") if (m := PART.fullmatch(f.name)))
    return outermost(found)


def outermost(found: Iterable[Span]) -> list[Span]:
    """Spans that lie in no other, by point and replicate."""
    out: list[Span] = []
    for span in sorted(found, key=lambda s: (s.point, s.first, -s.last)):
        if not out or span not in out[-1]:
            out.append(span)
    return out
