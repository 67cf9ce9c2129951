"""What a reader of recordings could not read: how much, where, and why."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

LISTED_MOST = 1000  # places kept; the counts go on


@dataclass(frozen=True)
class Damage:
    """One place that could not be read."""

    offset: int  # octets from the beginning of the file, or the line, from 1, of a text file
    octets: int  # passed over; 0 for a line
    reason: str  # such as "bad length"


@dataclass
class Losses:
    """All that could not be read in a recording."""

    unit: str = "octet"
    counts: Counter[str] = field(default_factory=Counter)  # damaged places by reason
    octets: int = 0  # passed over in all
    places: list[Damage] = field(default_factory=list)  # the first LISTED_MOST

    def add(self, offset: int, octets: int, reason: str) -> None:
        """Note a place."""
        self.counts[reason] += 1
        self.octets += octets
        if len(self.places) < LISTED_MOST:
            self.places.append(Damage(offset, octets, reason))

    @property
    def total(self) -> int:
        """How many places."""
        return sum(self.counts.values())

    def lines(self, most: int = 10) -> list[str]:
        """The first places as sentences."""
        told = [f"{self.unit} {p.offset}: {p.reason}" + (f", {p.octets} octets" if p.octets else "") for p in self.places[:most]]
        return [*told, f"and {self.total - most} more"] if self.total > most else told

    def facts(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "damaged": self.total,
            "octets_passed_over": self.octets,
            "reasons": dict(sorted(self.counts.items())),
            f"places_by_{self.unit}": [[place.offset, place.octets, place.reason] for place in self.places],
        }
