"""Sessions and clients that are incomplete when the first mock of a process starts."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PROGRAM = """
import json, threading, types
import boto3, botocore.client, botocore.session
from botocore.session import Session

KEYS = {{"aws_access_key_id": "key", "aws_secret_access_key": "secret"}}

{incomplete}

from batchmock import mock_batch, throttled

with mock_batch(region="us-east-1", advance="sleep") as batch_mock:
    batch_mock.provision(job_queue="mine")
    batch_mock.inject("DescribeJobQueues", throttled(), skip=1)
    client = completed() or boto3.client("batch", **KEYS)
    for _ in range(3):
        [queue] = client.describe_job_queues()["jobQueues"]
    print(json.dumps([queue["jobQueueName"], len(batch_mock.calls)]))
"""

NEVER_INITIALIZED = """
kept = [Session.__new__(Session), botocore.client.BaseClient.__new__(botocore.client.BaseClient)]
completed = lambda: None
"""

INIT_RAISED = """
class Broken(Session):
    def __init__(self):
        try:
            super().__init__(session_vars=3)
        except TypeError:
            pass

class NoComponents(Session):
    def get_component(self, name):
        raise RuntimeError(name)

kept = [Broken(), NoComponents()]
completed = lambda: None
"""

FAKE_CLIENTS = """
class Fake(botocore.client.BaseClient):
    def __init__(self, meta):
        self.meta = meta

kept = [Fake(None), Fake(types.SimpleNamespace()), Fake(types.SimpleNamespace(service_model=None))]
kept.append(Fake(types.SimpleNamespace(service_model=types.SimpleNamespace(service_name="batch"))))
completed = lambda: None
"""

#: A thread stops at a step of creating a session, and goes on when the mock has started.
CREATED_BY_A_THREAD = """
reached, go_on, made = threading.Event(), threading.Event(), []

class Slow(Session):
    def {step}(self, *args, **kwargs):
        reached.set()
        go_on.wait(60)
        return super().{step}(*args, **kwargs)

thread = threading.Thread(target=lambda: made.append(Slow()), daemon=True)
thread.start()
reached.wait(60)

def completed():
    go_on.set()
    thread.join()
    return made[0].create_client("batch", **KEYS)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "incomplete",
    [
        NEVER_INITIALIZED,
        INIT_RAISED,
        FAKE_CLIENTS,
        CREATED_BY_A_THREAD.format(step="_register_builtin_handlers"),
        CREATED_BY_A_THREAD.format(step="_register_components"),
        CREATED_BY_A_THREAD.format(step="_register_event_emitter"),
    ],
    ids=["new", "raised", "fakes", "before-handlers", "before-components", "before-emitter"],
)
def test_incomplete_session_or_client(incomplete: str) -> None:
    """The mock starts, and each request is answered once, also one with a fault."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(incomplete=incomplete)],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.stderr == ""
    # Two answers, a throttled one and its retry, and the answer after.
    assert json.loads(done.stdout) == ["mine", 4]
