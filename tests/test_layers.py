from __future__ import annotations

import json
import subprocess
import sys

# Which module may import which is checked by import-linter (`tox -e imports`); this is about when.

HEAVY = ["boto3", "botocore", "freezegun", "jsonschema", "jsonschema_rs"]


def imported_by(code: str, packages: list[str] = HEAVY) -> list[str]:
    """Run code in a process of its own, and give which of some packages it imported."""
    script = (
        f"{code}\nimport json, sys\nprint(json.dumps([n for n in {packages} if n in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    found: list[str] = json.loads(done.stdout)
    return found


# In one process: what none of it has imported at the end, no part of it has.
WITHOUT_A_STARTED_MOCK = """
import batchmock, batchmock.pytest_plugin

@batchmock.mock_batch(region="eu-west-1")
def test(): ...

batchmock.BatchMock().tick()
"""


def test_nothing_heavy_is_imported() -> None:
    """What a test run pays for that does not use a mock: none of the heavy packages."""
    assert imported_by(WITHOUT_A_STARTED_MOCK) == []


def test_a_started_mock_needs_botocore_only() -> None:
    """The validators are imported by the first request, and freezegun not at all."""
    code = "from batchmock import mock_batch\nwith mock_batch(): ..."
    assert imported_by(code) == ["botocore"]


def test_a_mock_that_is_never_called_needs_no_operations() -> None:
    """The operations and what they check requests by are imported by the first request."""
    code = "from batchmock import mock_batch\nwith mock_batch() as mock: mock.tick(); mock.jobs"
    assert imported_by(code, ["batchmock.operations", "batchmock.validation"]) == []
