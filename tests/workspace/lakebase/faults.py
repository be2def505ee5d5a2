"""What can go wrong between a client and its database, on demand."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tests.workspace.lakebase.compute import Compute

How = Literal["abort", "reset", "terminate"]
When = Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class Cut:
    """Lose the client whose query has a text in it: before Postgres sees it, or after it has answered."""

    containing: bytes
    when: When


class Faults:
    """Switches that any thread may turn at any time; what is set holds until it is set otherwise.

    Attributes:
        refuse: error code and message for every login.
        refuse_connections: close each new connection at once.
        login_delay: seconds from the password to what becomes of it.
        latency: seconds that whatever a client sends, or is sent, is under way.
        black_hole: take bytes and never pass them on, nor tell a client that the database has hung up; a
            connection that has lost bytes stays silent when the others go on.
    """

    def __init__(self, compute: Compute, kill: Callable[[How], int]) -> None:
        self.refuse: tuple[str, str] | None = None
        self.refuse_connections = False
        self.login_delay = 0.0
        self.latency = 0.0
        self.black_hole = False
        self._compute = compute
        self._kill = kill
        self._cut: Cut | None = None

    def kill_all(self, how: How = "abort") -> int:
        """End all connections and return their number.

        Args:
            how: "abort" closes them without a word, and "reset" with a TCP reset; Postgres finishes what it
                was asked. "terminate" lets Postgres end them: what runs is rolled back, and the client
                reads 57P01.
        """
        return self._kill(how)

    def suspend(self, wake_seconds: float) -> int:
        """Sleep: terminate all connections, and return their number; the next login wakes the database.

        That login waits so many seconds, and others with it.
        """
        self._compute.suspend(wake_seconds)
        return self._kill("terminate")

    def wake(self) -> None:
        """Run again at once, as when somebody starts the database by hand."""
        self._compute.wake()

    @property
    def suspended(self) -> bool:
        """Whether the database does not run: it sleeps, or it is waking."""
        return self._compute.suspended

    @property
    def waking(self) -> bool:
        """Whether a login has woken the database, and it does not run yet."""
        return self._compute.waking

    @property
    def wake_refusals(self) -> int:
        """How many logins are told that the database is starting, rather than waiting until it runs."""
        return self._compute.refusals

    @wake_refusals.setter
    def wake_refusals(self, number: int) -> None:
        self._compute.refusals = number

    def sever(self, containing: str, when: When = "after") -> None:
        """Once, lose the client that sends a query with a text in it, such as "INSERT INTO t" or "COMMIT".

        Args:
            containing: the text, upper and lower case told apart.
            when: "before" Postgres gets the query, or "after" it has answered: the client cannot tell which.
        """
        self._cut = Cut(containing.encode(), when)

    @property
    def severs(self) -> bool:
        """Whether a query with that text is still waited for."""
        return self._cut is not None

    def cut_for(self, query: bytes) -> Cut | None:
        """What shall happen to a query; whoever asks must see to it, for it happens once."""
        cut = self._cut
        if cut is None or cut.containing not in query:
            return None
        self._cut = None
        return cut
