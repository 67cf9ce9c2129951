"""The disk cache: never stale, always somewhere writable, never growing without end."""

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dowding import _bundle, _elementwise, _jit, _linking, _lowering, _passes, _typing

CALLER = "from tiny._jit import kernel\nfrom tiny.callee import law\n\n@kernel\ndef asked(x: float) -> float:\n    return law(x) + 1.0\n"
CALLEE = "from tiny._jit import kernel\n\n@kernel\ndef law(x: float) -> float:\n    return {} * x\n"


def python(code: str, **changes: str | None) -> str:
    """What a fresh interpreter prints; `changes` set or remove variables of its environment."""
    environment = {k: v for k, v in (dict(os.environ) | changes).items() if v is not None}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A package of two kernels in two files, with the files of this package that kernels need."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "__init__.py").touch()
    for module in (_jit, _bundle, _elementwise, _linking, _lowering, _passes, _typing):
        source = Path(module.__file__)
        (folder / source.name).write_text(source.read_text(encoding="utf-8").replace("from dowding.", "from tiny."), encoding="utf-8")
    (folder / "caller.py").write_text(CALLER, encoding="utf-8")
    (folder / "callee.py").write_text(CALLEE.format("2.0"), encoding="utf-8")
    return folder


def ask(tiny: Path) -> float:
    """What the tiny package answers in a fresh interpreter."""
    code = "from tiny.caller import asked; print(asked(10.0))"
    cache = str(tiny.parent / "cache")
    return float(python(code, PYTHONPATH=str(tiny.parent), DOWDING_CACHE_DIR=cache, NUMBA_DISABLE_JIT=None, PYTHONDONTWRITEBYTECODE="1"))


def test_a_changed_callee_in_another_file_takes_effect(tiny: Path) -> None:
    assert ask(tiny) == 21.0
    (tiny / "callee.py").write_text(CALLEE.format("3.0"), encoding="utf-8")
    assert ask(tiny) == 31.0


def test_kernels_first_called_by_several_threads_are_all_cached_in_their_folder(tiny: Path) -> None:
    """Numba's cache folder is one setting: turned over by two threads at once, machine code would land in the working folder."""
    names = [f"law{k}" for k in range(12)]
    laws = [f"\n@kernel\ndef {name}(x: float) -> float:\n    return {k} * x\n" for k, name in enumerate(names)]
    text = "from tiny._jit import kernel\n" + "".join(laws)
    (tiny / "many.py").write_text(text, encoding="utf-8")
    code = (
        f"import os; os.chdir({str(tiny.parent)!r})\n"
        "import threading, time\nfrom tiny import _jit, many\nnumba = _jit._njit\n"
        "def slow(**options):\n    time.sleep(0.02)\n    return numba(**options)\n"
        "_jit._njit = slow\n"
        "threads = [threading.Thread(target=getattr(many, f'law{k}'), args=(2.0,)) for k in range(12)]\n"
        "[(t.start(), time.sleep(0.007)) for t in threads]; [t.join() for t in threads]"
    )
    cache = tiny.parent / "cache"
    python(code, PYTHONPATH=str(tiny.parent), DOWDING_CACHE_DIR=str(cache), NUMBA_DISABLE_JIT=None, PYTHONDONTWRITEBYTECODE="1")
    assert {path.name for path in tiny.parent.iterdir()} == {"tiny", "cache"}
    assert not list(tiny.rglob("*.nb?"))
    entries = [path.name for path in cache.rglob("*.nbc") if "entry" in path.parts]
    assert all(any(f".{name}-" in entry for entry in entries) for name in names)


@pytest.mark.parametrize("way", ["alone", "together", "others fail"])
def test_kernels_are_written_alone_or_together_and_read_again(tiny: Path, way: str) -> None:
    laws = [f"\n@kernel\ndef law{k}(x: float) -> float:\n    return {f'law{k - 1}(x)' if k else 'x'} + {k}\n" for k in range(30)]
    asked = "\n@kernel\ndef asked(x: float) -> float:\n    return law29(x) + law7(x)\n"
    (tiny / "many.py").write_text("from tiny._jit import kernel\n" + "".join(laws) + asked, encoding="utf-8")
    code = (
        "import os, time\nfrom tiny import _linking, _lowering, many\n"
        "_lowering.BATCH, _lowering.SHARE, home, write = 5, 2, os.getpid(), _linking.IntermediateLibrary.write\n"
        f"os.sched_getaffinity = lambda _: range({1 if way == 'alone' else 3})\n"
        "def noted(self):\n"
        f"    assert os.getpid() == home or {way != 'others fail'}\n"
        "    write(self)\n"
        "    open(f'{_linking.IntermediateLibrary.folder.parent}/{os.getpid()}', 'a')\n"
        "    time.sleep(0.02)\n"
        "_linking.IntermediateLibrary.write = noted\n"
        "print(many.asked(1.0), many.law12(1.0))"
    )
    cache = tiny.parent / "cache"
    setting: dict[str, str | None] = {
        "PYTHONPATH": str(tiny.parent), "DOWDING_CACHE_DIR": str(cache), "NUMBA_DISABLE_JIT": None, "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    expected = f"{1.0 + sum(range(30)) + 1.0 + sum(range(8))} {1.0 + sum(range(13))}"
    assert python(code, **setting) == expected
    kept = {path.name: path.stat().st_mtime_ns for path in cache.glob("*/code/*")}
    assert len(kept) == 30
    writers = [path for path in cache.glob("*/*") if path.name.isdigit()]
    assert len(writers) > 1 if way == "together" and sys.platform == "linux" else len(writers) == 1
    for entry in cache.glob("*/entry"):
        shutil.rmtree(entry)  # the next process makes its program of the code on disk
    assert python(code, **setting) == expected
    assert {path.name: path.stat().st_mtime_ns for path in cache.glob("*/code/*")} == kept


def test_a_kernel_that_a_caller_names_but_only_its_callee_calls_is_linked(tiny: Path) -> None:
    (tiny / "many.py").write_text(
        "from tiny._jit import kernel\n@kernel\ndef inner(x):\n    return x + 1.0\n@kernel\ndef outer(x):\n    return 2.0 * inner(x)\n"
        "@kernel\ndef asked(x, y):\n    if y is None:\n        return inner(x)\n    else:\n        return outer(x)\n",
        encoding="utf-8",
    )
    code = "from tiny import many; print(many.asked(1.0, 0))"
    cache = str(tiny.parent / "cache")
    assert python(code, PYTHONPATH=str(tiny.parent), DOWDING_CACHE_DIR=cache, NUMBA_DISABLE_JIT=None, PYTHONDONTWRITEBYTECODE="1") == "4.0"


def test_without_the_digest_the_old_callee_would_run_on(tiny: Path) -> None:
    """The fault that the digest cures is real: should Numba ever cure it itself, this test says so."""
    source = (tiny / "_jit.py").read_text(encoding="utf-8")
    assert 'f"kernels-{source_digest()}"' in source
    (tiny / "_jit.py").write_text(source.replace('f"kernels-{source_digest()}"', '"kernels-fixed"'), encoding="utf-8")
    assert ask(tiny) == 21.0
    (tiny / "callee.py").write_text(CALLEE.format("3.0"), encoding="utf-8")
    assert ask(tiny) == 21.0


def test_the_digest_knows_every_source_by_name_and_content(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    source = tmp_path / "deep" / "a.py"
    source.write_text("x = 1\n", encoding="utf-8")
    digests = [_jit.source_digest(tmp_path)]
    assert _jit.source_digest(tmp_path) == digests[0]
    source.write_text("x = 2\n", encoding="utf-8")
    digests.append(_jit.source_digest(tmp_path))
    source.rename(tmp_path / "deep" / "b.py")
    digests.append(_jit.source_digest(tmp_path))
    assert len(set(digests)) == 3


def test_an_unusable_home_falls_back_to_the_temporary_folder(tmp_path: Path) -> None:
    # /dev/null is a file, so that nothing can be made below it, not even by root
    nowhere = {"HOME": "/dev/null", "XDG_CACHE_HOME": None, "DOWDING_CACHE_DIR": None, "TMPDIR": str(tmp_path)}
    folder = python("from dowding import _jit; print(_jit.CACHE_FOLDER)", **nowhere, PYTHONPATH=str(_jit.PACKAGE_FOLDER.parent))
    assert Path(folder).is_relative_to(tmp_path)
    assert Path(folder).is_dir()


def test_a_user_without_a_home_falls_back_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("DOWDING_CACHE_DIR", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert _jit._cache_root().parent == tmp_path


def test_the_users_wish_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.delenv("DOWDING_CACHE_DIR", raising=False)
    assert _jit._cache_root() == tmp_path / "xdg" / "dowding"
    monkeypatch.setenv("DOWDING_CACHE_DIR", str(tmp_path / "mine"))
    assert _jit._cache_root() == tmp_path / "mine"


def test_pruning_keeps_the_newest_and_what_is_not_ours(tmp_path: Path) -> None:
    for age in range(6):
        folder = tmp_path / f"kernels-{age}"
        folder.mkdir()
        os.utime(folder, (1e9 - age, 1e9 - age))
    (tmp_path / "other").mkdir()
    keep = tmp_path / "kernels-5"  # the oldest by its clock, but the one in use
    _jit._prune(tmp_path, keep)
    assert {p.name for p in tmp_path.iterdir()} == {"other", "kernels-5"} | {f"kernels-{age}" for age in range(_jit.FOLDERS_KEPT - 1)}


def test_disabled_jit_gives_the_plain_function_back() -> None:
    code = "from dowding import _jit\ndef f(x): return x\nprint(_jit.kernel(f) is f, _jit.is_compiled('no such name'))"
    assert python(code, NUMBA_DISABLE_JIT="1", PYTHONPATH=str(_jit.PACKAGE_FOLDER.parent)) == "True True"


def test_a_compile_is_announced_only_before_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_jit, "CACHE_FOLDER", tmp_path)
    monkeypatch.setattr(_jit, "_SEEN", set())
    monkeypatch.setattr(_jit._settings, "DISABLE_JIT", 0)
    said = io.StringIO()
    _jit.announce_compile("advance", said)
    assert "compiling" in said.getvalue()
    (tmp_path / "run.advance-101.py311.1.nbc").touch()
    silent = io.StringIO()
    _jit.announce_compile("advance", silent)
    assert silent.getvalue() == ""


def test_a_kernel_that_only_kernels_call_has_no_way_in_from_python(tiny: Path) -> None:
    assert ask(tiny) == 21.0
    cached = {p.parent.parent.name: p for p in (tiny.parent / "cache").rglob("*.law-*.nbc")}
    assert set(cached) == {"inner"}
    asked = [p.parent.parent.name for p in (tiny.parent / "cache").rglob("*.asked-*.nbc")]
    assert asked == ["entry"]


def test_a_kernel_pickles_by_name_and_works_after_kernels_have_called_it(tiny: Path) -> None:
    code = (
        "import pickle; from tiny.callee import law; from tiny.caller import asked; "
        "print(asked(1.0), law(4.0), pickle.loads(pickle.dumps(law)) is law)"
    )
    cache = str(tiny.parent / "cache")
    assert python(code, PYTHONPATH=str(tiny.parent), DOWDING_CACHE_DIR=cache, NUMBA_DISABLE_JIT=None) == "3.0 8.0 True"


SUMS = """
from typing import Any, NamedTuple
import numpy as np
from tiny._jit import bundle, kernel

@bundle
class Some(NamedTuple):
    numbers: Any
    factor: float

@kernel
def total(some: Some, more: Any, each: Any) -> float:
    whole = 0.0
    for i in range(more.shape[0]):
        whole += some.factor * some.numbers[0] * more[i, 0] / each
    return whole
"""


def test_a_call_with_arguments_of_other_kinds_takes_their_own_way_in(tiny: Path) -> None:
    """The second call of each kind goes past Numba's look at the types; none may take the machine code of another."""
    (tiny / "sums.py").write_text(SUMS, encoding="utf-8")
    code = (
        "import numpy as np\nfrom tiny.sums import Some, total\n"
        "square = np.arange(6.0).reshape(3, 2)\n"
        "mores = (square, np.asfortranarray(square), square.astype(np.float32))\n"
        "somes = (Some(np.ones(2), 2.0), Some(np.ones(2, np.int64), 2.0), Some(np.full(2, 3.0), 5.0))\n"
        "for _ in range(3):\n"
        "    for some in somes:\n"
        "        for more in mores:\n"
        "            for each in (2, 2.0):\n"
        "                expected = some.factor * some.numbers[0] * more[:, 0].sum() / each\n"
        "                assert abs(total(some, more, each) - expected) < 1e-12 * abs(expected), (more.dtype, each)\n"
        "assert total(somes[0], more=square, each=1) == 12.0\n"
        "assert len(total._ways_in) == 2 * 3 * 2, len(total._ways_in)\n"
    )
    python(code, PYTHONPATH=str(tiny.parent), DOWDING_CACHE_DIR=str(tiny.parent / "cache"), NUMBA_DISABLE_JIT=None)
