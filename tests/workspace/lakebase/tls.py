"""TLS as Lakebase has it: version 1.2 or later, and the client says which host it looks for."""

import asyncio
import ssl

from tests.workspace.certificates import Certificates

CLOSE_SECONDS = 5.0  # for a client that reads slowly to take what it is still owed


class _Tls(ssl.SSLObject):
    server_name: str | None = None


def server_context(certificates: Certificates) -> ssl.SSLContext:
    """What a server encrypts with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.num_tickets = 0  # a ticket would let a client return without saying again which host it looks for
    context.sslobject_class = _Tls
    context.sni_callback = _note
    context.load_cert_chain(certificates.chain, certificates.key)
    return context


def _note(tls: ssl.SSLObject, server_name: str | None, _context: ssl.SSLContext) -> None:
    assert isinstance(tls, _Tls)
    tls.server_name = server_name


async def encrypt(
    transport: asyncio.Transport, protocol: asyncio.Protocol, context: ssl.SSLContext
) -> tuple[asyncio.Transport, str | None]:
    """Let the client begin TLS: the transport to go on with, and the host name that it asked for, if any.

    Raises:
        OSError: it did not, or did not like the certificate.
    """
    encrypted = await asyncio.get_running_loop().start_tls(
        transport, protocol, context, server_side=True, ssl_shutdown_timeout=CLOSE_SECONDS
    )
    if encrypted is None:
        raise ConnectionResetError("the client left during the TLS handshake")
    tls = encrypted.get_extra_info("ssl_object")
    assert isinstance(tls, _Tls)
    return encrypted, tls.server_name
