"""Who obeys which command post, and whether a fire unit has what its doctrine and its network ask of it."""

from collections.abc import Iterator, Sequence

from dowding.catalogue import Entry
from dowding.scenario.doctrines import Doctrine
from dowding.scenario.faults import Fault, dangling, quoted
from dowding.scenario.networks import IDEAL
from dowding.scenario.resolved import ResolvedFireUnit, ResolvedLink
from dowding.scenario.schema import FireUnit, Scenario

CENTRAL, MANUAL, REMOTE = "central", "manual", "engage-on-remote"


def posts_joined(scenario: Scenario, unit: FireUnit) -> list[str]:
    """The command posts that a link joins a fire unit to, in the order of the file."""
    members = {name for link in scenario.link if unit.name in link.members for name in link.members}
    return [post.name for post in scenario.command_post if post.name in members]


def post_of(scenario: Scenario, unit: FireUnit) -> str | None:
    """The command post that a fire unit obeys: the one it names, or the only one that a link joins it to."""
    joined = posts_joined(scenario, unit)
    return unit.command_post or (joined[0] if len(joined) == 1 else None)


def check_command(scenario: Scenario) -> Iterator[Fault]:
    """What command posts and the fire units that obey them must keep towards each other."""
    for number, unit in enumerate(scenario.fire_unit):
        yield from _obeys(f"fire_unit[{number}]", unit, scenario)
        yield from _reload(f"fire_unit[{number}]", unit)
    joined = {name for link in scenario.link for name in link.members}
    named = {unit.command_post for unit in scenario.fire_unit}
    for number, post in enumerate(scenario.command_post):
        if post.name not in joined and not (scenario.network.mode == IDEAL and post.name in named):
            text = f"got {quoted(post.name)}, which no link joins, must be a member of a [[link]]"
            yield Fault(f"command_post[{number}].name", text, "a command post knows only what it is told")
        if post.service_time == "exponential" and post.service_s == 0.0:
            text = "got exponential, must be constant where service_s is 0"
            yield Fault(f"command_post[{number}].service_time", text, "service_s is the mean")
    if scenario.network.control == CENTRAL and not any(post_of(scenario, unit) for unit in scenario.fire_unit):
        text = "got central, must be decentral where no fire unit obeys a [[command_post]]"
        yield Fault("network.control", text, "a link joins a fire unit to its command post")
    yield from _rings(scenario)


def _obeys(place: str, unit: FireUnit, scenario: Scenario) -> Iterator[Fault]:
    post = next((post for post in scenario.command_post if post.name == unit.command_post), None)
    if unit.command_post is not None and post is None:
        yield dangling(f"{place}.command_post", unit.command_post, "a command post", [each.name for each in scenario.command_post])
    elif post is not None and post.side != unit.side:
        text = f"got {quoted(post.name)} of side {post.side}, must be a command post of its own side {unit.side}"
        yield Fault(f"{place}.command_post", text)
    elif post is not None and scenario.network.mode != IDEAL and post.name not in posts_joined(scenario, unit):
        text = f"got {quoted(post.name)}, which no link joins to {quoted(unit.name)}, must be a member of a [[link]] with it"
        yield Fault(f"{place}.command_post", text, "orders travel links")
    doctrine = scenario.doctrine.get(unit.doctrine)
    if doctrine is not None and doctrine.approval == MANUAL and post_of(scenario, unit) is None:
        several = posts_joined(scenario, unit)
        text = f"got {quoted(unit.doctrine)} with manual approval, must be one with automatic approval for a unit without a command post"
        hint = f"say which in command_post: {' or '.join(several)}" if several else "name one in command_post"
        yield Fault(f"{place}.doctrine", text, hint)


def _reload(place: str, unit: FireUnit) -> Iterator[Fault]:
    """Stock and the time that reloading takes come together."""
    stocked = sum(unit.stock.values()) > 0
    if stocked and unit.reload_time_s is None:
        yield Fault(f"{place}.reload_time_s", "got nothing, must be a number above 0, for there is a stock", "", "shape")
    for key in ("reload_time_s", "reload_rounds"):
        if not stocked and getattr(unit, key) is not None:
            text = f"got {getattr(unit, key):g}, must be left out without a stock"
            yield Fault(f"{place}.{key}", text, 'write for example stock = { "48n6e3" = 16 }')


def _rings(scenario: Scenario) -> Iterator[Fault]:
    """Command posts that links without latency join in a ring would tell each other the same news at the same moment, for ever.

    Links and posts are the two kinds of corners of a graph; a link that joins two posts already joined closes a ring.
    """
    posts = [post.name for post in scenario.command_post]
    group = {name: name for name in posts}

    def root(name: str) -> str:
        while group[name] != name:
            name = group[name]
        return name

    for number, link in enumerate(scenario.link):
        members = [name for name in dict.fromkeys(link.members) if name in group]
        if link.latency_s != 0.0 or len(members) < 2:
            continue
        roots = [root(name) for name in members]
        if len(set(roots)) < len(roots):
            twice = next(k for k, each in enumerate(roots) if each in roots[:k])
            pair = f"{quoted(members[roots.index(roots[twice])])} and {quoted(members[twice])}"
            text = f"got 0, must be above 0, for links without latency join the command posts {pair} already"
            yield Fault(f"link[{number}].latency_s", text, "a ring of command posts needs a latency somewhere")
        for each in roots[1:]:
            group[each] = roots[0]


def check_islands(scenario: Scenario) -> Iterator[Fault]:
    """A sensor that no link joins, where others share, serves nobody."""
    joined = {name for link in scenario.link for name in link.members}
    if not joined:
        return
    for number, sensor in enumerate(scenario.sensor):
        if sensor.name not in joined:
            text = f"got {quoted(sensor.name)}, which no link joins, must be a member of a [[link]]"
            yield Fault(f"sensor[{number}].name", text, "nobody would ever know what it sees; or leave it out")


def check_armed(units: Sequence[ResolvedFireUnit], links: Sequence[ResolvedLink], scenario: Scenario) -> Iterator[Fault]:
    """A fire unit that may fire must have the rounds that it keeps back, a radar to guide them, and someone who cues that radar."""
    joined = {name: link for link in links for name in link.members}
    remote = {name for link in links if link.mode == REMOTE for name in link.members}
    for number, unit in enumerate(units):
        place, doctrine = f"fire_unit[{number}]", scenario.doctrine[unit.doctrine]
        if doctrine.weapon_state == "hold":
            continue
        ready = {entry.id: count for entry, count in unit.interceptors}
        yield from _kept(place, unit, doctrine, ready)
        own = {radar.role for radar in unit.radars}
        if "engagement" not in own and unit.name not in remote:
            text = "got no engagement radar, must keep one, or be joined by a link of mode engage-on-remote"
            yield Fault(f"{place}.without_radars", text, 'a unit that is not to fire has a doctrine with weapon_state = "hold"')
        cued = scenario.network.mode == IDEAL or unit.name in joined
        if doctrine.radiate == "cued" and "engagement" in own and not cued and "acquisition" not in own:
            text = f"got {quoted(unit.doctrine)} with radiate = \"cued\", must be one with \"always\" for a unit that nobody cues"
            yield Fault(f"{place}.doctrine", text, "it has no acquisition radar, and no link joins it")


def _kept(place: str, unit: ResolvedFireUnit, doctrine: Doctrine, ready: dict[str, int]) -> Iterator[Fault]:
    """Rounds that a doctrine keeps for a class must exist."""
    for name, kept in doctrine.reserve:
        serving = sum(ready[entry.id] for entry, _ in unit.interceptors if serves(entry, name, doctrine.kill_probability_min))
        if kept > serving:
            text = f"got {quoted(unit.doctrine)}, which keeps {kept} rounds for {name}, must keep at most the {serving} that it has"
            yield Fault(f"{place}.doctrine", text, "those in stock do not count")


def serves(entry: Entry, name: str, least: float) -> bool:
    """Whether an interceptor may be fired at a class of targets at all, by its kill probability, at least `least`, and its reach."""
    chance = entry.number(f"kill_probability_{name}")
    reaches = name != "ballistic_missile" or entry.number("range_max_ballistic_km", 0.0) > 0.0
    return chance > 0.0 and chance >= least and reaches
