"""What a user may write in a study file: the schema is these classes; each key's unit stands in its name."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, model_validator

from dowding.scenario.parts import Part

Distribution = Literal["pert", "triangular", "log-uniform", "uniform", "fixed"]
Design = Literal["latin-hypercube", "sobol", "random"]


def _name(meaning: str) -> Any:
    return Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f\"]*\S[^\x00-\x1f\x7f\"]*$", description=meaning)


def _texts(meaning: str) -> Any:
    return Field(default=(), description=meaning)


def _needed(meaning: str) -> Any:
    return Field(min_length=1, description=meaning)


Texts = Annotated[tuple[str, ...], Field(strict=False)]
Overrides = dict[str, Any]


class Change(Part):
    """What makes a variant or hypothesis differ from the base scenario."""

    base: str | None = Field(default=None, description="another scenario than the study's: a bundled name, or a file beside the study")
    override: Overrides = Field(default_factory=dict, description='dotted keys of the scenario, such as "flight[0].count" = 12')
    add: dict[str, Any] = Field(
        default_factory=dict,
        description="tables to append to lists of the scenario: asset, fire_unit, sensor, flight, command_post, link, zone",
    )
    without: Texts = _texts('parts to leave out, such as fire_unit["Murted"]')


class Variant(Change):
    """One of the alternatives that the study compares; the first is the one that others are held against."""

    name: str = _name("its name")
    note: str = Field(default="", max_length=500, description="one sentence for the report")


class Hypothesis(Change):
    """One of several ways that the world may be, exactly one of which is true."""

    name: str = _name("its name")
    probability: float = Field(ge=0, le=1, description="how probable it is; those of all hypotheses sum to 1")


class Factor(Part):
    """A key that is set to each of several values, in every variant: a list, or a range of steps."""

    name: str = _name("its name")
    keys: Texts = _needed("dotted keys that take the value, all of them")
    values: Annotated[tuple[Any, ...], Field(strict=False)] | None = Field(default=None, description="the values")
    low: float | None = Field(default=None, description="first value of a range")
    high: float | None = Field(default=None, description="last value of a range")
    steps: int = Field(default=5, ge=2, le=1000, description="how many values the range has")
    logarithmic: bool = Field(default=False, description="steps of equal ratio instead of equal difference")
    whole: bool = Field(default=False, description="round the steps to whole numbers")

    @model_validator(mode="after")
    def _one_way(self) -> "Factor":
        ends = [end for end in (self.low, self.high) if end is not None]
        if len(ends) != (2 if self.values is None else 0):
            raise ValueError("must have either values, or low and high")
        if self.values is not None and not self.values:
            raise ValueError("must have at least one value")
        given = ends if self.values is None else [repr(value) for value in self.values]
        if len(set(given)) < len(given):
            raise ValueError("must have values that differ, each of them once")
        if self.logarithmic and self.low is not None and (self.low <= 0 or (self.high or 0) <= 0):
            raise ValueError("must have low and high above 0 for steps of equal ratio")
        return self


class Cause(Part):
    """One cause that moves several figures: they are drawn at the same quantile, or at opposite ones."""

    name: str = _name("its name")
    figures: Texts = _needed("figures that rise with it, such as targets.f-35.rcs_*")
    opposite: Texts = _texts("figures that fall as the others rise")


class Spread(Part):
    """How some figures are drawn, where that is not as usual."""

    figures: Texts = _needed("which ones, such as interceptors.*.kill_probability_*")
    distribution: Distribution | None = Field(default=None, description="shape; left out: by kind of figure")
    low: float | None = Field(default=None, description="least value, instead of the catalogue's")
    high: float | None = Field(default=None, description="greatest value, instead of the catalogue's")


class Uncertain(Part):
    """Which catalogue figures are drawn anew for each replicate, and how."""

    figures: Texts = _texts("patterns of KIND.ENTRY.KEY with * for anything; none: every figure stays at its typical value")
    fixed: Texts = _texts("patterns of figures that stay all the same")
    design: Design = Field(default="latin-hypercube", description="how draws spread over the ranges")
    cause: Annotated[tuple[Cause, ...], Field(strict=False)] = Field(default=(), description="causes that move several figures")
    spread: Annotated[tuple[Spread, ...], Field(strict=False)] = Field(default=(), description="other distributions or ranges")


class Stop(Part):
    """When to stop before all replicates are done."""

    half_width: float | None = Field(
        default=None, gt=0, le=1e12, description="stop once the answer's 95 % interval reaches no further than this to each side"
    )
    after: int = Field(default=100, ge=2, le=10**9, description="replicates of each point before the first look at the interval")
    budget_s: float | None = Field(default=None, gt=0, le=1e9, description="stop after so many seconds")


class Sensitivity(Part):
    """Sobol indices from a design of their own (Saltelli), at the first variant, or at the difference that the study asks for."""

    samples: int = Field(default=0, ge=0, le=2**20, description="base samples, a power of two; 0 for no such runs")
    figures: int = Field(default=8, ge=1, le=200, description="how many figures, those that moved the answer most in the main runs")


class Answer(Part):
    """The number that answers the question."""

    measure: str = Field(default="leaked", min_length=1, max_length=200, description="a measure, see `dowding study measures`")
    variant: str | None = Field(default=None, description="variant; left out: the last")
    against: str | None = Field(default=None, description="variant that it is compared with; left out: the first")
    sentence: str = Field(
        default="",
        max_length=500,
        description="the answer with {value}, {low}, {high}, {variant}, {against} to be filled in; {size}, {least} and {most} are the "
        "first three without the value's sign, and of {fewer|more} the first is taken where the value is below 0",
    )


class Study(Part):
    """A study as a person wrote it, with the defaults filled in."""

    title: str = Field(default="", max_length=200, description="one line")
    question: str = Field(default="", max_length=1000, description="what the study is to answer")
    description: str = Field(default="", max_length=20000, description="a few sentences for the report")
    base: str = Field(min_length=1, max_length=500, description="scenario: a bundled name, or a file beside the study")
    replicates: int = Field(default=1000, ge=1, le=2**32 - 1, description="replicates of each point")
    seed: int | None = Field(default=None, ge=0, le=2**63 - 1, description="number that fixes all chance; left out: the scenario's")
    variant: Annotated[tuple[Variant, ...], Field(strict=False)] = Field(default=(), description="what is compared; none: the base alone")
    hypothesis: Annotated[tuple[Hypothesis, ...], Field(strict=False)] = Field(default=(), description="ways that the world may be")
    factor: Annotated[tuple[Factor, ...], Field(strict=False)] = Field(
        default=(), description="keys that are set to each of several values"
    )
    uncertain: Uncertain = Field(default_factory=Uncertain, description="figures that are drawn")
    measures: Texts = _texts("measures of interest, the first ones shown in full; left out: those of the answer, killed, leaked, shots")
    answer: Answer = Field(default_factory=Answer, description="the number that answers the question")
    stop: Stop = Field(default_factory=Stop, description="when to stop early")
    sensitivity: Sensitivity = Field(default_factory=Sensitivity, description="Sobol indices")
    keep: Annotated[tuple[int, ...], Field(strict=False)] = Field(
        default=(), description="replicates whose full tables are kept, of every point"
    )
    part: int | None = Field(default=None, ge=1, le=10**6, description="replicates in one part file; left out: by the number of replicates")

    _where: str = PrivateAttr("study")

    @property
    def where(self) -> str:
        """What messages call it: the file's name."""
        return self._where

    def model_post_init(self, context: Any) -> None:
        """Take the file's name."""
        if isinstance(context, Mapping):
            self._where = str(context.get("where", "study"))
