from __future__ import annotations

import json
import subprocess
import sys

# import-linter checks which module may import which (`tox -e imports`); these tests check when.

HEAVY = ["boto3", "botocore", "freezegun", "jsonschema", "jsonschema_rs"]


def imported_by(code: str, packages: list[str] = HEAVY) -> list[str]:
    """Run code in a new process and return which of some packages it has imported."""
    script = (
        f"{code}\nimport json, sys\nprint(json.dumps([n for n in {packages} if n in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    found: list[str] = json.loads(done.stdout)
    return found


# One process is enough: a package not imported at the end was never imported.
WITHOUT_A_STARTED_MOCK = """
import batchmock, batchmock.pytest_plugin

@batchmock.mock_batch(region="eu-west-1")
def test(): ...

batchmock.BatchMock().tick()
"""


def test_nothing_heavy_is_imported() -> None:
    """A test run that does not use a mock imports none of the heavy packages."""
    assert imported_by(WITHOUT_A_STARTED_MOCK) == []


#: What a test run needs only once a mock has started, or a request has come.
NEEDED_LATER = [*HEAVY, "batchmock.interception", "batchmock.operations", "batchmock.validation"]


def test_no_public_name_needs_more_than_the_simulation() -> None:
    """Importing every public name imports no handlers, no checks of requests and no botocore."""
    assert imported_by("from batchmock import *", NEEDED_LATER) == []


WITH_HELP = """
import contextlib, io, pytest

with contextlib.redirect_stdout(io.StringIO()) as shown:
    pytest.main(["--help", "--noconftest"])
assert "--batch-explore" in shown.getvalue()
"""


def test_the_help_of_the_plugin_needs_no_mock() -> None:
    """`pytest --help` shows the options of the plugin and imports nothing that a mock needs."""
    needed_later = [*NEEDED_LATER, "batchmock.mock", "batchmock.simulation"]
    assert imported_by(WITH_HELP, needed_later) == []


def test_a_started_mock_needs_botocore_only() -> None:
    """The first request imports the validators, and nothing imports freezegun."""
    code = "from batchmock import mock_batch\nwith mock_batch(): ..."
    assert imported_by(code) == ["botocore"]


def test_a_mock_that_is_never_called_needs_no_operations() -> None:
    """The first request imports the operations and their checks."""
    code = "from batchmock import mock_batch\nwith mock_batch() as mock: mock.tick(); mock.jobs"
    assert imported_by(code, ["batchmock.operations", "batchmock.validation"]) == []
