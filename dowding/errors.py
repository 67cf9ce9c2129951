"""What can go wrong, in sentences: where, what was given, what is allowed, and a hint."""


class DowdingError(ValueError):
    """Any mistake that the user can put right; its text is one sentence for a person, without a traceback."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        self.message = message
        self.hint = hint
        super().__init__(f"{message}\nhint: {hint}" if hint else message)


class ScenarioError(DowdingError):
    """A scenario file that cannot be read or makes no sense."""


class CatalogueError(DowdingError):
    """A catalogue entry or key that does not exist, or a value outside what it may be."""


class TableError(DowdingError):
    """A table or run folder that is missing, damaged, or lacks a column."""


class RunError(DowdingError):
    """A simulation that could not be finished."""


class TerrainError(DowdingError):
    """A terrain file that cannot be read, or ground that is not known where a path needs it."""

class CoverageError(DowdingError):
    """A map of coverage that cannot be drawn as asked."""


class AssignmentError(DowdingError):
    """Weapons and targets that make no assignment problem."""


class RecordingError(DowdingError):
    """A recording that cannot be read at all, or lacks what is needed to use it."""


class StudyError(DowdingError):
    """A study that cannot be read, run, continued or asked."""
