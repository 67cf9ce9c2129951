"""Build dowding/plots/borders.npz, the land borders and coastlines that maps are drawn over.

Source: Natural Earth 4.1, 1:50 million, public domain, as packed by the npm package world-atlas 2.0.2 (ISC licence):

    npm pack world-atlas@2.0.2
    tar xzf world-atlas-2.0.2.tgz
    python builders/borders.py package/countries-50m.json dowding/plots/borders.npz

A TopoJSON arc is a line that is stored once however many countries it bounds: an arc of one country is a coast, an arc of two a
border. The arcs stay in the file's own grid of whole numbers (at most 400 m wide) as differences, cut into short pieces, so that a map
of one theatre unpacks only what it shows. Equal input gives equal bytes.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

PIECE = 48  # points in a piece: small enough to cut a theatre out of a continent's coast, large enough to be few
LARGEST_STEP = np.iinfo(np.int16).max


def arc_numbers(nested: Any) -> Iterator[int]:
    """The arcs of a geometry, however deep its rings are nested; ~i is arc i backwards."""
    for item in nested:
        if isinstance(item, int):
            yield item if item >= 0 else ~item
        else:
            yield from arc_numbers(item)


def users_of_arcs(topology: dict[str, Any], names: list[str]) -> dict[int, list[int]]:
    """Which countries, by their place in `names`, each arc bounds."""
    users: dict[int, list[int]] = {}
    for country in topology["objects"]["countries"]["geometries"]:
        for arc in set(arc_numbers(country.get("arcs", []))):
            users.setdefault(arc, []).append(names.index(country["properties"]["name"]))
    return {arc: sorted(found)[:2] for arc, found in users.items()}


def runs(points: NDArray[np.int64], grid: int) -> Iterator[NDArray[np.int64]]:
    """The parts of an arc that are lines on the ground: without the frame that closes polygons at 180 degrees and the pole."""
    frame_east = (points[:, 0] <= 2) | (points[:, 0] >= grid - 2)
    frame_south = points[:, 1] <= 2
    artificial = (frame_east[:-1] & frame_east[1:]) | (frame_south[:-1] & frame_south[1:])
    artificial |= (np.abs(np.diff(points, axis=0)) > LARGEST_STEP).any(axis=1)
    start = 0
    for cut in [*np.flatnonzero(artificial), len(points) - 1]:
        if cut > start:
            yield points[start : cut + 1]
        start = cut + 1


def pieces(points: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """An arc cut into pieces of at most PIECE points, each beginning where the last one ended."""
    for start in range(0, max(len(points) - 1, 1), PIECE - 1):
        yield points[start : start + PIECE]


def build(topology: dict[str, Any]) -> dict[str, NDArray[Any]]:
    """The arrays of borders.npz.

    first (piece, 2) int32 grid; step (point, 2) int16 grid, a piece's first row 0; count (piece,) int16; country (piece, 2)
    int16, the countries on both sides of a border as places in names (country,), the second -1 at a coast; box (piece, 4) float32 west,
    south, east, north in degrees; scale, translate (2,) float64: degrees = grid * scale + translate.
    """
    scale, translate = (np.array(topology["transform"][key], np.float64) for key in ("scale", "translate"))
    grid = round(360.0 / scale[0])
    names = sorted({country["properties"]["name"] for country in topology["objects"]["countries"]["geometries"]})
    users = users_of_arcs(topology, names)
    first, step, count, country, box = [], [], [], [], []
    for number, arc in enumerate(topology["arcs"]):
        if number not in users:
            continue
        for run in runs(np.cumsum(np.array(arc, np.int64), axis=0), grid):
            for piece in pieces(run):
                first.append(piece[0])
                step.append(np.diff(piece, axis=0, prepend=piece[:1]))
                count.append(len(piece))
                country.append((users[number] + [-1])[:2])
                degrees = piece * scale + translate
                box.append(np.concatenate([degrees.min(axis=0), degrees.max(axis=0)]))
    return {
        "first": np.array(first, np.int32),
        "step": np.concatenate(step).astype(np.int16),
        "count": np.array(count, np.int16),
        "country": np.array(country, np.int16),
        "names": np.array(names),
        "box": np.array(box, np.float32),
        "scale": scale,
        "translate": translate,
    }


def main(source: str, destination: str) -> None:
    """Read TopoJSON `source`, write `destination`."""
    arrays = build(json.loads(Path(source).read_text(encoding="utf-8")))
    np.savez_compressed(destination, **arrays)  # type: ignore[arg-type]
    print(f"{destination}: {len(arrays['count'])} pieces, {len(arrays['step'])} points, {Path(destination).stat().st_size} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
