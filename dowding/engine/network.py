"""What travels between pictures: each node sends what it knows, links delay and lose it. Truth has no way in."""

import math
from typing import NamedTuple

import numpy as np

from dowding import _random
from dowding._jit import bundle, kernel
from dowding._random import Luck
from dowding.engine.channels import refresh_ledger
from dowding.engine.command import is_carrying
from dowding.engine.events import DELIVER, Queue, push
from dowding.engine.state import Fight, Records, Wholes
from dowding.model import Defence
from dowding.model.bundles import CUES, DETECTIONS
from dowding.tracking.picture import CONFIRMED, DETECTION, HIGHEST, TrackBank, TrackerConfig
from dowding.tracking.shared_tracks import (
    LINKED,
    Reports,
    drop_untold,
    hear,
    is_linked,
    is_seen_here,
    make_reports,
    number_of,
    trace_of_position,
    variance_told,
    write_report,
)

KEPT_INTERVALS = 3.0  # a report keeps a track alive for so many rounds of its sender
TOLD_INTERVALS = 1.5  # and others need not tell of it on the same link for so many
SURER = 2.0  # unless the variance of theirs is less by so much (assumed)

MESSAGE = np.dtype(
    [
        ("count", np.int64),  # tracks or detections in it
        ("number", np.int64),  # of its port, from 1
        ("rounds", np.int64),  # messages that it takes to tell of all tracks
        ("slots", np.int64),  # of the sender's picture that have been used so far
        ("sensor", np.int64),  # of a dwell
        ("time", np.float64),  # s, when it was sent, or the end of the dwell
        ("left", np.float64),  # rad, where the dwell began
        ("width", np.float64),  # rad
    ]
)
WORD = np.dtype(
    [
        ("id", np.int64),  # number of the track in the slot
        ("until", np.float64),  # s, until when somebody else on the link tells of it
        ("variance", np.float64),  # m2, its summed position variances in that report
    ]
)


@bundle
class Mail(NamedTuple):
    """Messages under way: each port has a ring of them, one after the other."""

    first: Wholes  # (port,) row of its first message
    sent: Wholes  # (port,) messages sent so far
    turn: Wholes  # (port,) slot with which its next message begins
    message: Records  # (message,) MESSAGE
    reports: Reports  # of tracks; each array (message, track, ...)
    detections: Records  # (message, detection) DETECTION, of a dwell
    links: Records  # (edge, slot) LINKED
    words: Records  # (port, slot of its node's picture) WORD: of what others tell on its link


def make_mail(defence: Defence, slots: int, most: int, models: int) -> Mail:
    """Room for all that can be under way; `slots` tracks a picture, at `most` detections a dwell."""
    ports, edges = defence.network.ports, len(defence.network.edges)
    rings = int(ports["ring"].sum())
    first = np.concatenate([[0], np.cumsum(ports["ring"])[:-1]]).astype(np.int64) if len(ports) else np.zeros(0, np.int64)
    of_tracks = ports["sends"] != DETECTIONS
    capacity = min(slots, int(ports["capacity"][of_tracks].max(initial=0)))
    one = make_reports(capacity, models)
    reports = Reports(*(np.zeros((rings, *array.shape), array.dtype) for array in one))
    dwells = rings if (~of_tracks).any() else 0
    return Mail(
        first, np.zeros(len(ports), np.int64), np.zeros(len(ports), np.int64), np.zeros(rings, MESSAGE), reports,
        np.zeros((dwells, most if dwells else 0), DETECTION), np.zeros((edges if of_tracks.any() else 0, slots), LINKED),
        np.zeros((len(ports) if of_tracks.any() else 0, slots), WORD),
    )  # fmt: skip


@kernel
def reports_of(mail: Mail, message: int) -> Reports:
    """The tracks of one message, a view."""
    every = mail.reports
    return Reports(every.report[message], every.state[message], every.packed[message], every.mode[message])


@kernel
def next_message(defence: Defence, mail: Mail, port: int, now: float) -> int:
    """The row of a port's next message, numbered."""
    message = mail.first[port] + mail.sent[port] % defence.network.ports["ring"][port]
    mail.sent[port] += 1
    mail.message["number"][message], mail.message["time"][message] = mail.sent[port], now
    return int(message)


@kernel
def post(defence: Defence, mail: Mail, queue: Queue, luck: Luck, port: int, message: int, now: float) -> None:
    """Send a message to everyone on the link that is not lost to it."""
    network = defence.network
    ports, edges = network.ports, network.edges
    for edge in range(ports["first"][port], ports["end"][port]):
        lost = not is_carrying(defence, ports["link"][port], edge, now)
        if not lost and edges["loss"][edge] > 0.0:
            u = _random.uniforms(luck, _random.MESSAGE, mail.message["number"][message], edges["key"][edge], ports["key"][port])
            lost = u[0] < edges["loss"][edge]
        if not lost:
            push(queue, now + edges["latency"][edge], DELIVER, edge, message)


@kernel
def is_told(defence: Defence, config: TrackerConfig, mail: Mail, bank: TrackBank, port: int, slot: int, now: float) -> bool:
    """Whether a node tells of a confirmed track on a link: found by its own sensors, or relayed; not where somebody else there does."""
    word, seen_here = mail.words[port, slot], is_seen_here(bank, config, slot)
    if word["id"] == bank.track["id"][slot] and now < word["until"]:
        return bool(seen_here and SURER * trace_of_position(bank.covariance[slot]) < word["variance"])
    return bool(seen_here or defence.network.nodes["relays"][defence.network.ports["node"][port]] == 1)


@kernel
def write_tracks(defence: Defence, fight: Fight, mail: Mail, bank: TrackBank, port: int, now: float) -> int:
    """Fill a port's next message with its picture's tracks, as many as the link carries, turn and turn about; returns its row."""
    network, config = defence.network, defence.tracker
    node = network.ports["node"][port]
    picture, capacity = network.nodes["picture"][node], network.ports["capacity"][port]
    message = next_message(defence, mail, port, now)
    reports, highest, told, count = reports_of(mail, message), bank.counters[HIGHEST], 0, 0
    begin = mail.turn[port] if mail.turn[port] < highest else 0
    for i in range(highest):
        slot = (begin + i) % highest
        if bank.track["status"][slot] != CONFIRMED:
            continue
        refresh_ledger(fight.ledger, bank, picture, slot)
        engaged, tells = fight.ledger["engaged"][picture, slot] > 0, is_told(defence, config, mail, bank, port, slot, now)
        if not (engaged or tells):
            continue
        told += 1
        if count < min(capacity, reports.report.shape[0]):
            number = number_of(bank, picture, slot, is_seen_here(bank, config, slot))
            write_report(bank, slot, number, engaged, tells, reports, count)
            count += 1
            mail.turn[port] = slot + 1
    mail.message["count"][message], mail.message["slots"][message] = count, highest
    mail.message["rounds"][message] = max(math.ceil(told / max(count, 1)), 1)
    return message


@kernel
def write_dwell_message(
    defence: Defence, mail: Mail, port: int, sensor: int, now: float, left: float, width: float, detections: Records, count: int
) -> int:
    """Copy a dwell and its first `count` detections into a port's next message; returns its row."""
    message = next_message(defence, mail, port, now)
    row = mail.message[message]
    row["count"], row["sensor"], row["left"], row["width"], row["rounds"] = count, sensor, left, width, 1
    for i in range(count):
        mail.detections[message, i] = detections[i]
    return message


@kernel
def word_holds(ports: Records, mail: Mail, port: int) -> float:
    """How long (s) what a port tells is taken to hold, by the rounds that its last message took."""
    last = mail.first[port] + (mail.sent[port] - 1) % ports["ring"][port]
    return float(KEPT_INTERVALS * ports["interval"][port] * (mail.message["rounds"][last] if mail.sent[port] > 0 else 1))


@kernel
def read_tracks(defence: Defence, fight: Fight, mail: Mail, bank: TrackBank, edge: int, message: int, now: float) -> bool:
    """Take a message of tracks into the receiver's picture; False where that has no room for all."""
    network, config = defence.network, defence.tracker
    port, row, links = network.edges["port"][edge], mail.message[message], mail.links[edge]
    picture = network.nodes["picture"][network.edges["node"][edge]]
    reports, cue = reports_of(mail, message), network.ports["sends"][port] == CUES
    until = now + KEPT_INTERVALS * network.ports["interval"][port] * row["rounds"]
    whole = row["rounds"] == 1
    room = hear(bank, config, links, reports, row["count"], row["number"], edge, cue, whole, row["slots"], now, until)
    drop_untold(bank, config, now)
    for k in range(row["count"]):
        slot = heard_slot(bank, links, reports, k)
        if slot < 0:
            continue
        word = mail.words[network.edges["back"][edge], slot]
        if reports.report["tells"][k]:
            word["id"], word["until"] = bank.track["id"][slot], now + TOLD_INTERVALS / KEPT_INTERVALS * (until - now)
            word["variance"] = variance_told(reports, k)
        refresh_ledger(fight.ledger, bank, picture, slot)
        if reports.report["engaged"][k] and not cue:
            fight.ledger["others_until"][picture, slot] = until
    return room


@kernel
def heard_slot(bank: TrackBank, links: Records, reports: Reports, k: int) -> int:
    """Where row `k` of a message that was taken stands in the receiver's bank, or -1."""
    return int(links["slot"][reports.report["slot"][k]]) if is_linked(bank, links, reports, k) else -1
