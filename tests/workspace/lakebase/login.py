"""Who asks to be let in, and how they are told that they are not."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Login:
    """What a client said of itself; `server_name` is the host that it asked for in TLS, if it named one."""

    user: str
    database: str
    password: str
    server_name: str | None


class LoginRefused(Exception):
    """The client is not let in; it reads `message` with the error code `sqlstate`."""

    def __init__(self, sqlstate: str, message: str) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate
        self.message = message
