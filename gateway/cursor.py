"""Cursors: where a page ended, as text that a client hands back; bound to one filter and order."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b

from backends.errors import Fault, Invalid
from backends.plan import Select, Value
from backends.types import Type
from backends.values import Misfit, compared, reader, renderer
from gateway import body


def written(plan: Select, following: bytes) -> str:
    """The cursor of the page after this plan's, whose `Result.next` is given."""
    return urlsafe_b64encode(_digest(plan) + following).rstrip(b"=").decode()


def read(text: str, plan: Select) -> tuple[Value, ...]:
    """What a cursor holds for `Select.after`.

    Raises:
        Invalid: it is not a cursor, or not one of this plan's filters and order.
    """
    try:
        decoded = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise _refusal("not a cursor") from error
    if decoded[:_DIGEST_BYTES] != _digest(plan):
        raise _refusal("not a cursor of these filters and this order")
    try:
        return _values(plan, body.value_of(decoded[_DIGEST_BYTES:]))
    except (Invalid, Misfit) as error:
        raise _refusal("not a cursor") from error


_DIGEST_BYTES = 12


def _digest(plan: Select) -> bytes:
    bound = repr((plan.table.name, plan.where, plan.order))
    return blake2b(bound.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).digest()


def _values(plan: Select, found: object) -> tuple[Value, ...]:
    types = [plan.table.by_name[sort.column].type for sort in plan.order]
    counted = not plan.table.key  # the place among rows that are equal in every column
    if not isinstance(found, list) or len(found) != len(types) + counted:
        raise Misfit("not a cursor")
    values = [_value(type_, value) for type_, value in zip(types, found, strict=False)]
    if counted and not (type(found[-1]) is int and 0 < found[-1] < 1 << 62):
        raise Misfit("not a cursor")
    return (*values, found[-1]) if counted else tuple(values)


def _value(type_: Type, value: object) -> Value:
    if value is None:
        return None
    return renderer(type_)(value) if type_.nested else reader(compared(type_))(value)


def _refusal(why: str) -> Invalid:
    return Invalid.of([Fault(("cursor",), why)])
