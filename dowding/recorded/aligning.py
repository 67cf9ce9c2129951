"""Radars of a recording registered with each other: their biases from the aircraft that several of them saw, into their sites."""

import math
from dataclasses import replace
from typing import Any

import numpy as np

from dowding.recorded.following import Followed, geometry_of
from dowding.recorded.sites import Site
from dowding.tracking.registered import register_tables
from dowding.tracking.registration import AZIMUTH, ELEVATION, RANGE, TIME, sentences, table_of
from dowding.tracking.tracker import make_config


def registered_sites(followed: Followed) -> tuple[list[Site], list[dict[str, Any]], list[str]]:
    """The sites with the biases that the recording tells, besides those given; the biases found, one row a radar, and in sentences.

    Heights are the aircraft's own answers, so there is no bias of elevation.
    """
    geometry = geometry_of(followed)
    fixed = np.zeros((len(followed.sites), 4), np.bool_)
    fixed[:, ELEVATION] = True
    fixed[0, TIME] = True
    config = make_config(followed.frame.earth_centre, followed.frame.spin_axis)
    found = register_tables(followed.tables["detections"], followed.tables["dwells"], geometry, config, fixed=fixed)
    right = np.where(found.observable, found.value, 0.0)
    sites = [
        replace(
            site,
            range_bias_m=site.range_bias_m + float(right[k, RANGE]),
            azimuth_bias_deg=site.azimuth_bias_deg + math.degrees(float(right[k, AZIMUTH])),
            time_bias_s=site.time_bias_s + float(right[k, TIME]),
        )
        for k, site in enumerate(followed.sites)
    ]
    names = [site.called for site in followed.sites]
    return sites, table_of(found, names), sentences(found, names)
