"""JSON bodies: read exactly, and refused where they could be read in two ways.

Numbers with a point or an exponent become `decimal.Decimal`, so that no digit is lost. An object
that names a key twice is refused: parsers disagree on which of the two counts.
"""

import json
from collections.abc import Sequence
from decimal import Decimal, DecimalException

import msgspec

from backends.errors import Invalid

Json = object

_any = msgspec.json.Decoder(float_hook=Decimal)
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])
_SPACE = b" \t\r\n"
_HIDING = (b'\\":', b"\\u0022", b"\\u003a", b"\\u003A")  # a quote or a colon that is not what it seems


def decode(body: bytes) -> dict[str, Json]:
    """A body that must be one JSON object.

    Raises:
        Invalid: it is not JSON, not an object, or names a key twice.
    """
    found = value_of(body)
    if not isinstance(found, dict):
        raise Invalid("the body is not a JSON object")
    refuse_repeated_keys(body, [found])
    return found


def split(body: bytes, field: str) -> tuple[dict[str, Json], bytes | None]:
    """The fields of a body that must be one JSON object, one of them kept as it was written.

    Keys that are named twice are for the caller to refuse, when it has read that field too.

    Raises:
        Invalid: it is not JSON, or not an object.
    """
    try:
        body.decode()
        fields = _fields.decode(body)
    except (msgspec.ValidationError, UnicodeDecodeError, RecursionError, msgspec.DecodeError) as error:
        raise _refusal(error) from error
    raw = fields.pop(field, None)
    return {name: value_of(bytes(text)) for name, text in fields.items()}, None if raw is None else bytes(raw)


def value_of(text: bytes) -> Json:
    """What a JSON text says.

    Raises:
        Invalid: it is not JSON.
    """
    try:
        return _any.decode(text)
    except (UnicodeDecodeError, RecursionError, msgspec.DecodeError, DecimalException) as error:
        raise _refusal(error) from error


def refuse_repeated_keys(body: bytes, read: Sequence[Json | bytes]) -> None:
    """Compare a body with what was read from it: values, or parts encoded anew.

    Colons behind quotes are counted on both sides, which takes no parser. Every key has one and so
    may a text; what was read holds the same texts, but a repeated key only once. Escapes that could
    hide such a colon, and any difference, are looked into by a parser that sees each pair.

    Raises:
        Invalid: an object names a key twice.
    """
    bare = body.translate(None, _SPACE)
    hidden = b"\\" in bare and any(escape in bare for escape in _HIDING)
    if hidden or any(map(_may_be_filled, read)) or bare.count(b'":') != sum(map(_colons, read)):
        try:
            json.loads(body, object_pairs_hook=_distinct, parse_int=str, parse_float=str)
        except RecursionError as error:
            raise _refusal(error) from error


def _may_be_filled(read: Json | bytes) -> bool:
    """Whether a part encoded anew may have keys that the body has not: a STRUCT's fields, which are null."""
    return isinstance(read, bytes) and b'":null' in read and (b'":{' in read or b'":[' in read)


def _colons(read: Json | bytes) -> int:
    try:
        text = read if isinstance(read, bytes) else msgspec.json.encode(read)
    except OverflowError:  # a number of more than 64 bits, which no column takes
        return -1
    return text.translate(None, _SPACE).count(b'":')


def _distinct(pairs: list[tuple[str, Json]]) -> None:
    seen = set()
    for key, _ in pairs:
        if key in seen:
            raise Invalid(f"the body names the key {json.dumps(key[:60])} twice in one object")
        seen.add(key)


def _refusal(error: Exception) -> Invalid:
    match error:
        case UnicodeDecodeError():
            return Invalid("the body is not UTF-8")
        case RecursionError():
            return Invalid("the body is nested too deeply")
        case DecimalException():
            return Invalid("the body holds a number that is too large")
        case msgspec.ValidationError() if "`object`" in str(error):
            return Invalid("the body is not a JSON object")
        case msgspec.ValidationError() | DecimalException():
            return Invalid("the body holds a number beyond all bounds")
    return Invalid(f"the body is not JSON: {str(error).removeprefix('JSON is malformed: ')}")
