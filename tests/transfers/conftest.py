"""Three databases that one gateway can move tables between, each a connection of its own."""

from collections.abc import Iterator, Mapping
from itertools import permutations
from pathlib import Path

import pytest

from gateway import create_app
from gateway.service import Gateway
from tests.environments import ONE_EACH, SITES, Environment, sqlite
from tests.structures.conftest import TRUSTED
from tests.transfers.moving import Sides

DIRECTIONS = [*permutations(ONE_EACH, 2)]
ROUND = [*zip(ONE_EACH, (*ONE_EACH[1:], ONE_EACH[0]), strict=True)]  # each site once on either side


def named(sites: Mapping[str, Environment]) -> Environment:
    """What a gateway is told so that it knows sites as connections."""
    return {
        f"CONNECTION_{name.upper().replace('-', '_')}__{variable}": text
        for name, environment in sites.items()
        for variable, text in environment.items()
    }


@pytest.fixture(scope="session")
def environment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """What a gateway is told that keeps its transfers in a file, and knows every site as a connection."""
    folder = tmp_path_factory.mktemp("transfers")

    def told(name: str) -> Environment:
        return SITES[name](folder / name, lambda: request.getfixturevalue("workspace"))

    sites = {name: told(name) for name in ONE_EACH}
    trusted = {name: text for each in sites.values() for name, text in each.items() if name in TRUSTED}
    own = {**sqlite(folder / "own"), "GATEWAY_REJECTS_DIR": str(folder / "rejects")}
    return {**own, **trusted, **named(sites)}


@pytest.fixture(scope="session")
def gateway(environment: Environment) -> Iterator[Gateway]:
    """Such a gateway in this process."""
    with pytest.MonkeyPatch.context() as patched:
        for name in TRUSTED:
            if name in environment:
                patched.setenv(name, environment[name])
        found: Gateway = create_app(environment).extensions["lakegate"]
        yield found
        found.transfers.connections.close()
        found.backend.close()


@pytest.fixture
def rejects(environment: Environment) -> Path:
    """The folder of what transfers leave out."""
    return Path(environment["GATEWAY_REJECTS_DIR"])


@pytest.fixture(params=ROUND, ids="-to-".join)
def sides(request: pytest.FixtureRequest, gateway: Gateway) -> Sides:
    """Two sides, each with a schema that nothing else has."""
    return Sides.new(gateway, *request.param)


@pytest.fixture(params=DIRECTIONS, ids="-to-".join)
def every_sides(request: pytest.FixtureRequest, gateway: Gateway) -> Sides:
    """The same in every direction."""
    return Sides.new(gateway, *request.param)
