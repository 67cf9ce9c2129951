"""What addresses an entity's luck: a number made of its name, so that who stands beside it in a scenario changes nothing of its dice."""

import hashlib
from collections import Counter
from collections.abc import Sequence

SENSOR_KEY_BITS, TARGET_KEY_BITS = 24, 32  # what `_random.uniforms` has room for


def entity_keys(names: Sequence[str], bits: int) -> list[int]:
    """A key below 2^bits for each name, the same wherever the name stands; no two alike.

    A name that comes again counts on: its second bearer is the same in every list that has two. Two names that would share a key
    (once in some thousand lists of a hundred with 24 bits) are parted in the order of their names, so that even then a row's place
    says nothing.
    """
    seen: Counter[str] = Counter()
    whole: list[str] = []
    for name in names:
        whole.append(f"{name}\0{seen[name]}")
        seen[name] += 1
    taken: dict[int, str] = {}
    for name in sorted(whole):
        attempt = 0
        while (key := _digest(name, attempt, bits)) in taken:
            attempt += 1
        taken[key] = name
    found = {name: key for key, name in taken.items()}
    return [found[name] for name in whole]


def _digest(name: str, attempt: int, bits: int) -> int:
    whole = hashlib.blake2b(name.encode(), digest_size=8, salt=attempt.to_bytes(8, "little")).digest()
    return int.from_bytes(whole, "little") >> (64 - bits)
