"""The workspace's control plane, asked about apps and files; its refusals say what to do."""

from backends import errors
from backends.provisioning.control import Control
from backends.provisioning.refusals import BUSY, DENIED, QUOTA, TAKEN, UNFIT, Taken


class Platform(Control):
    """One process's questions about apps and files."""

    @staticmethod
    def reason(code: str, _: str, subject: str, verb: str) -> errors.BackendError | None:
        """The error for an answer of Databricks' to who deploys; its text tells no more than its code."""
        if code in TAKEN:
            return Taken(f"Databricks cannot {verb} {subject}: there is one")
        if code in QUOTA:
            return errors.Conflict(f"a quota of the workspace does not let Databricks {verb} {subject}")
        if code in BUSY:
            return errors.Conflict(
                f"{subject} is in a state in which Databricks cannot {verb} it: try again later"
            )
        if code == DENIED:
            return errors.Forbidden(
                f"who deploys may not {verb} {subject}: its owner, or an admin, can let them"
            )
        if code in UNFIT:
            return errors.Invalid(
                f"Databricks does not take these values to {verb} {subject}: the log has its words"
            )
        return None
