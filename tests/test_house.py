"""The house rules that a reader could break without noticing: arrows, the reading side, fog of war, stated shapes, sizes.

Sources are parsed, not imported, so that the rules hold for every file, whether a test uses it or not.
"""

import ast
import functools
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dowding._jit import READING_SIDE
from dowding.catalogue.schema import TARGET_CLASSES
from dowding.engine import identifying

PROJECT = Path(__file__).resolve().parent.parent
PACKAGE = PROJECT / "dowding"
SOURCES = sorted(PACKAGE.rglob("*.py"))

# A room sees only rooms to its left; equals don't see each other.
ROOMS = (
    "_bundle _elementwise _typing _lowering _passes _version | _linking | _jit errors | _random | physics assigning contract"
    " | tracking catalogue tables terrain | formats | scenario | model | engine | survey analysis"
    " | simulation retracking plots web | recorded"
    " | surveying assessing explaining drawing study | printing"
    " | commands commands_study | __init__ | cli_study | cli | __main__"
)
# Inside the engine only `run` knows the steps.
ENGINE = (
    "events record | state | motion channels fire_control identifying magazines banks cells sight reports"
    " | jamming standing harm lethality threats command | looking listening strobes"
    " | sensing engagement resolution network output arrivals | choosing planning status | desks"
    "| run | simulation"
)

# What holds truth, by type, by the usual names of its parameters, and as a part of what a tracker or fire unit is given.
TRUTH_TYPES = {"Sky", "Standing", "Paths", "Batch", "State", "Run", "Record"}
TRUTH_NAMES = {"sky", "paths", "batch", "outcome", "origin", "truth", "targets", "rcs"}
DECIDING = (
    "engagement", "channels", "fire_control", "identifying", "network", "choosing", "planning", "desks", "command", "threats",
    "magazines", "status",
)  # fmt: skip
BLIND = sorted((PACKAGE / "tracking").glob("*.py"))
BLIND += [PACKAGE / "engine" / f"{name}.py" for name in DECIDING]

BUNDLES = [PACKAGE / "engine" / f"{name}.py" for name in ("state", "events", "record", "run", "engagement", "network")]
BUNDLES += [PACKAGE / "engine" / f"{name}.py" for name in ("planning", "choosing")]
BUNDLES += [PACKAGE / "tracking" / "shared_tracks.py"]
BUNDLES += [PACKAGE / "model" / "bundles.py", PACKAGE / "tracking" / "picture.py", PACKAGE / "physics" / "geodesy.py"]
ARRAYS = re.compile(r"NDArray|ndarray|Reals|Wholes|Records|Floats|Integers|\bArray\b")
LINES_MOST = 500
CODE_LINES_MOST = 60

Function = ast.FunctionDef | ast.AsyncFunctionDef


@functools.cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def module_of(path: Path) -> str:
    """The dotted name of a source."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts)


def named(path: Path) -> str:
    """How a failing case is called."""
    return path.relative_to(PROJECT).as_posix()


def is_module(name: str) -> bool:
    place = PACKAGE.parent.joinpath(*name.split("."))
    return place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()


def imports_of(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and dotted name of each module of the package that a source imports, wherever in the source that is."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names if alias.name.split(".")[0] == "dowding")
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports are absolute"
            if (node.module or "").split(".")[0] != "dowding":
                continue
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield node.lineno, inner if is_module(inner) else str(node.module)


def depths(rooms: str) -> dict[str, int]:
    return {room: depth for depth, group in enumerate(rooms.split("|")) for room in group.split()}


def room_of(module: str, level: int) -> str:
    """The part of a dotted name at a level below the package."""
    parts = module.split(".")
    return parts[level] if len(parts) > level else "__init__"


def upward(rooms: str, level: int, sources: list[Path]) -> list[str]:
    """Imports that don't go to the left."""
    depth, found = depths(rooms), []
    for path in sources:
        here = room_of(module_of(path), level)
        for line, name in imports_of(parsed(path)):
            if level > 1 and name.split(".")[1:level] != module_of(path).split(".")[1:level]:
                continue
            there = room_of(name, level)
            if there != here and depth[there] >= depth[here]:
                found.append(f"{named(path)}:{line}: {here} sees {there}")
    return found


def functions(tree: ast.AST) -> list[Function]:
    return [node for node in ast.walk(tree) if isinstance(node, Function)]


def parameters(function: Function) -> list[ast.arg]:
    a = function.args
    return [*a.posonlyargs, *a.args, *a.kwonlyargs, *(x for x in (a.vararg, a.kwarg) if x is not None)]


def decorators(function: Function) -> set[str]:
    return {ast.unparse(d) for d in function.decorator_list}


def test_every_room_is_on_the_list() -> None:
    standing = {room_of(module_of(path), 1) for path in SOURCES}
    assert standing <= set(depths(ROOMS)), "a new room needs its place in the order of the house"
    engine = {path.stem for path in (PACKAGE / "engine").glob("*.py")} - {"__init__"}
    assert engine == set(depths(ENGINE))


def test_arrows_between_rooms() -> None:
    assert upward(ROOMS, 1, SOURCES) == []


def test_arrows_inside_the_engine() -> None:
    sources = [path for path in SOURCES if path.parent.name == "engine" and path.stem != "__init__"]
    assert upward(ENGINE, 2, sources) == []


def test_the_arrow_test_sees_an_upward_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = sys.modules[__name__]
    room = tmp_path / "dowding" / "physics"
    room.mkdir(parents=True)
    (room / "bad.py").write_text("def f():\n    from dowding.model import Model\n    return Model\n", encoding="utf-8")
    monkeypatch.setattr(here, "PACKAGE", tmp_path / "dowding")
    monkeypatch.setattr(here, "PROJECT", tmp_path)
    assert upward(ROOMS, 1, [room / "bad.py"]) == ["dowding/physics/bad.py:2: physics sees model"]


def loaded_after(code: str) -> set[str]:
    """Top-level names of the modules that a fresh interpreter has loaded after `code`."""
    script = f"{code}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    environment = dict(os.environ) | {"PYTHONPATH": str(PROJECT)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_the_reading_side_loads_without_numba() -> None:
    reading = ("tables", "analysis.summary", "analysis.picture_quality", "assessing", "plots", "plots.worst", "catalogue", "scenario")
    modules = ", ".join(f"dowding.{name}" for name in (*reading, "terrain", "formats.asterix"))
    assert not loaded_after(f"import {modules}") & {"numba", "llvmlite"}


def test_scenario_catalogue_and_tables_load_without_scipy() -> None:
    assert not loaded_after("import dowding.tables, dowding.catalogue, dowding.scenario, dowding.terrain, dowding.formats.asterix") & {
        "numba",
        "llvmlite",
        "scipy",
        "matplotlib",
        "rasterio",
    }


def test_the_public_page_costs_nothing_until_used() -> None:
    assert not loaded_after("import dowding") & {"numba", "numpy", "scipy", "pydantic", "duckdb", "matplotlib"}


def comment_on(lines: list[str], number: int) -> str:
    return lines[number - 1].partition("#")[2].strip()


def fields_of(tree: ast.Module) -> Iterator[tuple[str, str, int]]:
    """Bundle and field, annotation ("" for a column of a structured array) and line."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base) == "NamedTuple" for base in node.bases):
            for item in node.body:
                if isinstance(item, ast.AnnAssign):
                    yield f"{node.name}.{ast.unparse(item.target)}", ast.unparse(item.annotation), item.lineno
        elif isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("np.dtype("):
            for item in ast.walk(node.value):
                if isinstance(item, ast.Tuple) and isinstance(item.elts[0], ast.Constant):
                    yield f"{ast.unparse(node.targets[0])}.{item.elts[0].value}", "", item.lineno


@pytest.mark.parametrize("path", BUNDLES, ids=named)
def test_every_field_of_a_bundle_states_shape_or_unit(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    bundles = {node.name for source in SOURCES for node in parsed(source).body if isinstance(node, ast.ClassDef)}
    found = list(fields_of(parsed(path)))
    assert found
    for field, annotation, line in found:
        if annotation in bundles:  # a bundle in a bundle says it at home
            continue
        comment = comment_on(lines, line)
        assert comment, f"{named(path)}:{line}: {field} has no comment with its unit or meaning"
        if ARRAYS.search(annotation):
            assert comment.startswith("("), f"{named(path)}:{line}: {field} does not open its comment with its shape"


@pytest.mark.parametrize("path", BLIND, ids=named)
def test_trackers_and_fire_units_are_not_given_truth(path: Path) -> None:
    for function in functions(parsed(path)):
        for parameter in parameters(function):
            words = set(re.findall(r"\w+", ast.unparse(parameter.annotation))) if parameter.annotation else set()
            at = f"{named(path)}:{function.lineno}: {function.name}({parameter.arg})"
            assert parameter.arg not in TRUTH_NAMES, at
            assert not words & TRUTH_TYPES, at


@pytest.mark.parametrize("path", BLIND, ids=named)
def test_trackers_and_fire_units_read_no_truth_out_of_what_they_are_given(path: Path) -> None:
    """The model holds the scripted paths, because they are constant; whoever decides may not reach for them."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Attribute):
            assert node.attr not in TRUTH_NAMES, f"{named(path)}:{node.lineno}: reads {ast.unparse(node)}"


def test_deciders_import_nothing_that_sees_truth() -> None:
    seeing = {f"dowding.engine.{name}" for name in ("motion", "jamming", "listening", "strobes", "sensing", "resolution", "output")}
    for path in BLIND:
        assert not {name for _, name in imports_of(parsed(path))} & seeing, named(path)


def code_lines(function: Function, lines: list[str]) -> int:
    """Lines of a function without its docstring, comments and blank lines."""
    skip: set[int] = set()
    if ast.get_docstring(function) is not None:
        skip = set(range(function.body[0].lineno, (function.body[0].end_lineno or 0) + 1))
    numbers = range(function.lineno, (function.end_lineno or 0) + 1)
    return sum(n not in skip and not re.match(r"\s*(#|$)", lines[n - 1]) for n in numbers)


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_files_and_functions_are_short(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= LINES_MOST
    for function in functions(parsed(path)):
        assert code_lines(function, lines) <= CODE_LINES_MOST, f"{named(path)}:{function.lineno}: {function.name}"


def is_on_the_reading_side(module: str) -> bool:
    """Whether a module does not count in the digest that names the cache of machine code."""
    place = module.replace(".", "/").removeprefix("dowding").lstrip("/")
    return place.split("/")[0] in READING_SIDE or f"{place}.py" in READING_SIDE or not place


def source_of(module: str) -> Path:
    place = PACKAGE.parent.joinpath(*module.split("."))
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


@functools.cache
def hangs_on_the_reading_side(module: str, name: str) -> bool:
    """Whether what a module calls `name` comes from the reading side, or is computed from what does."""
    if is_on_the_reading_side(module):
        return True
    for node in parsed(source_of(module)).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "dowding":
            for alias in node.names:
                if (alias.asname or alias.name) == name and not is_module(f"{node.module}.{alias.name}"):
                    return hangs_on_the_reading_side(str(node.module), alias.name)
        elif isinstance(node, ast.Assign) and name in {n.id for t in node.targets for n in ast.walk(t) if isinstance(n, ast.Name)}:
            used = {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)} - {name}
            return any(hangs_on_the_reading_side(module, other) for other in used)
    return False


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_no_kernel_uses_what_its_cache_does_not_know(path: Path) -> None:
    """A source on the reading side may change without a new compile: so no kernel stands there, or uses anything from there."""
    kernels = [f for f in functions(parsed(path)) if any(d.split("(")[0] == "kernel" for d in decorators(f))]
    module = module_of(path).removesuffix(".__init__")
    assert not (kernels and is_on_the_reading_side(module)), named(path)
    for function in kernels:
        for node in (n for statement in function.body for n in ast.walk(statement)):
            if isinstance(node, ast.Name):
                assert not hangs_on_the_reading_side(module, node.id), f"{named(path)}:{node.lineno}: {node.id}"


def test_classes_that_kernels_know_by_number_are_the_catalogues() -> None:
    """Numbers in kernels, because of the rule above; this holds them to the catalogue's order."""
    assert TARGET_CLASSES[identifying.CRUISE_MISSILE] == "cruise_missile"
    assert TARGET_CLASSES[identifying.BALLISTIC_MISSILE] == "ballistic_missile"
