"""TLS certificates for servers on this machine, signed by an authority made for the occasion."""

from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Certificates:
    """PEM files: the authority that clients trust, and a server's chain and private key."""

    authority: Path
    chain: Path
    key: Path


def issue(folder: Path, *names: str) -> Certificates:
    """Write to `folder` what a server of these host names, `*.example.com` too, and IP addresses needs."""
    folder.mkdir(parents=True, exist_ok=True)
    files = Certificates(folder / "authority.pem", folder / "chain.pem", folder / "key.pem")
    authority = trustme.CA()
    server = authority.issue_cert(*names)
    files.authority.write_bytes(authority.cert_pem.bytes())
    files.chain.write_bytes(b"".join(blob.bytes() for blob in server.cert_chain_pems))
    files.key.touch(mode=0o600)
    files.key.write_bytes(server.private_key_pem.bytes())
    return files
