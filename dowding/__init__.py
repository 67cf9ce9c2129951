"""Dowding: simulate and analyse air defence at mission level, on openly published figures.

The public page: everything that a user may import stands here, and is loaded when it is first used.

    import dowding
    scenario = dowding.load("ankara")
    run = dowding.simulate(scenario, seed=1)
    run.pandas("tracks")
"""

from typing import TYPE_CHECKING, Any

from dowding._version import __version__

if TYPE_CHECKING:
    from dowding.analysis.economy import Economy as Economy
    from dowding.analysis.economy import economy as economy
    from dowding.assigning.solving import Assignment as Assignment
    from dowding.assigning.solving import assign_weapons as assign_weapons
    from dowding.catalogue import Catalogue as Catalogue
    from dowding.errors import AssignmentError as AssignmentError
    from dowding.errors import CatalogueError as CatalogueError
    from dowding.errors import CoverageError as CoverageError
    from dowding.errors import DowdingError as DowdingError
    from dowding.errors import RunError as RunError
    from dowding.errors import ScenarioError as ScenarioError
    from dowding.errors import StudyError as StudyError
    from dowding.errors import TableError as TableError
    from dowding.retracking import retrack as retrack
    from dowding.scenario import Scenario as Scenario
    from dowding.scenario import load as load
    from dowding.scenario import read as read
    from dowding.simulation import simulate as simulate
    from dowding.study.answers import findings as findings
    from dowding.study.questions import query_study as query_study
    from dowding.study.running import run_study as run_study
    from dowding.survey.coverage import Coverage as Coverage
    from dowding.survey.coverage import coverage as coverage
    from dowding.surveying.folder import write_coverage as write_coverage
    from dowding.tables import Tables as Tables
    from dowding.tables import read_run as read_run
    from dowding.tracking.out_of_order import OrderedTracker as OrderedTracker
    from dowding.tracking.registered import RegisteredTracker as RegisteredTracker
    from dowding.tracking.track_to_track import TrackFusion as TrackFusion
    from dowding.tracking.tracker import Tracker as Tracker


_PAGE = {
    "Assignment": "dowding.assigning.solving",
    "AssignmentError": "dowding.errors",
    "Catalogue": "dowding.catalogue",
    "CatalogueError": "dowding.errors",
    "Coverage": "dowding.survey.coverage",
    "CoverageError": "dowding.errors",
    "DowdingError": "dowding.errors",
    "Economy": "dowding.analysis.economy",
    "OrderedTracker": "dowding.tracking.out_of_order",
    "RegisteredTracker": "dowding.tracking.registered",
    "RunError": "dowding.errors",
    "Scenario": "dowding.scenario",
    "ScenarioError": "dowding.errors",
    "StudyError": "dowding.errors",
    "TableError": "dowding.errors",
    "Tables": "dowding.tables",
    "TrackFusion": "dowding.tracking.track_to_track",
    "Tracker": "dowding.tracking.tracker",
    "assign_weapons": "dowding.assigning.solving",
    "coverage": "dowding.survey.coverage",
    "economy": "dowding.analysis.economy",
    "findings": "dowding.study.answers",
    "load": "dowding.scenario",
    "query_study": "dowding.study.questions",
    "read": "dowding.scenario",
    "read_run": "dowding.tables",
    "simulate": "dowding.simulation",
    "run_study": "dowding.study.running",
    "retrack": "dowding.retracking",
    "write_coverage": "dowding.surveying.folder",
}

__all__ = ["__version__", *sorted(_PAGE)]


def __getattr__(name: str) -> Any:
    if name not in _PAGE:
        raise AttributeError(f"module 'dowding' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_PAGE[name]), name)


def __dir__() -> list[str]:
    return list(__all__)
