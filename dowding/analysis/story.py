"""The summary as plain strings: rows for a table that is read in ten seconds, and the sentences below it. Whoever shows it renders it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

COLUMNS = ("target", "flown", "detected at", "tracked at", "engaged at", "killed", "leaked", "survived", "flying")
"""The ranges are medians; how many it was stands before them."""

SINGULAR = {
    "aircraft": "an aircraft",
    "helicopter": "a helicopter",
    "drone": "a drone",
    "cruise_missile": "a cruise missile",
    "ballistic_missile": "a ballistic missile",
}
PLURAL = {
    "aircraft": "aircraft",
    "helicopter": "helicopters",
    "drone": "drones",
    "cruise_missile": "cruise missiles",
    "ballistic_missile": "ballistic missiles",
}


@dataclass(frozen=True)
class Story:
    """What the ten-second table says."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]  # by target class, with a last row for all of them if there are several; as long as columns
    through: tuple[str, ...]  # why they got through, a sentence a class that did
    rounds: tuple[str, ...]  # a sentence a unit
    assets: tuple[str, ...]  # a sentence an asset
    costs: tuple[str, ...]  # a sentence a side that has fire units
    claims: tuple[str, ...]  # a sentence a claim
    tracks: tuple[str, ...]  # a sentence on the picture's quality, none without tracks
    doubtful: tuple[str, ...]  # the figures that deserve the most doubt, as they were given


def story(summary: Mapping[str, Any], doubtful: Iterable[str] = ()) -> Story:
    """The story of a run's summary (see `summary.summarise`)."""
    rows = [_row(plural(kind), part) for kind, part in summary["classes"].items()]
    if len(rows) > 1:
        rows.append(_row("all", summary["total"]))
    return Story(
        COLUMNS,
        tuple(rows),
        tuple(f"{plural(kind)}: {because}" for kind, part in summary["classes"].items() if (because := reasons(part))),
        tuple(_rounds(name, unit) for name, unit in summary["units"].items()),
        tuple(_asset(name, asset) for name, asset in summary["assets"].items()),
        tuple(_cost(side, account) for side, account in summary.get("economy", {}).items() if account["fired"]),
        tuple(_claim(name, claim) for name, claim in summary["claims"].items()),
        _tracks(summary["tracks"]) if "tracks" in summary else (),
        tuple(doubtful),
    )


def plural(kind: str) -> str:
    """A class in words, more than one of it."""
    return PLURAL.get(kind, kind.replace("_", " "))


def clock(seconds: float) -> str:
    """Minutes and seconds after the start, 12:05; rounded to the second."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def kilometres(value: float) -> str:
    """A range to three figures: 8.4 km, 311 km."""
    return f"{value:.1f} km" if value < 20 else f"{value:.0f} km"


def _row(name: str, part: Mapping[str, Any]) -> tuple[str, ...]:
    stages = (("detected", "detection"), ("tracked", "tracking"), ("engaged", "engagement"))
    reached = [_reached(part[stage], part[noun]) for stage, noun in stages]
    return (name, str(part["flown"]), *reached, *(str(part[fate]) for fate in ("killed", "leaked", "survived", "flying")))


def _reached(number: int, moment: Mapping[str, Any]) -> str:
    distance = moment["range_km"]["median"]
    return str(number) if distance is None else f"{number}, {kilometres(distance)}"


def reasons(part: Mapping[str, Any]) -> str:
    """Why targets got through, leaked and survived together: "4 never detected, 2 missed"; "" if none did."""
    total: dict[str, int] = {}
    for because in (part["leaked_because"], part["survived_because"]):
        for reason, number in because.items():
            total[reason] = total.get(reason, 0) + number
    ordered = sorted(total.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{number} {reason}" for reason, number in ordered)


def _rounds(name: str, unit: Mapping[str, Any]) -> str:
    fired = [f"{r['fired']} of {r['ready']} {kind}" for kind, r in unit["rounds"].items()]
    if not fired:
        return f"{name}: no interceptors"
    kills = unit["kills"]
    rate = "" if unit["kills_per_round"] is None else f", {unit['kills_per_round']:.2f} a round"
    return f"{name} fired {', '.join(fired)}; {kills} {'kill' if kills == 1 else 'kills'}{rate}"


def _asset(name: str, asset: Mapping[str, Any]) -> str:
    hits = asset["hits"]
    told = "not hit" if not hits else "hit once" if hits == 1 else f"hit {hits} times"
    if hits and (asset["hit_points"] != 1 or asset["kind"] != "asset"):
        left = f"{asset['left']:g} of {asset['hit_points']:g} hit points left"
        told += f", {left}" if asset["destroyed_s"] is None else f", out of action at {clock(asset['destroyed_s'])}"
    return f"{name}: {told} ({asset['aimed_at']} flew at it)"


def _cost(side: str, account: Mapping[str, Any]) -> str:
    """What a side's rounds cost, and what they destroyed had cost, in million US dollars."""
    spent, gained, exchange = account["spent_musd"], account["destroyed_musd"], account["exchange"]
    parts = [f"{side} fired rounds for {_musd(spent)}", f"destroyed {_musd(gained)}"]
    if exchange["value"] is not None:
        parts.append(f"{exchange['value']:.3g} spent for each dollar destroyed")
    unpriced = [*spent["unpriced"], *gained["unpriced"]]
    return "; ".join(parts) + (f" (no price of {', '.join(unpriced)})" if unpriced else "")


def _musd(total: Mapping[str, Any]) -> str:
    return f"{total['value']:.4g} ({total['low']:.4g} to {total['high']:.4g}) million US dollars"


def _claim(name: str, claim: Mapping[str, Any]) -> str:
    parts = [f"claimed {kilometres(claim['range_claimed_km'])}"]
    for key, words, none in (
        ("detected", "first detection of", "nothing detected"),
        ("tracked", "first track of", "nothing tracked"),
        ("killed", "kill of", "nothing killed"),
    ):
        parts.append(_event(claim[key], words, none))
    farthest = claim["farthest_target_km"]
    if farthest is not None and farthest < claim["range_claimed_km"]:
        parts.append(f"no target was farther than {kilometres(farthest)}, so the claim was not tried to its end")
    return f"{name} ({claim['system']}): " + "; ".join(parts)


def _event(event: Mapping[str, Any], words: str, none: str) -> str:
    if event["farthest_km"] is None:
        return none
    altitude = "" if event["altitude_m"] is None else f" flying at {height(event['altitude_m'])}"
    text = f"farthest {words} {SINGULAR.get(event['class'], event['class'])} at {kilometres(event['farthest_km'])}{altitude}"
    plane = event["by_class"].get("aircraft")
    return text if plane is None or event["class"] == "aircraft" else f"{text} (of an aircraft at {kilometres(plane)})"


def height(metres: float) -> str:
    """An altitude for reading: 60 m, 850 m, 9.2 km."""
    return f"{metres / 1000:.1f} km" if metres >= 1000 else f"{10 * round(metres / 10):.0f} m" if metres >= 100 else f"{metres:.0f} m"


def _tracks(tracks: Mapping[str, Any]) -> tuple[str, ...]:
    if not tracks["confirmed"]:
        return ("no confirmed tracks",)
    parts = [f"{tracks['confirmed']} confirmed tracks, {tracks['false']} of them false"]
    if tracks["position_error_mean_m"] is not None:
        parts.append(f"mean position error {_metres(tracks['position_error_mean_m'])}")
    if tracks["completeness"] is not None:
        parts.append(f"targets held {100 * tracks['completeness']:.0f} % of their time")
    return ("; ".join(parts),)


def _metres(value: float) -> str:
    return f"{value:.0f} m" if value < 1000 else f"{value / 1000:.1f} km"
