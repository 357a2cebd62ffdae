"""Jobs as they were after one of their moves."""

from __future__ import annotations

from typing import Any

import pytest

from batchmock import BatchMock
from batchmock.observe.jobs.shallow_copies import shallow_copy
from batchmock.simulation.jobs.attempts import Attempt

from ...builders import submit
from ...operations.family_requests import register_nodes


@pytest.fixture(autouse=True)
def _resources(batch_mock: BatchMock, client: Any) -> None:
    batch_mock.provision(job_queue="queue", job_definition="definition")
    register_nodes(client, nodes=2)


def attributes(record: object) -> dict[str, Any]:
    """Return the attributes of a record with slots."""
    names = [name for kind in type(record).__mro__ for name in getattr(kind, "__slots__", ())]
    return {name: getattr(record, name) for name in names}


def test_a_copy_of_an_attempt_is_complete(batch_mock: BatchMock, client: Any) -> None:
    """A copy of an attempt has each of its attributes."""
    job_id = submit(client)
    batch_mock.run()
    attempt = batch_mock._simulation.jobs[job_id].attempts[0]
    copied = shallow_copy(attempt)
    assert type(copied) is Attempt
    assert attributes(copied) == attributes(attempt)
