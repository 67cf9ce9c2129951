"""What targets radiate and which receivers hear it: emitters, jammers and transponders as rows with a constant for each receiver."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dowding.catalogue import Entry
from dowding.model.bundles import EMISSION, Reals, Records
from dowding.model.placing import PlacedRadar, filled
from dowding.physics.detection import snr_for_detection
from dowding.physics.one_way import MILLIWATT, one_way_constant
from dowding.physics.radar import from_decibels
from dowding.scenario import Resolved, ResolvedFlight
from dowding.scenario.schema import Transponder

# ICAO Annex 10, Volume IV: questions on 1,030 MHz, answers and broadcasts on 1,090 MHz; a transponder hears from about -71 dBm on
QUESTION_HZ, ANSWER_HZ = 1030e6, 1090e6
TRANSPONDER_SENSITIVITY_DBM = -71.0
BAND_CENTRE_GHZ = {"VHF": 0.15, "UHF": 0.6, "L": 1.3, "S": 3.0, "C": 5.5, "X": 10.0, "Ku": 15.0}  # assumed of a jammer in a band
WITHIN_95 = math.sqrt(2.0 * math.log(20.0))  # sigmas of the circle that holds 95 % of a level normal error, equal in both directions


@dataclass(frozen=True)
class Emission:
    """Something that radiates: on which frequency, how strongly, and what it tells ("" for what is only heard)."""

    frequency: float  # Hz
    radiated: float  # W, effective
    on: float
    off: float
    tells: str = ""


def _end(off_s: float | None) -> float:
    return math.inf if off_s is None else off_s


def emissions_of(flight: ResolvedFlight) -> list[Emission]:
    """All that one member of a flight radiates."""
    found = [
        Emission((e.frequency_ghz or 0.0) * 1e9, from_decibels(e.eirp_dbw or 0.0), e.on_s, _end(e.off_s)) for e in flight.emits
    ]
    if flight.jammer is not None:
        jammer = flight.jammer
        strength = jammer.power_w * from_decibels(jammer.gain_db)
        found += [Emission(BAND_CENTRE_GHZ[band] * 1e9, strength, jammer.on_s, math.inf) for band in jammer.bands]
    if flight.transponder is not None:
        found.append(answers_of(flight.transponder))
    return found


def emissions_by_entry(resolved: Resolved, target: Entry) -> list[Emission]:
    """All that the flights of a target radiate; if none flies, its own radar and the transponder that it usually has."""
    flights = [flight for flight in resolved.flights if flight.target.id == target.id]
    if flights:
        return [emission for flight in flights for emission in emissions_of(flight)]
    found = []
    if target.get("radar_eirp_dbw") is not None:
        frequency, radiated = target.number("radar_frequency_ghz") * 1e9, from_decibels(target.number("radar_eirp_dbw"))
        found.append(Emission(frequency, radiated, 0.0, math.inf))
    usual = str(target.get("transponder", "none"))
    if usual != "none":
        found.append(answers_of(Transponder(mode=usual)))  # type: ignore[arg-type]
    return found


def answers_of(transponder: Transponder) -> Emission:
    """What a transponder sends."""
    return Emission(ANSWER_HZ, transponder.power_w, transponder.on_s, _end(transponder.off_s), transponder.mode)


def _is_heard(emission: Emission, entry: Entry) -> bool:
    """Whether a receiver makes anything of an emission."""
    kind, tells = str(entry.value("type")), emission.tells
    if kind == "secondary":
        return tells in ("ssr", "ads-b")
    if kind == "ads_b":
        return tells == "ads-b"
    inside = entry.number("frequency_min_ghz") <= emission.frequency / 1e9 <= entry.number("frequency_max_ghz")
    return inside and tells != "ssr"  # who only answers is silent until asked


def heard_by(emission: Emission, entry: Entry) -> float:
    """C (m^2) of an emission at a sensor: signal-to-noise ratio times range^2; 0 for a radar and for what a receiver does not hear.

    With a secondary radar the weaker of the two ways counts: a transponder that hears the question no better than its sensitivity answers
    as often as the radar hears an answer at its own.
    """
    if entry.kind != "receivers" or not _is_heard(emission, entry):
        return 0.0
    ratio = snr_for_detection(entry.number("reference_pd"), entry.number("pfa"), 1, 0)
    gain, sensitivity = from_decibels(entry.number("gain_db")), from_decibels(entry.number("sensitivity_dbm")) * MILLIWATT
    down = one_way_constant(emission.radiated, gain, emission.frequency, sensitivity, ratio)
    if str(entry.value("type")) != "secondary":
        return down
    asked = from_decibels(entry.number("interrogation_eirp_dbw"))
    up = one_way_constant(asked, 1.0, QUESTION_HZ, from_decibels(TRANSPONDER_SENSITIVITY_DBM) * MILLIWATT, ratio)
    return min(down, up)


def emitters_of(resolved: Resolved, flights: Sequence[int], placed: Sequence[PlacedRadar]) -> tuple[Records, Reals, list[tuple[int, int]]]:
    """The emissions, (emission,) EMISSION, what each sensor hears of them (emission, sensor) m^2, and each target's first and end.

    `flights` is the flight of each target.
    """
    rows: list[Emission] = []
    spans = []
    for flight in flights:
        own = emissions_of(resolved.flights[flight])
        spans.append((len(rows), len(rows) + len(own)))
        rows += own
    heard = [[heard_by(row, p.entry) for p in placed] for row in rows]
    emissions = filled(EMISSION, rows, {"on": lambda row: row.on, "off": lambda row: row.off})
    return emissions, np.array(heard, dtype=np.float64).reshape(len(rows), len(placed)), spans


def identities_of(resolved: Resolved, flights: Sequence[int]) -> list[str]:
    """What each target answers, by transponder or to its own side, "" for none; members after the first have their number behind it."""
    told, seen = [], dict[int, int]()
    for flight in flights:
        seen[flight] = seen.get(flight, 0) + 1
        transponder = resolved.flights[flight].transponder
        own = resolved.flights[flight].name if resolved.flights[flight].iff and resolved.identification.mode == "modelled" else ""
        name = own if transponder is None else str(transponder.identity)
        told.append(name if not name or seen[flight] == 1 else f"{name} {seen[flight]}")
    return told
