"""A study file into a Study; every mistake becomes a StudyError."""

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dowding.errors import ScenarioError, StudyError
from dowding.scenario.faults import Fault, dangling, error, listed, nearest, quoted
from dowding.scenario.toml_files import FileKind, huge
from dowding.scenario.translate import faults
from dowding.study.schema import Study

STUDIES = FileKind("study", "studies", "base", 'start from a shipped study, for example the file of "second-consignment"')
PROBABILITY_SLACK = 1e-6
COLUMNS = ("point", "variant", "hypothesis", "replicate", "wall_s")  # of the view `replicates`, beside factors and measures
BLANKS = ("value", "low", "high", "size", "least", "most", "variant", "against")  # in an answer's own sentence, beside {below|above}


def shipped_studies() -> tuple[str, ...]:
    """Names of the studies that come with the package."""
    return STUDIES.shipped()


def load_study(source: str | Path) -> Study:
    """The study of a file, or of a shipped name such as "second-consignment". Raises StudyError."""
    return read_study(*_as_study_error(lambda: STUDIES.text(source)))


def read_study(text: str, where: str = "study") -> Study:
    """The study of a TOML text; `where` is what messages call it. Raises StudyError."""
    return study_from_tables(_as_study_error(lambda: STUDIES.tables(text, where)), where)


def study_from_tables(tables: Mapping[str, Any], where: str = "study") -> Study:
    """The study of nested tables, as tomllib gives them. Raises StudyError."""
    if beyond := huge(tables, ()):
        raise error(where, [beyond], StudyError)
    try:
        study = Study.model_validate(dict(tables), context={"where": where})
    except ValidationError as failure:
        raise error(where, faults(failure, Study), StudyError) from None
    if found := _check(study):
        raise error(where, found, StudyError)
    return study


def _as_study_error(read: Any) -> Any:
    try:
        return read()
    except ScenarioError as failure:
        raise StudyError(failure.message, hint=failure.hint) from None


def _check(study: Study) -> list[Fault]:
    """Every fault that shows without the scenarios."""
    found: list[Fault] = []
    for kind in ("variant", "hypothesis", "factor"):
        names: dict[str, int] = {}
        for number, part in enumerate(getattr(study, kind)):
            name = part.name.lower() if kind == "factor" else part.name  # a factor is a column, whose case SQL does not see
            if name in names:
                text = f"got {quoted(part.name)}, must be a name of its own, but {kind}[{names[name]}] has it already"
                found.append(Fault(f"{kind}[{number}].name", text))
            names.setdefault(name, number)
    total = sum(h.probability for h in study.hypothesis)
    if study.hypothesis and not math.isclose(total, 1.0, abs_tol=PROBABILITY_SLACK):
        found.append(Fault("hypothesis", f"got probabilities that sum to {total:g}, must sum to 1", "one of them is true, so they share 1"))
    variants = [v.name for v in study.variant]
    for key in ("variant", "against"):
        named = getattr(study.answer, key)
        if named is not None and named not in variants:
            found.append(dangling(f"answer.{key}", named, "a variant", variants))
    found += [*_factor_faults(study), *_answer_faults(study), *_uncertain_faults(study)]
    samples = study.sensitivity.samples
    if samples & (samples - 1):
        found.append(Fault("sensitivity.samples", f"got {samples}, must be 0 or a power of two", f"try {1 << samples.bit_length()}"))
    found += [
        Fault(f"keep[{number}]", f"got replicate {kept}, must be between 0 and {study.replicates - 1}")
        for number, kept in enumerate(study.keep)
        if not 0 <= kept < study.replicates
    ]
    return found


def _factor_faults(study: Study) -> Iterator[Fault]:
    """Factors that another column of the store hides, or that set a key which another factor sets."""
    setters: dict[str, int] = {}
    for number, factor in enumerate(study.factor):
        if factor.name.lower() in COLUMNS:
            text = f"got {quoted(factor.name)}, must be another name, for the store's own columns are {listed(COLUMNS)}"
            yield Fault(f"factor[{number}].name", text)
        for k, key in enumerate(factor.keys):
            if (other := setters.setdefault(key, number)) != number:
                text = f"got {quoted(key)}, must be set by one factor alone, but factor[{other}] sets it already"
                yield Fault(f"factor[{number}].keys[{k}]", text)


def _answer_faults(study: Study) -> Iterator[Fault]:
    """Blanks of the answer's own sentence that nothing fills."""
    for blank in re.findall(r"\{([^{}]*)\}", study.answer.sentence):
        if blank not in BLANKS and blank.count("|") != 1:
            text = f"got the blank {quoted(blank)}, must be one of {listed(BLANKS)}, or two words such as {{fewer|more}}"
            yield Fault("answer.sentence", text, nearest(blank, BLANKS))


def _uncertain_faults(study: Study) -> Iterator[Fault]:
    """Wishes about drawn figures where none is drawn."""
    if study.uncertain.figures:
        return
    asked = study.uncertain
    wishes = {"cause": asked.cause, "spread": asked.spread, "fixed": asked.fixed}
    samples = ("sensitivity.samples", study.sensitivity.samples)
    for place, given in [*((f"uncertain.{key}", value) for key, value in wishes.items()), samples]:
        if given:
            yield Fault("uncertain.figures", f"got none, must name the figures that are drawn, for {place} asks something of them")
