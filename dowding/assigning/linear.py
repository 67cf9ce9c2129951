"""The assignment of least cost on a sparse table: of detections to tracks, and of weapons to targets.

Tables are structured arrays whose columns are named as those below; a caller may have more columns in them.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dowding._jit import kernel

Records = NDArray[Any]  # structured: a table with named columns

ROW = np.dtype(
    [
        ("start", np.int64),  # first pair of the row
        ("column", np.int64),  # assigned, -1 none
        ("potential", np.float64),  # dual value
    ]
)
PAIR = np.dtype(
    [
        ("column", np.int64),  # which column
        ("cost", np.float64),  # against 0 for leaving the row alone
    ]
)
COLUMN = np.dtype(
    [
        ("row", np.int64),  # assigned, -1 none
        ("potential", np.float64),  # dual value
        ("distance", np.float64),  # length of the shortest path found
        ("source", np.int64),  # row before it on that path
        ("mark", np.int64),  # 0 unseen, 1 reached, 2 settled
        ("reached", np.int64),  # list: columns reached
    ]
)


@kernel
def assign(rows: int, columns: int, row: Records, pair: Records, column: Records) -> None:
    """The assignment of least cost on a sparse table, where a row left alone costs 0.

    Pairs of row r are pair[row["start"][r]:row["start"][r + 1]]. row["column"] and column["row"] get the partner or -1; the other
    fields of row (ROW) and column (COLUMN) are scratch. Each row is added by a shortest augmenting path, inside its own cluster.
    """
    # Jonker and Volgenant (1987), "A shortest augmenting path algorithm for dense and sparse linear assignment problems"
    for c in range(columns):
        column[c]["row"] = -1
        column[c]["potential"] = 0.0
        column[c]["mark"] = 0
    for r in range(rows):
        row[r]["column"] = -1
        potential = 0.0
        for k in range(row[r]["start"], row[r + 1]["start"]):
            potential = min(potential, pair[k]["cost"] - column[pair[k]["column"]]["potential"])
        row[r]["potential"] = potential
        if row[r]["start"] < row[r + 1]["start"]:
            augment(r, row, pair, column)


@kernel
def augment(source: int, row: Records, pair: Records, column: Records) -> None:
    """Give row `source` a column, or leave alone whichever row of its tree is cheapest to leave alone."""
    reached, r, base = 0, source, 0.0
    alone, alone_distance = source, -row[source]["potential"]
    while True:
        for k in range(row[r]["start"], row[r + 1]["start"]):
            c = pair[k]["column"]
            length = base + pair[k]["cost"] - row[r]["potential"] - column[c]["potential"]
            if column[c]["mark"] == 0:
                column[c]["mark"] = 1
                column[reached]["reached"] = c
                reached += 1
            elif column[c]["mark"] == 2 or length >= column[c]["distance"]:
                continue
            column[c]["distance"] = length
            column[c]["source"] = r
        nearest, end = math.inf, -1
        for k in range(reached):
            c = column[k]["reached"]
            if column[c]["mark"] == 1 and column[c]["distance"] < nearest:
                nearest, end = column[c]["distance"], c
        if end == -1 or alone_distance <= nearest:
            nearest, end = alone_distance, -1
            break
        if column[end]["row"] == -1:
            break
        column[end]["mark"] = 2
        base, r = nearest, column[end]["row"]
        if base - row[r]["potential"] < alone_distance:
            alone, alone_distance = r, base - row[r]["potential"]
    row[source]["potential"] += nearest
    for k in range(reached):
        c = column[k]["reached"]
        if column[c]["mark"] == 2:
            column[c]["potential"] -= nearest - column[c]["distance"]
            row[column[c]["row"]]["potential"] += nearest - column[c]["distance"]
        column[c]["mark"] = 0
    if end == -1:
        end = row[alone]["column"]
        row[alone]["column"] = -1
    # turn the path round: each row takes the column that was found from it
    while end != -1:
        r = column[end]["source"]
        column[end]["row"] = r
        taken = row[r]["column"]
        row[r]["column"] = end
        end = -1 if r == source else taken
