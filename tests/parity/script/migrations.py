"""Migrations where there are no revisions: what is refused, and that there is nothing to do."""

from collections.abc import Iterator

from tests.parity.calls import Call, get, sent

PATH = "/api/v1/migrations"
REFUSED: tuple[object, ...] = ({"to": 1}, {"to": ""}, {"to": "a b"}, {"to": None}, {"at": "head"}, [])


def calls() -> Iterator[Call]:
    """The chapter."""
    yield get(PATH)
    yield get(f"{PATH}/plan")
    yield get(f"{PATH}/plan?to=base")
    for what in ("upgrade", "downgrade", "stamp"):
        yield sent("POST", f"{PATH}/{what}", {"to": "base"})
        yield sent("POST", f"{PATH}/{what}", {"to": "head"})
        yield sent("POST", f"{PATH}/{what}", {"to": "+1"}, status=404)
        yield sent("POST", f"{PATH}/{what}", {"to": "nothing"}, status=404)
        for body in REFUSED:
            yield sent("POST", f"{PATH}/{what}", body, status=400)
    yield sent("POST", f"{PATH}/upgrade", {})
    yield sent("POST", f"{PATH}/downgrade", {}, status=400)
    yield sent("POST", f"{PATH}/stamp", {}, status=400)
    yield get(f"{PATH}/plan?to=nothing", status=404)
    yield get(f"{PATH}/plan?to=%2B1", status=404)
    yield get(f"{PATH}/plan?to=a.b", status=400)
    yield get(f"{PATH}/plan?from=head", status=400)
    yield get(f"{PATH}/jobs/nothing", status=404)
    yield get(f"{PATH}/nothing", status=404)
    yield get(PATH)
