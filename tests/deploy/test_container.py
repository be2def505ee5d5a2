"""The container: what is sent, copied and started; and the files beside it, each by its field's own tool."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import compose_spec
import pytest
import requests
import yaml

from tests.deploy.container import PROJECT, STOP_SECONDS, Image, context
from tests.workspace.handle import Workspace
from tests.workspace.roles import DATABASE

BINARIES = Path(sys.executable).parent
MANIFESTS = sorted((PROJECT / "deploy" / "kubernetes").glob("*.yaml"))
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def loaded(path: str) -> Any:
    return yaml.safe_load((PROJECT / path).read_text())


def checked(tool: str, *arguments: str | Path) -> tuple[int, str]:
    """The exit status of a tool, and what it says."""
    ended = subprocess.run(
        [BINARIES / tool, *arguments], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    return ended.returncode, ended.stdout + ended.stderr


def test_hadolint_finds_nothing_in_the_dockerfile_and_something_in_a_worse_one(tmp_path: Path) -> None:
    assert checked("hadolint", "--no-fail", "Dockerfile") == (0, "")
    worse = tmp_path / "Dockerfile"
    worse.write_text(
        (PROJECT / "Dockerfile").read_text().replace('["gunicorn", "wsgi:app"]', "gunicorn wsgi:app")
    )
    assert "DL3025" in checked("hadolint", "--no-fail", worse)[1]


def test_the_container_starts_as_an_app_does_and_as_nobody_who_may_much(tmp_path: Path) -> None:
    image = Image.read(tmp_path)
    assert image.command == loaded("app.yaml")["command"]
    assert int(image.only("USER")) > 0
    assert image.only("STOPSIGNAL") == "SIGTERM"


def test_docker_is_sent_the_gateway_and_nothing_else() -> None:
    sent = {str(path) for path in context()}
    tops = {"backends", "gateway", "migrations", "gunicorn.conf.py", "requirements.txt", "wsgi.py"}
    assert {name.partition("/")[0] for name in sent} == tops
    assert not [name for name in sent if "__pycache__" in name]


def written(image: Image) -> None:
    """Make a table of one row."""
    definition = [{"name": "id", "data_type": "INT"}]
    rows: Any = {"table": "t", "data": [{"id": 1}], "auto_create": True, "schema_definition": definition}
    answer = requests.post(f"{image.url}/api/v1/records/write", json=rows, timeout=20)
    assert answer.status_code == 201, answer.text


def test_its_steps_in_a_clean_folder_make_a_gateway_that_serves_and_ends_when_told(tmp_path: Path) -> None:
    image = Image.read(tmp_path)
    image.copy()
    assert not image.is_well(BINARIES)
    with image.running(BINARIES) as process:
        image.wait_until_well(BINARIES)
        written(image)
        told = time.monotonic()
    assert process.returncode == 0 and time.monotonic() - told < STOP_SECONDS
    assert (tmp_path / "data" / "main.db").is_file()
    assert not image.is_well(BINARIES)


def compose() -> dict[str, str]:
    """What compose.yaml tells the gateway."""
    text = interpolated((PROJECT / "compose.yaml").read_text(), {"POSTGRES_PASSWORD": "x"})
    found: dict[str, object] = yaml.safe_load(text)["services"]["gateway"]["environment"]
    return {name: str(value) for name, value in found.items()}


def kubernetes() -> dict[str, str]:
    """What the manifests tell it."""
    (container,) = loaded("deploy/kubernetes/deployment.yaml")["spec"]["template"]["spec"]["containers"]
    secret: dict[str, str] = loaded("deploy/kubernetes/secret.yaml")["stringData"]
    return {**secret, **{each["name"]: each["value"] for each in container["env"]}}


@pytest.mark.parametrize("tells", [compose, kubernetes])
def test_what_it_is_told_makes_it_serve_from_postgres(
    workspace: Workspace, tmp_path: Path, tells: Callable[[], dict[str, str]]
) -> None:
    told = tells()
    scheme, _, place = told["DATABASE_URL"].partition("lakegate:")
    assert scheme == "postgresql://" and re.fullmatch(r"[\w-]+@\w+:5432/lakegate", place)
    database = workspace.plain_url(user=f"lakegate_{tells.__name__}", password=place.partition("@")[0])
    image = Image.read(tmp_path)
    image.copy()
    with image.running(BINARIES, {**told, "DATABASE_URL": database}) as process:
        image.wait_until_well(BINARIES)
        written(image)
        ready = requests.get(f"{image.url}/api/health/ready", timeout=20)
        found = requests.get(f"{image.url}/api/v1/preflight", timeout=20).json()
    assert (process.returncode, ready.status_code, found["status"]) == (0, 200, "OK")
    schema = told["GATEWAY_SCHEMA"]
    assert workspace.sql(f"SELECT id FROM {schema}.t", DATABASE) == [[1]]
    workspace.sql(f"DROP SCHEMA {schema} CASCADE", DATABASE)


def interpolated(text: str, values: dict[str, str]) -> str:
    """The text as compose reads it: https://docs.docker.com/reference/compose-file/interpolation/."""

    def value(match: re.Match[str]) -> str:
        name, mark, rest = match.groups()
        if mark == "?" and not values.get(name):
            raise KeyError(name)
        return values.get(name) or rest or ""

    return VARIABLE.sub(value, text)


def test_compose_takes_its_file_and_refuses_a_misspelled_one() -> None:
    text = (PROJECT / "compose.yaml").read_text()
    with pytest.raises(KeyError, match="POSTGRES_PASSWORD"):
        interpolated(text, {})
    told = interpolated(text, {"POSTGRES_PASSWORD": "x"})
    spec = compose_spec.PyCompose.from_yaml(told).to_dict()
    assert spec["services"]["gateway"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    url = spec["services"]["gateway"]["environment"]["DATABASE_URL"]
    assert url == "postgresql://lakegate:x@database:5432/lakegate"
    for right, wrong in (("read_only", "readonly"), ("service_healthy", "healthy"), ("15s", "soon")):
        with pytest.raises(ValueError):  # noqa: PT011 - it has no errors of its own
            compose_spec.PyCompose.from_yaml(told.replace(right, wrong))


def test_kubernetes_takes_the_manifests_and_refuses_a_misspelled_one(tmp_path: Path) -> None:
    status, said = checked("kubernetes-validate", "--strict", *MANIFESTS)
    assert (status, said.count(" passed ")) == (0, len(MANIFESTS)), said
    wrong = tmp_path / "deployment.yaml"
    text = (PROJECT / "deploy" / "kubernetes" / "deployment.yaml").read_text()
    wrong.write_text(text.replace("periodSeconds", "periodInSeconds"))
    assert checked("kubernetes-validate", "--strict", wrong)[0] != 0


def test_the_manifests_fit_each_other_the_image_and_the_gateway(tmp_path: Path) -> None:
    found = {
        manifest["kind"]: manifest for manifest in map(yaml.safe_load, (p.read_text() for p in MANIFESTS))
    }
    assert found.keys() == {
        "Deployment",
        "Service",
        "Secret",
        "PodDisruptionBudget",
        "HorizontalPodAutoscaler",
    }
    template = found["Deployment"]["spec"]["template"]
    (container,) = template["spec"]["containers"]
    labels, name = template["metadata"]["labels"], found["Deployment"]["metadata"]["name"]
    for kind in ("Service", "PodDisruptionBudget"):
        selector = found[kind]["spec"]["selector"]
        assert selector.get("matchLabels", selector) == labels
    scaler = found["HorizontalPodAutoscaler"]["spec"]
    assert scaler["scaleTargetRef"]["name"] == name and "replicas" not in found["Deployment"]["spec"]
    told = {each["name"]: each["value"] for each in container["env"]}
    assert int(told["GATEWAY_INSTANCES"]) == scaler["maxReplicas"]
    assert container["envFrom"] == [{"secretRef": {"name": found["Secret"]["metadata"]["name"]}}]
    assert template["spec"]["securityContext"]["runAsUser"] == int(Image.read(tmp_path).only("USER"))
    paths = {probe: container[probe]["httpGet"]["path"] for probe in container if probe.endswith("Probe")}
    live, ready = "/api/health/live", "/api/health/ready"
    assert paths == {"startupProbe": live, "livenessProbe": live, "readinessProbe": ready}
    assert json.dumps(Image.read(tmp_path).health_check).count(live) == 1
    assert template["spec"]["terminationGracePeriodSeconds"] >= 5 + STOP_SECONDS
