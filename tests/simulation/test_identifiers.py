from __future__ import annotations

import re
from uuid import UUID

import pytest

from batchmock.simulation.identifiers import Identifiers, name_based_uuid, uuid_text

from ..builders import described, provisioned_mock, submit

DIGITS = "0123456789abcdef0123456789abcdef"


def test_uuid() -> None:
    """An id has the form of a random UUID in lower case."""
    identifiers = Identifiers(0)
    for _ in range(100):
        text = identifiers.uuid("job")
        assert str(UUID(text)) == text
        assert UUID(text).version == 4


@pytest.mark.parametrize(("version", "expected"), [("4", 4), ("3", 3)])
def test_uuid_text(version: str, expected: int) -> None:
    """A UUID has its version and variant digits, and otherwise the digits from which it is made."""
    text = uuid_text(DIGITS, version)
    assert text == f"01234567-89ab-{version}def-8123-456789abcdef"
    assert UUID(text).version == expected


def test_hex() -> None:
    """An id has the requested number of digits."""
    assert re.fullmatch(r"[0-9a-f]{34}", Identifiers(0).hex("attempt", 17))


def test_all_different() -> None:
    """No id is repeated, whatever its kind."""
    identifiers = Identifiers(0)
    ids = [identifiers.uuid(kind) for kind in ("job", "request") for _ in range(5000)]
    assert len(set(ids)) == 10_000


def test_kinds_count_for_themselves() -> None:
    """The ids of one kind do not depend on those of another."""
    quiet, busy = Identifiers(0), Identifiers(0)
    for _ in range(10):
        busy.uuid("request")
    assert busy.uuid("job") == quiet.uuid("job")


def test_seed() -> None:
    """The same seed yields the same ids, and another seed different ones."""
    assert Identifiers(1).uuid("job") == Identifiers(1).uuid("job")
    assert Identifiers(1).uuid("job") != Identifiers(2).uuid("job")


def test_mocks_with_one_seed_take_turns() -> None:
    """Mocks with the same seed get the same ids in the same order, also if they run at the same time."""
    mocks = [Identifiers(7), Identifiers(7)]
    for number in range(300):
        assert {each.uuid("job") for each in mocks} == {Identifiers(7).uuid_of("job", number)}


def test_name_based() -> None:
    """The UUID of a name depends only on the name."""
    assert UUID(name_based_uuid("ce")).version == 3
    assert name_based_uuid("ce") == name_based_uuid("ce")
    assert name_based_uuid("ce") != name_based_uuid("ec")


def test_same_calls_same_bytes() -> None:
    """The same calls on two mocks with one seed get byte-identical replies."""
    replies = []
    for seed in (0, 0, 1):
        with provisioned_mock(seed=seed) as (mock, client):
            job_id = submit(client)
            mock.run()
            replies.append(repr(described(client, job_id)))
    assert replies[0] == replies[1]
    assert replies[0] != replies[2]
