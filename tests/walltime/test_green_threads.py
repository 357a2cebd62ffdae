"""Programs with event loops that batchmock does not simulate: gevent, Twisted."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest

needs_gevent = pytest.mark.skipif(find_spec("gevent") is None, reason="gevent is not installed")

WITH_GEVENT = """
from gevent import monkey

monkey.patch_all()

import time
import boto3
import gevent
from batchmock import BatchMockError, mock_batch

def wait(client, job_id):
    while client.describe_jobs(jobs=[job_id])["jobs"][0]["status"] != "SUCCEEDED":
        time.sleep(0.001)
"""
REFUSED = """
clocks = time.time, time.sleep
try:
    with mock_batch(region="us-east-1", advance="sleep"):
        print("not refused")
except BatchMockError as error:
    print(error)
assert (time.time, time.sleep) == clocks
"""
POLLED = """
with mock_batch(region="us-east-1", advance="poll") as mock:
    mock.provision(job_queue="queue", job_definition="definition")
    client = boto3.client("batch")
    job = {"jobQueue": "queue", "jobDefinition": "definition"}
    ids = [client.submit_job(jobName=f"job-{n}", **job)["jobId"] for n in range(3)]
    gevent.joinall([gevent.spawn(wait, client, job_id) for job_id in ids], raise_error=True)
    print([job.status for job in mock.jobs])
"""
WITH_TWISTED = """
from twisted.internet import reactor
from batchmock import mock_batch

with mock_batch(region="us-east-1", freeze=True) as mock:
    before = mock.clock.now
    reactor.callLater(0.01, reactor.stop)
    reactor.run()
    print(mock.clock.now == before)
"""


def output_of(program: str) -> str:
    """Run a program in a process of its own, and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@needs_gevent
def test_sleeps_beside_green_threads() -> None:
    """Where gevent has replaced threads, simulated sleeps are refused, and nothing is left of the mock."""
    assert output_of(WITH_GEVENT + REFUSED) == (
        'batchmock: advance="sleep" needs threads, and gevent has replaced them with green ones '
        '(monkey-patching). Use advance="poll" or advance="wall" here, or test without monkey-patching.'
    )


@needs_gevent
def test_polls_of_green_threads() -> None:
    """The other modes work with green threads, also after one that was refused."""
    printed = output_of(WITH_GEVENT + REFUSED + POLLED).splitlines()
    assert printed[1:] == ["['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']"]


def test_twisted_beside_frozen_clocks() -> None:
    """The timers of Twisted end in real time, although the mock freezes the clocks of the code under test."""
    assert output_of(WITH_TWISTED) == "True"
