"""`python -m dowding.plots FOLDER SCENARIO NAME ...` draws figures of a run folder once a line arrives on standard input."""

import sys
from pathlib import Path

from dowding.plots import save_figures
from dowding.tables import read_run

if __name__ == "__main__" and sys.stdin.readline():
    folder = Path(sys.argv[1])
    save_figures(read_run(folder), folder, scenario=sys.argv[2], names=tuple(sys.argv[3:]))
