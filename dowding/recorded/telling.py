"""The report on a recording as headings with sentences."""

from typing import Any

Facts = dict[str, Any]


def sentences(facts: Facts) -> dict[str, list[str]]:
    """What a person reads, from what `track_recording` found."""
    recording, who = facts["recording"], facts["identities"]
    blocks = ", ".join(f"{count:,} of category {category}" for category, count in recording["blocks"].items())
    left = ", ".join(f"{count:,} with {reason}" for reason, count in facts["plots_left_out"].items())
    told = {
        "Recording": [
            f"{recording['file']} ({recording['framing']}): blocks {blocks}",
            _damage(recording),
            f"{facts['plots']:,} plots in {facts['span_s']:,.0f} s" + (f"; left out: {left}" if left else ""),
        ],
        "Radars": [_radar(sensor) for sensor in facts["sensors"]],
        "Tracks": _tracks(facts["tracks"]),
    }
    if who["aircraft_with_address"]:
        told["Identities"] = [
            f"{who['aircraft_with_address']:,} aircraft with an address in {who['tracks_with_address']:,} tracks, "
            f"{who['tracks_an_aircraft']:.2f} for each; {who['plots_of_another_aircraft_share']:.2%} of plots in tracks of another aircraft"
        ]
    if facts.get("own_numbers"):
        told["Track numbers of the radars themselves"] = [_own_numbers(radar) for radar in facts["own_numbers"]]
    for against in facts.get("against", []):
        told[f"Against the {against['what']} of {against['file']}"] = _against(against)
    return told


def _damage(recording: Facts) -> str:
    if not recording["damaged"]:
        return "nothing damaged"
    reasons = ", ".join(f"{count} {reason}" for reason, count in recording["reasons"].items())
    places = ", ".join(f"{place[0]}" for place in recording["places_by_octet"][:8])
    more = " and others" if recording["damaged"] > 8 else ""
    return f"{recording['damaged']:,} damaged places passed over ({reasons}), at octets {places}{more}"


def _radar(sensor: Facts) -> str:
    name = sensor["name"] + (f" ({sensor['source']})" if sensor["source"] not in ("", sensor["name"]) else "")
    text = f"{name}: {sensor['plots']:,} plots in {sensor['scans']:,} scans of {sensor['period_s']:.3f} s (from {sensor['period_from']})"
    text += f", {sensor['with_height'] / sensor['plots']:.0%} with a height, farthest {sensor['farthest_km']:.0f} km"
    if sensor["residual_range_m"] is not None:
        text += f"; residuals {sensor['residual_range_m']:.0f} m, {sensor['residual_azimuth_deg']:.3f} degrees"
    return text


def _tracks(tracks: Facts) -> list[str]:
    share = f"{tracks['share_of_plots_in_confirmed']:.1%}"
    told = [
        f"{tracks['confirmed']:,} confirmed of {tracks['started']:,} started; they hold {share} of the plots",
        f"median length {tracks['length_median_s']:,.0f} s, longest {tracks['length_longest_s']:,.0f} s",
    ]
    if tracks["nis_share_inside_95"] is not None:
        inside, mean = tracks["nis_share_inside_95"], tracks["nis_mean_by_dimension"]
        told.append(f"innovations: {inside:.1%} inside their 95 % bound, mean by dimension {mean:.2f} (1 where accuracies are right)")
    return told


def _own_numbers(radar: Facts) -> str:
    text = f"{radar['sensor']}: {radar['plots_with_number']:,} plots in {radar['their_tracks']:,} tracks of its own"
    if radar["their_links_kept_share"] is not None:
        text += f"; {radar['their_links_kept_share']:.2%} of their plots in a row are in one track of ours"
    if radar["our_links_theirs_share"] is not None:
        text += f", {radar['our_links_theirs_share']:.2%} of ours in one of theirs"
    return text


def _against(against: Facts) -> list[str]:
    seen, tracked = against["references_seen"], against["references_tracked"]
    lines = [f"{seen:,} targets of it seen, {tracked:,} tracked; {against['tracks_matched']:,} tracks matched"]
    if against["completeness"] is not None:
        late = against["latency_median_s"]
        words = "" if late is None else f"; first track {late:.1f} s after the first plot (median)"
        lines.append(f"{against['completeness']:.1%} of the time in sight tracked, {against['breaks']:,} breaks{words}")
    difference = against["difference"]
    if difference["points"]:
        axes = {key[:-2]: value for key, value in difference.items() if isinstance(value, dict)}
        parts = ", ".join(f"{axis} {value['mean']:+.0f} / {value['rms']:.0f}" for axis, value in axes.items())
        lines.append(f"ours less theirs, mean / rms in m: {parts}; horizontal rms {difference['horizontal_rms_m']:.0f}")
    if against["picture"]:
        picture = against["picture"]
        lines.append(
            f"GOSPA of what was in sight {_number(picture['gospa_in_sight_m'])} m (cut-off 1 km, over ground), completeness "
            f"{_number(picture['completeness_in_sight'])}, ambiguity {_number(picture['ambiguity'])}, number changes an hour "
            f"{_number(picture['number_changes_per_hour'])}"
        )
    lines += [_bias(bias) for bias in against["biases"] if "range_m" in bias]
    return lines


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3g}"


def _bias(bias: Facts) -> str:
    return (
        f"{bias['sensor']}: bias {bias['range_m']:+.0f} +- {bias['range_error_m']:.0f} m, {bias['azimuth_deg']:+.3f} +- "
        f"{bias['azimuth_error_deg']:.3f} degrees, {bias['time_s']:+.2f} +- {bias['time_error_s']:.2f} s; "
        f"noise {bias['noise_range_m']:.0f} m, {bias['noise_azimuth_deg']:.3f} degrees"
    )
