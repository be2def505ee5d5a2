"""Whether somebody listens at a host and port: asked for a moment, and told with what mends it."""

import socket

from backends.preflight import Finding, Mend, command, fail, ok

SECONDS = 5.0


def reached(host: str, port: int, told_by: str, mends: tuple[Mend, ...] = ()) -> Finding:
    """Whether a TCP connection to a host can be made; `told_by` is the variable that names it."""
    try:
        socket.create_connection((host, port), SECONDS).close()  # to the first of its addresses that answers
    except (socket.gaierror, UnicodeError):  # the second where it can be no name
        return fail(f'no name server knows "{host}", which {told_by} names', *mends)
    except OSError:
        look = command("nc", "-vz", host, str(port))
        return fail(
            f'nobody answers at "{host}", port {port}: a firewall, or {told_by} is wrong', look, *mends
        )
    return ok(f'"{host}" answers at port {port}')
