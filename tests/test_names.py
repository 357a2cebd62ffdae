"""The literal types of names match those of the code and of botocore."""

from __future__ import annotations

from typing import get_args

from batchmock import HoldStage, JobStatus, MockOptions, ServiceJobStatus
from batchmock.interception.service import operation_names
from batchmock.names import OPERATIONS
from batchmock.options import FLAGS, INI_FORMS, OPTION_NAMES
from batchmock.pytest_plugin import INI_OPTIONS
from batchmock.simulation.jobs.holds import HOLDABLE
from batchmock.simulation.jobs.lifecycle import JOB_STATUSES
from batchmock.simulation.service_jobs.job import SERVICE_JOB_STATUSES


def test_statuses() -> None:
    """The statuses and stages are those of the simulation."""
    assert get_args(JobStatus) == JOB_STATUSES
    assert get_args(ServiceJobStatus) == SERVICE_JOB_STATUSES
    assert get_args(HoldStage) == HOLDABLE


def test_operations() -> None:
    """Each operation of this botocore has a name; a newer botocore may have more."""
    assert operation_names() - set(OPERATIONS) == set()


def test_options() -> None:
    """The typed options are those that are validated, and all but `policies` are ini options."""
    assert tuple(MockOptions.__annotations__) == OPTION_NAMES
    assert {*INI_FORMS, "policies"} == set(OPTION_NAMES)
    assert list(INI_OPTIONS) == [f"batchmock_{name}" for name in OPTION_NAMES if name != "policies"]
    assert set(FLAGS) < set(OPTION_NAMES)
