"""Who is let in to the database, and what the others are told."""

import pytest

from tests.workspace.admission import Admission, Target
from tests.workspace.lakebase import Login, LoginRefused
from tests.workspace.tokens import WORKSPACE, Authority

AUTHORITY = Authority("http://here")
ENDPOINT = "projects/p/branches/b/endpoints/e"
ROLES = frozenset({"ada", "bob"})
TARGETS = {
    "instance": Target("instances/a", ROLES, True),
    "endpoint": Target(ENDPOINT, ROLES, False),
    "closed": Target("instances/a", ROLES, True, LoginRefused("57P03", "it is stopped")),
}
ADMISSION = Admission(AUTHORITY, TARGETS.get)


def admit(password: str, host: str | None = "instance", user: str = "ada") -> None:
    ADMISSION.admit(Login(user, "databricks_postgres", password, host))


def token(*resources: str, subject: str = "ada", seconds: float = 60) -> str:
    return AUTHORITY.mint(subject, resources or ("instances/a",), seconds).text


def test_a_token_for_the_very_host_lets_its_subject_in() -> None:
    admit(token("instances/a"))
    admit(token(ENDPOINT), "endpoint")


def test_a_token_may_be_for_several_instances() -> None:
    admit(token("instances/z", "instances/a"))


def test_the_workspaces_own_bearer_is_good_for_instances() -> None:
    admit(token(WORKSPACE))


@pytest.mark.parametrize(
    ("password", "host", "user"),
    [
        pytest.param(token("instances/b"), "instance", "ada", id="for another instance"),
        pytest.param(token("instances/a"), "endpoint", "ada", id="for an instance, not for the endpoint"),
        pytest.param(token(ENDPOINT), "instance", "ada", id="for an endpoint, not for the instance"),
        pytest.param(token(WORKSPACE), "endpoint", "ada", id="a bearer, at an endpoint"),
        pytest.param(token(subject="bob"), "instance", "ada", id="another user's"),
        pytest.param(token(subject="eve"), "instance", "eve", id="of somebody without a role"),
        pytest.param(token(seconds=0), "instance", "ada", id="expired"),
        pytest.param(
            Authority("http://here").mint("ada", ("instances/a",), 60).text, "instance", "ada", id="forged"
        ),
        pytest.param(
            AUTHORITY.mint("ada", ("instances/a",), 60, "none").text, "instance", "ada", id="unsigned"
        ),
    ],
)
def test_another_token_does_not(password: str, host: str, user: str) -> None:
    with pytest.raises(LoginRefused) as refusal:
        admit(password, host, user)
    assert refusal.value.sqlstate == "28P01"
    assert refusal.value.message == f"password authentication failed for user '{user}'"


def test_a_password_is_no_token() -> None:
    with pytest.raises(LoginRefused) as refusal:
        admit("secret")
    assert refusal.value.sqlstate == "28P01"
    assert refusal.value.message == (
        'Failed to decode token for role "ada" and native postgres login was either not attempted'
        " due to configuration or failed."
    )


@pytest.mark.parametrize("host", [None, "elsewhere"])
def test_an_unknown_host_lets_nobody_in(host: str | None) -> None:
    with pytest.raises(LoginRefused) as refusal:
        admit(token(), host)
    assert refusal.value.sqlstate == "08004"


def test_a_closed_host_says_so_to_those_it_knows() -> None:
    with pytest.raises(LoginRefused, match="it is stopped"):
        admit(token(), "closed")
    with pytest.raises(LoginRefused, match="password authentication failed"):
        admit(token(subject="bob"), "closed")
