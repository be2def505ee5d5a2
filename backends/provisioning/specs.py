"""What a Lakebase database shall be, checked when it is made: the bounds are Databricks' own."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal

from backends.errors import Fault, Invalid

Kind = Literal["provisioned", "autoscaling"]
Size = Mapping[str, str | int | float]

# https://docs.databricks.com/aws/oltp/create, and the SDK's service/database.py and service/postgres.py
CAPACITIES = ("CU_1", "CU_2", "CU_4", "CU_8")
RETENTION = (2, 35)  # days
NODES = (1, 3)
UNITS = (0.5, 64.0)  # compute units
SPREAD = 16.0  # compute units between the least and the most
SUSPENSION = (60, 604_800)  # seconds

INSTANCE = r"[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
INSTANCE_RULE = "1 to 63 letters, digits and hyphens, a letter first and no hyphen last"
PART = r"[a-z][a-z0-9-]{0,62}"
PART_RULE = "1 to 63 lower-case letters, digits and hyphens, a letter first"
PATH = rf"projects/({PART})/branches/({PART})/endpoints/({PART})"
NAME = rf"({INSTANCE}|{PATH})"
NAME_RULE = f"an instance's name ({INSTANCE_RULE}), or projects/P/branches/B/endpoints/E"


@dataclass(frozen=True, slots=True)
class ProvisionedSpec:
    """A Provisioned instance.

    Raises:
        Invalid: a value cannot be; each fault names its field.
    """

    kind: ClassVar[Kind] = "provisioned"
    sized: ClassVar = ("capacity", "retention_days", "nodes")

    name: str
    capacity: str = "CU_1"
    retention_days: int = 7
    nodes: int = 1

    def __post_init__(self) -> None:
        _refuse(self._faults())

    def _faults(self) -> Iterator[Fault]:
        yield from _misnamed("name", self.name, INSTANCE, INSTANCE_RULE)
        if self.capacity not in CAPACITIES:
            yield Fault(("capacity",), f"not one of {', '.join(CAPACITIES)}")
        yield from _beyond("retention_days", self.retention_days, RETENTION)
        yield from _beyond("nodes", self.nodes, NODES)

    @property
    def size(self) -> Size:
        """What can be changed later, by its name."""
        return {name: getattr(self, name) for name in self.sized}


@dataclass(frozen=True, slots=True)
class AutoscalingSpec:
    """An Autoscaling endpoint; `suspend_seconds` of 0 is never to suspend it.

    Raises:
        Invalid: a value cannot be; each fault names its field.
    """

    kind: ClassVar[Kind] = "autoscaling"
    sized: ClassVar = ("least_cu", "most_cu", "suspend_seconds")

    project: str
    branch: str = "production"
    endpoint: str = "primary"
    least_cu: float = 0.5
    most_cu: float = 2.0
    suspend_seconds: int = 300

    def __post_init__(self) -> None:
        _refuse(self._faults())

    def _faults(self) -> Iterator[Fault]:
        for place in ("project", "branch", "endpoint"):
            yield from _misnamed(place, getattr(self, place), PART, PART_RULE)
        wrong = [*_beyond("least_cu", self.least_cu, UNITS), *_beyond("most_cu", self.most_cu, UNITS)]
        yield from wrong
        if not wrong and not 0 <= self.most_cu - self.least_cu <= SPREAD:
            yield Fault(("most_cu",), f"not from least_cu to {SPREAD:g} above it")
        if self.suspend_seconds != 0:
            yield from _beyond("suspend_seconds", self.suspend_seconds, SUSPENSION, " or 0, which is never")

    @property
    def name(self) -> str:
        """Its path."""
        return f"projects/{self.project}/branches/{self.branch}/endpoints/{self.endpoint}"

    @property
    def size(self) -> Size:
        """What can be changed later, by its name."""
        return {name: getattr(self, name) for name in self.sized}


Spec = ProvisionedSpec | AutoscalingSpec


def spec_of(told: Mapping[str, Any]) -> Spec:
    """The database that fields of a request or a file describe: by its name, or by its project.

    Raises:
        Invalid: it has both or neither, has a field of the other kind, or see the kinds.
    """
    if ("project" in told) == ("name" in told):
        raise Invalid.of([Fault(("name",), 'either "name" or "project" tells which database')])
    if "project" in told:
        return _made(AutoscalingSpec, told)
    return named(told["name"], {name: value for name, value in told.items() if name != "name"})


def named(name: str, size: Mapping[str, Any]) -> Spec:
    """A database by its name, of some size; what `size` leaves out is as usual.

    Raises:
        Invalid: it can be no name, or see `spec_of`.
    """
    if match := re.fullmatch(PATH, name):
        project, branch, endpoint = match[1], match[2], match[3]
        return _made(AutoscalingSpec, {"project": project, "branch": branch, "endpoint": endpoint, **size})
    if not re.fullmatch(INSTANCE, name):
        raise Invalid.of([Fault(("name",), f"not {NAME_RULE}")])
    return _made(ProvisionedSpec, {"name": name, **size})


def kind_of(name: str) -> Kind:
    """The kind of database that has such a name.

    Raises:
        Invalid: none has.
    """
    return named(name, {}).kind


def _made(kind: type[ProvisionedSpec] | type[AutoscalingSpec], told: Mapping[str, Any]) -> Spec:
    known = {field.name for field in fields(kind)}
    if others := sorted(told.keys() - known):
        words = f"of a database that is {kind.kind.capitalize()} there is no such thing"
        raise Invalid.of([Fault((name,), words) for name in others])
    return kind(**told)


def _refuse(faults: Iterator[Fault]) -> None:
    if found := tuple(faults):
        raise Invalid.of(found)


def _misnamed(place: str, text: object, pattern: str, rule: str) -> Iterator[Fault]:
    if not isinstance(text, str) or not re.fullmatch(pattern, text):
        yield Fault((place,), f"not {rule}")


def _beyond(place: str, number: object, bounds: tuple[float, float], more: str = "") -> Iterator[Fault]:
    """A fault where a number is none, or out of bounds; bounds that are whole take whole numbers."""
    kinds = (int,) if isinstance(bounds[0], int) else (int, float)
    if type(number) not in kinds or not bounds[0] <= number <= bounds[1]:  # type: ignore[operator]
        whole = "a whole number" if kinds == (int,) else "a number"
        yield Fault((place,), f"not {whole} from {bounds[0]:,} to {bounds[1]:,}{more}")
