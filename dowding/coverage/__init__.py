"""Where a network sees and shoots: the engine's own detection function, asked over ranges, maps and cuts."""

from dowding.coverage.approach import Approach, approach
from dowding.coverage.grids import Grid, grid_about, grid_of
from dowding.coverage.ranges import coverage_table, ranges_by_azimuth
from dowding.coverage.survey import Difference, Survey, difference, summary_of, survey, survey_both

__all__ = [
    "Approach",
    "Difference",
    "Grid",
    "Survey",
    "approach",
    "coverage_table",
    "difference",
    "grid_about",
    "grid_of",
    "ranges_by_azimuth",
    "summary_of",
    "survey",
    "survey_both",
]
