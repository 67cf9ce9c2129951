"""The command line: each command parses, calls one function, and prints. Tables go to standard output, talk to standard error.

Exit codes: 0 done; 1 the input is wrong, and one sentence says how; 2 the command line is wrong; 130 interrupted.
"""

import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from dowding._version import __version__
from dowding.cli_study import study
from dowding.errors import DowdingError

app = App(
    name="dowding",
    help="Simulate and analyse air defence at mission level, on openly published figures. It commands nothing: all of it is simulation.",
    version=__version__,
    help_format="plaintext",
)
catalogue = App(name="catalogue", help="List, show and cite the catalogue of openly published figures.", help_format="plaintext")
app.command(catalogue)
app.command(study)

Json = Annotated[bool, Parameter(name="--json", negative=(), help="print JSON instead of tables")]


@app.command
def run(
    scenario: str = "ankara",
    /,
    *,
    seed: int | None = None,
    replicate: int = 0,
    out: Path | None = None,
    figures: bool = True,
    json: Json = False,
) -> None:
    """Run one replicate of a scenario, tell its story, and write a run folder.

    Parameters
    ----------
    scenario
        a TOML file, or the name of a bundled scenario
    seed
        a number that fixes all chance; left out, the scenario's own
    replicate
        which replicate of that seed
    out
        folder for tables, summary and figures; left out, runs/NAME-SEED
    figures
        draw the figures
    json
        print the summary as JSON instead of the story
    """
    from dowding.commands import run as command

    command(scenario, seed, replicate, out, figures, json)


@app.command
def track(
    source: Path,
    /,
    *,
    sensor: tuple[str, ...] = (),
    against: Path | None = None,
    out: Path | None = None,
    framing: Literal["auto", "raw", "pcap", "final"] = "auto",
    port: int | None = None,
    register: bool = False,
    smooth: bool = False,
    figures: bool = True,
    json: Json = False,
) -> None:
    """Track a run's detections again, or the radar plots of a recording, and write the tracks.

    Parameters
    ----------
    source
        a run folder or the detections.parquet in one; or a recording of ASTERIX: raw blocks, PCAP, PCAPNG or FINAL
    sensor
        where a recording's radar stands: a TOML file, or lat_deg=41.0,lon_deg=29.0,height_m=120; several with sac=25,sic=201 each
    against
        system tracks, ADS-B or other position reports of the same time, to compare the tracks with; also the recording itself
    out
        folder for the tracks; left out, retracked/ beside the detections, or NAME-tracks/ beside the recording
    framing
        how a recording holds its blocks
    port
        of a capture, only datagrams sent to this UDP port
    register
        find how far sensors are out of alignment from flights that several saw, say it, and take it away before tracking
    smooth
        give each estimate of a track all that the track had later, by a Rauch-Tung-Striebel smoother
    figures
        draw the map of a recording
    json
        print the figures of quality as JSON
    """
    from dowding.commands import track as command

    command(source, sensor, against, out, framing, port, figures, json, register, smooth)


@app.command
def quality(
    run: Path,
    /,
    *,
    tracks: Path | None = None,
    out: Path | None = None,
    cutoff_m: float = 1000.0,
    step_s: float = 0.0,
    order: float = 2.0,
    flat: bool = False,
    switch_cost_m: float = 1000.0,
    process_noise: float = 0.5,
    figures: bool = True,
    json: Json = False,
) -> None:
    """Say how good a run's tracks are against its truth: GOSPA, OSPA, SIAP, continuity, consistency, error bound, worst moments.

    Parameters
    ----------
    run
        a run folder, or any folder with truth.parquet and tracks.parquet
    tracks
        other tracks to score against the run's truth: a tracks.parquet, or the folder that holds one
    out
        folder for the numbers and figures; left out, the run folder
    cutoff_m
        farther than this a track is not of the target
    step_s
        time between the instants that are scored; 0: as truth is sampled
    order
        order of OSPA and GOSPA, at least 1
    flat
        leave heights out of distances
    switch_cost_m
        what a change of number costs in trajectory GOSPA
    process_noise
        white acceleration, m2/s3, of the target that the error bound is for
    figures
        draw the figures
    json
        print JSON instead of tables
    """
    from dowding.commands import quality as command

    options = {"cutoff_m": cutoff_m, "step_s": step_s, "power": order, "flat": flat, "switch_cost_m": switch_cost_m}
    command(run, tracks, out, options | {"process_noise": process_noise}, figures, json)


@app.command
def explain(
    run: Path, /, *, out: Path | None = None, step_s: float = 1.0, figures: bool = True, json: Json = False
) -> None:
    """Say why a run ended as it did: the kill chain of each target, delays, who got through and why, channels and rounds, and the cost.

    Parameters
    ----------
    run
        a run folder
    out
        folder for the numbers, tables and figures; left out, the run folder
    step_s
        time between two rows of the table of what units had in use
    figures
        draw the figures
    json
        print JSON instead of tables
    """
    from dowding.commands import explain as command

    command(run, out, step_s, figures, json)


@app.command
def coverage(
    scenario: str,
    /,
    *,
    target: str = "",
    rcs: float | None = None,
    altitude: str = "100m,1km,10km",
    out: Path | None = None,
    against: str | None = None,
    without: str = "",
    step_m: float | None = None,
    aspect: Literal["front", "side", "rear", "mean"] = "front",
    at_least: int = 1,
    toward: str = "",
    side: str = "",
    cut_azimuth: str = "",
    exact: bool = False,
    figures: bool = True,
    json: Json = False,
) -> None:
    """Map where a scenario's sensors see, and its fire units shoot, one kind of target.

    Parameters
    ----------
    scenario
        a TOML file, or the name of a bundled scenario
    target
        a catalogue entry, such as f-16; may be left out where --rcs is given
    rcs
        radar cross section in m2 from all sides and in all bands, instead of the target's own
    altitude
        altitudes in m, km or ft: above the ellipsoid, or with agl above the ground, as 100m-agl,1km
    out
        folder for maps, contours, pictures and summary; left out, coverage/NAME-TARGET
    against
        another scenario, to show what only one of the two covers
    without
        fire units or sensors of this scenario, to show what leaves with them
    step_m
        size of a cell; left out, a four-hundredth of the map
    aspect
        what the target shows the sensor that looks; mean: courses from all around
    at_least
        how many sensors must detect
    toward
        the asset at which targets fly, for cumulative detection; left out, the theatre's origin
    side
        whose sensors, blue or red; left out, blue's if it has any
    cut_azimuth
        azimuths of the vertical cuts in degrees from north, as 0,90,225; left out, each sensor's boresight
    exact
        look in every cell of a fine map, instead of in blocks where that is the same
    figures
        draw the pictures
    json
        print the summary as JSON instead of tables
    """
    from dowding.commands import coverage as command

    options = {"target": target, "rcs_m2": rcs, "altitudes": altitude, "step_m": step_m, "aspect": aspect, "at_least": at_least}
    options |= {"toward": toward, "side": side, "exact": exact}
    command(scenario, out, (against, without), options, cut_azimuth, figures, json)


@app.command
def check(scenario: str, /) -> None:
    """Read a scenario, check it, and print it complete: every default filled in, every catalogue entry inline.

    Paths and places are held against the terrain where it is loaded, by `dowding run` and `dowding coverage`.

    Parameters
    ----------
    scenario
        a TOML file, or the name of a bundled scenario
    """
    from dowding.commands import check as command

    command(scenario)


@app.command
def scenarios(*, json: Json = False) -> None:
    """List the bundled scenarios."""
    from dowding.commands import scenarios as command

    command(json)


@app.command
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from dowding.commands import schema as command

    command()


@catalogue.default
def list_catalogue(
    kind: Literal["radars", "receivers", "interceptors", "systems", "targets", "links"] | None = None, /, *, json: Json = False
) -> None:
    """List the entries.

    Parameters
    ----------
    kind
        radars, receivers, interceptors, systems, targets or links; left out, all
    """
    from dowding.commands import catalogue_list

    catalogue_list(kind, json)


catalogue.command(list_catalogue, name="list")


@catalogue.command
def show(entry: str, /, *, json: Json = False) -> None:
    """Print every figure of an entry with its range, source and grade.

    Parameters
    ----------
    entry
        the entry's id or alias, such as s-400
    """
    from dowding.commands import catalogue_show

    catalogue_show(entry, json)


@catalogue.command
def cite(entry: str, /, *, json: Json = False) -> None:
    """Print the references that an entry rests on.

    Parameters
    ----------
    entry
        the entry's id or alias, such as s-400
    """
    from dowding.commands import catalogue_cite

    catalogue_cite(entry, json)


def main() -> None:
    """Entry point of the `dowding` command."""
    try:
        app(result_action="return_value", exit_on_error=True)
    except DowdingError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away, as `head` does; say nothing more
        sys.exit(0)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
