"""Signed tokens, as a workspace issues them: JSON Web Tokens, one key per workspace."""

import base64
import json
import math
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

WORKSPACE = "all-apis"  # the resource of a token for the REST interface
KEY_BITS = 2048
KNOWN = 1000  # tokens whose signature is not looked at again
WHOLE_SECONDS = 60  # from this life on, tokens count in whole seconds, as the real ones do

Scheme = Literal["RS256", "none"]


class Undecodable(Exception):
    """A text is no token at all."""


class Refused(Exception):
    """A token is not, or no longer, one of this workspace."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says: who issued it to whom, for what, from when until when (seconds since 1970)."""

    iss: str
    sub: str
    aud: tuple[str, ...]
    iat: float
    exp: float
    jti: str


@dataclass(frozen=True, slots=True)
class Token:
    """A token's text, with what it says."""

    text: str
    claims: Claims


class Authority:
    """Issues tokens, and knows its own again; any thread may ask."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
        self._revoked: set[str] = set()
        self._signed_claims = lru_cache(KNOWN)(self._read)  # a bearer comes with each statement

    def mint(
        self, subject: str, resources: tuple[str, ...], seconds: float, scheme: Scheme = "RS256"
    ) -> Token:
        """A token that says that `subject` may use some resources for so many seconds from now.

        Args:
            subject: a user's mail address or a client's id.
            resources: what it is good for, as in `check`.
            seconds: its life; one that is not above 0 makes a token that has expired.
            scheme: "none" leaves out the signature.
        """
        now = time.time()
        if seconds >= WHOLE_SECONDS:
            now = math.floor(now)
        claims = Claims(self.issuer, subject, resources, now, now + seconds, secrets.token_hex(16))
        header = {"alg": scheme, "typ": "JWT"}
        signed = f"{_encoded(header)}.{_encoded(asdict(claims))}"
        signature = self._signature(signed) if scheme == "RS256" else b""
        return Token(f"{signed}.{_base64(signature)}", claims)

    def check(self, text: str) -> Claims:
        """What a token says, if it is one of this authority's and still good.

        Raises:
            Undecodable: it is no token.
            Refused: it was forged, issued elsewhere, revoked, or has expired.
        """
        claims = self._signed_claims(text)
        if claims.iss != self.issuer:
            raise Refused("the token was issued elsewhere")
        if claims.exp <= time.time():
            raise Refused("the token has expired")
        if claims.jti in self._revoked:
            raise Refused("the token has been revoked")
        return claims

    def revoke(self, claims: Claims) -> None:
        """Let a token be good no longer."""
        self._revoked.add(claims.jti)

    def _read(self, text: str) -> Claims:
        signed, _, signature = text.rpartition(".")
        header, claims = decode(text)
        if header.get("alg") != "RS256" or not self._signed(signed, _bytes(signature)):
            raise Refused("the token was signed by somebody else")
        return claims

    def _signature(self, signed: str) -> bytes:
        return self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())

    def _signed(self, signed: str, signature: bytes) -> bool:
        try:
            self._key.public_key().verify(signature, signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True


def decode(text: str) -> tuple[Mapping[str, object], Claims]:
    """A token's header and what it says, whoever signed it.

    Raises:
        Undecodable: it is no token.
    """
    try:
        header, body, _ = text.split(".")
        claims = json.loads(_bytes(body))
        return dict(json.loads(_bytes(header))), Claims(**{**claims, "aud": tuple(claims["aud"])})
    except (ValueError, TypeError, LookupError) as error:
        raise Undecodable("the text is no token") from error


def _encoded(value: Mapping[str, object]) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise Undecodable("the text is no token") from error
