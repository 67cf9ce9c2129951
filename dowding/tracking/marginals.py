"""How probable each track's claim to each detection is, when a detection has at most one origin and a track at most one detection.

Pairs of row r stand in pair[row["start"][r]:row["start"][r + 1]]; a pair's `weight` is its likelihood ratio against a detection of other
origin, a row's `alone` is the weight of having no detection. A joint event's probability is proportional to the product of the weights
it takes. Rows and detections that hang together through pairs form a cluster. In a small cluster the marginals are exact; a large one
is left to belief propagation, which is exact where the cluster is a tree.
"""

from dowding._jit import kernel
from dowding.tracking.picture import Floats, Records

ROUNDS = 100  # of belief propagation, at most
SETTLED = 1e-5  # relative change of a message at which belief propagation stops


@kernel
def root_of(row: Records, r: int) -> int:
    """The first row of the cluster that row r belongs to."""
    while row[r]["parent"] != r:
        row[r]["parent"] = row[row[r]["parent"]]["parent"]
        r = row[r]["parent"]
    return r


@kernel
def find_clusters(rows: int, columns: int, row: Records, pair: Records, column: Records) -> None:
    """Join the rows that share a detection: each row's `parent` leads to its cluster's first row, whose rows hang together by `next`."""
    for c in range(columns):
        column[c]["row"] = -1
        column[c]["local"] = -1
        column[c]["sharers"] = 0
    for r in range(rows):
        row[r]["parent"] = r
        row[r]["next"] = -1
        row[r]["last"] = r
        for k in range(row[r]["start"], row[r + 1]["start"]):
            c = pair[k]["column"]
            column[c]["sharers"] += 1
            if column[c]["row"] < 0:
                column[c]["row"] = r
                continue
            a, b = root_of(row, column[c]["row"]), root_of(row, r)
            if a != b:
                # the earlier root stays, so that a cluster is found at its first row
                a, b = min(a, b), max(a, b)
                row[b]["parent"] = a
                row[row[a]["last"]]["next"] = b
                row[a]["last"] = row[b]["last"]


@kernel
def find_marginals(
    rows: int, columns: int, row: Records, pair: Records, column: Records, union: Records, table: Floats, distinct: bool
) -> None:
    """Turn weights into probabilities: pair["probability"], and row["missed"] of having no detection. Weights may be scaled row by row.

    table (4, cell) is scratch, its size bounds the clusters that are solved exactly. With `distinct`, only the best of all ways to give the
    same detections to the same tracks counts, so that near tracks do not run together; and unions of rows that have one detection
    together count, those of row r in union[row["first_union"][r]:row["end_union"][r]]: their probabilities go to union["probability"].
    """
    find_clusters(rows, columns, row, pair, column)
    for r in range(rows):
        if row[r]["parent"] != r:
            continue
        if row[r]["next"] < 0:
            solve_single(r, row, pair)
            continue
        members, shared = gather_cluster(r, row, pair, column)
        if distinct and members + shared < 62 and (1 << (members + shared)) <= table.shape[1]:
            solve_distinct(r, members, shared, row, pair, column, union, table)
        elif shared < 31 and (members + 1) * (1 << shared) <= table.shape[1]:  # the product of larger ones would overflow
            solve_exactly(r, members, shared, row, pair, column, table)
        else:
            solve_by_messages(r, row, pair, column)


@kernel
def solve_single(r: int, row: Records, pair: Records) -> None:
    """The marginals of a row that shares no detection."""
    total = row[r]["alone"]
    for k in range(row[r]["start"], row[r + 1]["start"]):
        total += pair[k]["weight"]
    row[r]["missed"] = row[r]["alone"] / total
    for k in range(row[r]["start"], row[r + 1]["start"]):
        pair[k]["probability"] = pair[k]["weight"] / total


@kernel
def gather_cluster(first: int, row: Records, pair: Records, column: Records) -> tuple[int, int]:
    """Number the shared detections of a cluster (column["local"]); row["private"] is the weight of no shared detection.

    Weights are scaled so that a row's sum is 1. Returns the numbers of rows and of shared detections.
    """
    members, shared = 0, 0
    r = first
    while r >= 0:
        total, private = row[r]["alone"], row[r]["alone"]
        for k in range(row[r]["start"], row[r + 1]["start"]):
            total += pair[k]["weight"]
        for k in range(row[r]["start"], row[r + 1]["start"]):
            c = pair[k]["column"]
            pair[k]["weight"] /= total
            if column[c]["sharers"] == 1:
                private += pair[k]["weight"] * total
            elif column[c]["local"] < 0:
                column[c]["local"] = shared
                shared += 1
        row[r]["alone"] /= total
        row[r]["private"] = private / total
        row[r]["scale"] = 1.0 / total
        members += 1
        r = row[r]["next"]
    return members, shared


@kernel
def share_private(r: int, probability: float, row: Records, pair: Records, column: Records) -> None:
    """Spread the probability of no shared detection over staying alone and the detections that nobody else claims."""
    part = probability / row[r]["private"]
    row[r]["missed"] = row[r]["alone"] * part
    for k in range(row[r]["start"], row[r + 1]["start"]):
        if column[pair[k]["column"]]["sharers"] == 1:
            pair[k]["probability"] = pair[k]["weight"] * part


@kernel
def solve_exactly(first: int, members: int, shared: int, row: Records, pair: Records, column: Records, table: Floats) -> None:
    """Sums over all joint events of a cluster, row by row over the sets of shared detections that are taken.

    ahead[i, s] sums the events of the rows before i that take exactly the set s; behind[s] those of the rows from i on that leave s alone.
    Each is scaled to sums of 1: the events of forty rows that all want one detection weigh less than a float can hold.
    """
    sets = 1 << shared
    ahead, behind = table[0], table[1]
    for s in range(sets):
        ahead[s] = 0.0
        behind[s] = 1.0
    ahead[0] = 1.0
    r, at = first, 0
    while r >= 0:
        for s in range(sets):
            ahead[at + sets + s] = ahead[at + s] * row[r]["private"]
        for k in range(row[r]["start"], row[r + 1]["start"]):
            local = column[pair[k]["column"]]["local"]
            if local >= 0:
                bit, weight = 1 << local, pair[k]["weight"]
                for s in range(sets):
                    if s & bit == 0:
                        ahead[at + sets + (s | bit)] += ahead[at + s] * weight
        row[r]["place"] = at
        at += sets
        scale_to_one(ahead, at, sets)
        if row[r]["next"] >= 0:
            row[row[r]["next"]]["before"] = r
        r = row[r]["next"]
    r = row[first]["last"]
    for _ in range(members):
        weigh_row(r, sets, row, pair, column, table)
        r = row[r]["before"]


@kernel
def scale_to_one(table: Floats, at: int, sets: int) -> None:
    """Divide the entries table[at : at + sets] by their sum."""
    total = 0.0
    for s in range(sets):
        total += table[at + s]
    for s in range(sets):
        table[at + s] /= total


@kernel
def weigh_row(r: int, sets: int, row: Records, pair: Records, column: Records, table: Floats) -> None:
    """Marginals of one row out of the tables of solve_exactly; moves `behind` one row forward."""
    ahead, behind, moved = table[0], table[1], table[2]
    at = row[r]["place"]
    unshared = 0.0
    for s in range(sets):
        unshared += ahead[at + s] * behind[s]
        moved[s] = behind[s] * row[r]["private"]
    unshared *= row[r]["private"]
    total = unshared
    for k in range(row[r]["start"], row[r + 1]["start"]):
        local = column[pair[k]["column"]]["local"]
        if local < 0:
            continue
        bit, weight, joint = 1 << local, pair[k]["weight"], 0.0
        for s in range(sets):
            if s & bit == 0:
                joint += ahead[at + s] * behind[s | bit]
                moved[s] += weight * behind[s | bit]
        pair[k]["probability"] = weight * joint
        total += weight * joint
    for k in range(row[r]["start"], row[r + 1]["start"]):
        if column[pair[k]["column"]]["local"] >= 0:
            pair[k]["probability"] /= total
    share_private(r, unshared / total, row, pair, column)
    scale_to_one(moved, 0, sets)
    for s in range(sets):
        behind[s] = moved[s]


@kernel
def solve_distinct(
    first: int, members: int, shared: int, row: Records, pair: Records, column: Records, union: Records, table: Floats
) -> None:
    """As solve_exactly, but of all events in which the same rows have the same shared detections only the most probable counts.

    best[t, s] is that event's weight for the rows t and the detections s, last[t, s] the detection of its last row, or the number of
    detections and that of the union it is in.
    """
    # Blom and Bloem (2000), "Probabilistic data association avoiding track coalescence", IEEE Trans. Automatic Control 45(2), JPDA*
    sets = 1 << shared
    best, last, weight = table[0], table[1], table[2]
    r = first
    for i in range(members):
        row[r]["place"] = i
        for s in range(shared):
            weight[i * shared + s] = 0.0
        for k in range(row[r]["start"], row[r + 1]["start"]):
            local = column[pair[k]["column"]]["local"]
            if local >= 0:
                weight[i * shared + local] = pair[k]["weight"]
                pair[k]["probability"] = 0.0
        table[3, i] = row[r]["private"]
        table[3, members + i] = 0.0  # probability of no shared detection
        r = row[r]["next"]
    for t in range(1 << members):
        for s in range(sets):
            best[t * sets + s] = 0.0
    best[0] = 1.0
    for i in range(members):
        for t in range(1 << i):
            for s in range(sets):
                if best[t * sets + s] == 0.0:
                    continue
                for c in range(shared):
                    value = best[t * sets + s] * weight[i * shared + c]
                    place = (t | 1 << i) * sets + (s | 1 << c)
                    if s & (1 << c) == 0 and value > best[place]:
                        best[place] = value
                        last[place] = c
        r = first
        while r >= 0:
            for u in range(row[r]["first_union"], row[r]["end_union"]):
                add_union(i, u, sets, shared, row, column, union, table)
            r = row[r]["next"]
    claim = table[3, 2 * members : 2 * members + members * shared]
    for k in range(members * shared):
        claim[k] = 0.0
    total = add_up_distinct(members, shared, row, union, table, claim)
    r = first
    while r >= 0:
        i = row[r]["place"]
        share_private(r, table[3, members + i] / total, row, pair, column)
        for k in range(row[r]["start"], row[r + 1]["start"]):
            local = column[pair[k]["column"]]["local"]
            if local >= 0:
                pair[k]["probability"] = claim[i * shared + local] / total
        for u in range(row[r]["first_union"], row[r]["end_union"]):
            union[u]["probability"] /= total
        r = row[r]["next"]


@kernel
def add_union(i: int, u: int, sets: int, shared: int, row: Records, column: Records, union: Records, table: Floats) -> None:
    """Let the rows of a union have its detection together, if row i of the cluster is the last of them, in the tables of solve_distinct."""
    best, last = table[0], table[1]
    c, weight, mask = column[union[u]["column"]]["local"], union[u]["weight"], 0
    union[u]["probability"], union[u]["local"] = 0.0, c
    for m in range(union[u]["size"]):
        member = union[u]["member"][m]
        weight *= row[member]["scale"]
        mask |= 1 << row[member]["place"]
    lower = mask & ~(1 << i)
    if mask >> i != 1:
        return
    for t in range(1 << i):
        if t & lower != 0:
            continue
        for s in range(sets):
            if s & (1 << c) != 0:
                continue
            value, place = best[t * sets + s] * weight, (t | mask) * sets + (s | 1 << c)
            if value > best[place]:
                best[place] = value
                last[place] = shared + u


@kernel
def add_up_distinct(members: int, shared: int, row: Records, union: Records, table: Floats, claim: Floats) -> float:
    """Walk back through the best events: claim (row x detection,), table[3, members:] and unions collect their weights; returns the sum."""
    sets, total = 1 << shared, 0.0
    best, last = table[0], table[1]
    for t in range(1 << members):
        rest = 1.0
        for i in range(members):
            if t & (1 << i) == 0:
                rest *= table[3, i]
        for s in range(sets):
            weight = best[t * sets + s] * rest
            if weight == 0.0:
                continue
            total += weight
            place, left = t, s
            for i in range(members - 1, -1, -1):
                if place & (1 << i) == 0:
                    table[3, members + i] += 0.0 if t & (1 << i) else weight
                    continue
                c = int(last[place * sets + left])
                if c >= shared:
                    entry = union[c - shared]
                    entry["probability"] += weight
                    for m in range(entry["size"]):
                        place &= ~(1 << row[entry["member"][m]]["place"])
                    left &= ~(1 << entry["local"])
                    continue
                claim[i * shared + c] += weight
                place, left = place & ~(1 << i), left & ~(1 << c)
    return total


@kernel
def solve_by_messages(first: int, row: Records, pair: Records, column: Records) -> None:
    """Loopy belief propagation in a cluster.

    A pair's `message` is what its detection tells the row: how free the other rows leave it.
    """
    # Williams and Lau (2014), "Approximate evaluation of marginal association probabilities with belief propagation", IEEE Trans.
    # Aerospace and Electronic Systems 50(4), eqs 22 and 23
    r = first
    while r >= 0:
        for k in range(row[r]["start"], row[r + 1]["start"]):
            pair[k]["message"] = 1.0
        r = row[r]["next"]
    for _ in range(ROUNDS):
        r = first
        while r >= 0:
            for k in range(row[r]["start"], row[r + 1]["start"]):
                column[pair[k]["column"]]["heard"], column[pair[k]["column"]]["loudest"] = 1.0, 0.0
            r = row[r]["next"]
        r = first
        while r >= 0:
            for k in range(row[r]["start"], row[r + 1]["start"]):
                # probability is borrowed for the message from row to detection
                pair[k]["probability"] = pair[k]["weight"] / row_sum(r, row, pair, k)
                hear(column, pair[k]["column"], pair[k]["probability"])
            r = row[r]["next"]
        change, r = 0.0, first
        while r >= 0:
            for k in range(row[r]["start"], row[r + 1]["start"]):
                message = 1.0 / heard_beside(column, pair[k]["column"], pair[k]["probability"])
                change = max(change, abs(message - pair[k]["message"]) / message)
                pair[k]["message"] = message
            r = row[r]["next"]
        if change < SETTLED:
            break
    r = first
    while r >= 0:
        total = row_sum(r, row, pair, -1)
        row[r]["missed"] = row[r]["alone"] / total
        for k in range(row[r]["start"], row[r + 1]["start"]):
            pair[k]["probability"] = pair[k]["weight"] * pair[k]["message"] / total
        r = row[r]["next"]


@kernel
def row_sum(r: int, row: Records, pair: Records, but: int) -> float:
    """Weight of all that a row may do, by what its detections tell it, without pair `but` (-1: with all).

    Not by subtraction: the weight of having no detection may be 1e-17 of the others'.
    """
    total = row[r]["alone"]
    for k in range(row[r]["start"], row[r + 1]["start"]):
        if k != but:
            total += pair[k]["weight"] * pair[k]["message"]
    return float(total)


@kernel
def hear(column: Records, c: int, message: float) -> None:
    """Add a row's message to a detection's sum, which leaves the loudest one out."""
    if message > column[c]["loudest"]:
        column[c]["heard"] += column[c]["loudest"]
        column[c]["loudest"] = message
    else:
        column[c]["heard"] += message


@kernel
def heard_beside(column: Records, c: int, message: float) -> float:
    """1 and what a detection heard from all rows but the one of this message; nothing large is subtracted from its like."""
    if message == column[c]["loudest"]:
        return float(column[c]["heard"])
    return float(column[c]["heard"] - message + column[c]["loudest"])
