"""Whom the database lets in: the check of a login's token, in Lakebase's words."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from tests.workspace.lakebase import Login, LoginRefused
from tests.workspace.tokens import WORKSPACE, Authority, Claims, Refused, Undecodable

BAD_PASSWORD = "28P01"


@dataclass(frozen=True, slots=True)
class Target:
    """What a host name leads to.

    Attributes:
        resource: the instance or endpoint that a token must be for.
        roles: who may log in with a token.
        takes_bearers: whether a workspace's own bearer is as good as a database token.
        closed: what everybody is refused with, if it takes nobody now.
    """

    resource: str
    roles: Collection[str]
    takes_bearers: bool
    closed: LoginRefused | None = None


class Admission:
    """Checks logins; `find` tells what a host name leads to, None for one that is unknown."""

    def __init__(self, authority: Authority, find: Callable[[str], Target | None]) -> None:
        self._authority = authority
        self._find = find

    def admit(self, login: Login) -> None:
        """Let a login pass whose token was issued to its role, for the very host that it asks for.

        Raises:
            LoginRefused: anything else; the text does not tell which.
        """
        target = self._find(login.server_name) if login.server_name else None
        if target is None:
            raise LoginRefused("08004", "the server name is none of a database instance or endpoint")
        claims = self._claims(login)
        if claims.sub != login.user or login.user not in target.roles or not _covers(claims, target):
            raise _bad_password(login.user)
        if target.closed:
            raise target.closed

    def _claims(self, login: Login) -> Claims:
        try:
            return self._authority.check(login.password)
        except Undecodable as error:
            raise LoginRefused(
                BAD_PASSWORD,
                f'Failed to decode token for role "{login.user}" and native postgres login was either not'
                " attempted due to configuration or failed.",
            ) from error
        except Refused as error:
            raise _bad_password(login.user) from error


def _covers(claims: Claims, target: Target) -> bool:
    return target.resource in claims.aud or (target.takes_bearers and WORKSPACE in claims.aud)


def _bad_password(user: str) -> LoginRefused:
    return LoginRefused(BAD_PASSWORD, f"password authentication failed for user '{user}'")
