"""
Short stories for moto and batchmock, each of which returns what the client sees at its end.

`operations_of_moto` lists the operations that moto implements. docs/explanation/comparison.md has the results.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import botocore.session
import moto.batch.urls
from botocore.exceptions import ClientError
from moto.batch.responses import BatchResponse
from worlds import CONTAINER, World

from batchmock import fail, hang, succeed


def operations_of_moto() -> set[str]:
    """Return the operations for which moto has a URL route and a method."""
    model = botocore.session.get_session().get_service_model("batch")
    paths = [pattern.removeprefix("{0}") for pattern in moto.batch.urls.url_paths]
    return {
        name
        for name in model.operation_names
        if any(re.match(path, _address(model, name)) for path in paths)
        and hasattr(BatchResponse, _address(model, name).split("/")[2])
    }


def _address(model: Any, operation: str) -> str:
    return str(model.operation_model(operation).http["requestUri"]).replace("{resourceArn}", "arn")


# Stories: each returns, as text, what the client sees at its end.


def just_submitted(world: World) -> str:
    """Describe a job right after it was submitted."""
    return str(world.job(world.submit())["status"])


def retried(world: World) -> str:
    """Submit a job that fails, with three attempts."""
    world.let_all_fail()
    job_id = world.submit(retryStrategy={"attempts": 3})
    world.run()
    job = world.job(job_id)
    exit_code = job["attempts"][-1]["container"].get("exitCode")
    return f"{job['status']}, attempts: {len(job['attempts'])}, exit code {exit_code}"


def retried_and_succeeds(world: World) -> str:
    """Run a job whose first attempt fails and whose second succeeds."""
    if world.mock is None:
        return "not possible"
    world.mock.script("*", fail(1), succeed())
    job_id = world.submit(retryStrategy={"attempts": 3})
    world.run()
    job = world.job(job_id)
    return f"{job['status']}, attempts: {len(job['attempts'])}"


def timed_out(world: World) -> str:
    """Submit a job that takes longer than its timeout."""
    if world.mock is not None:
        world.mock.script("*", hang())
    job_id = world.submit(timeout={"attemptDurationSeconds": 60})
    world.run()
    job = world.job(job_id)
    return f"{job['status']}, {job.get('statusReason')}"


def too_large(world: World) -> str:
    """Submit a job that needs more vCPUs than the compute environment can have."""
    job_id = world.submit(
        containerOverrides={"resourceRequirements": [{"type": "VCPU", "value": "64"}]}
    )
    world.run()
    return str(world.job(job_id)["status"])


def one_bad_child(world: World) -> str:
    """Run an array job with one failing child out of three."""
    if world.mock is None:
        job_id = world.submit(arrayProperties={"size": 3})
        return f"not possible; all succeed: {_summary(world.job(job_id))}"
    world.mock.script("*", fail(1), array_index=1)
    job_id = world.submit(arrayProperties={"size": 3})
    world.run()
    return _summary(world.job(job_id))


def _summary(job: dict[str, Any]) -> str:
    summary = job["arrayProperties"].get("statusSummary", {})
    ended = {status: summary[status] for status in ("SUCCEEDED", "FAILED") if status in summary}
    return f"{job['status']}, {ended}"


def multi_node(world: World) -> str:
    """Submit a multi-node job of two nodes and describe its second node."""
    container = {"targetNodes": "0:1", "container": CONTAINER}
    nodes = {"numNodes": 2, "mainNode": 0, "nodeRangeProperties": [container]}
    world.client.register_job_definition(
        jobDefinitionName="nodes", type="multinode", nodeProperties=nodes
    )
    job_id = world.submit(jobDefinition="nodes")
    world.run()
    found = world.client.describe_jobs(jobs=[f"{job_id}#1"])["jobs"]
    return f"{world.job(job_id)['status']}, node 1: {found[0]['status'] if found else 'not found'}"


def dependent(world: World) -> str:
    """Submit a job that depends on a failing job."""
    world.let_all_fail()
    first = world.submit(jobName="first")
    second = world.submit(jobName="second", dependsOn=[{"jobId": first}])
    world.run()
    job = world.job(second)
    return f"{job['status']}, attempts: {len(job['attempts'])}"


def listed(world: World) -> str:
    """List the jobs of a queue without a status, once they have ended."""
    world.submit()
    world.run()
    return f"{len(world.client.list_jobs(jobQueue='queue')['jobSummaryList'])} jobs"


def paged(world: World) -> str:
    """List five jobs in pages of two."""
    for _ in range(5):
        world.submit()
    world.run()
    page = world.client.list_jobs(jobQueue="queue", jobStatus="SUCCEEDED", maxResults=2)
    more = "and more" if "nextToken" in page else "no more"
    return f"{len(page['jobSummaryList'])} jobs, {more}"


def refused(world: World) -> str:
    """Submit a job with a name that Batch refuses."""
    return _refusal(lambda: world.submit(jobName="a name!"))


def unknown_queue(world: World) -> str:
    """Submit a job to a queue that does not exist."""
    return _refusal(lambda: world.submit(jobQueue="none"))


def _refusal(work: Callable[[], Any]) -> str:
    try:
        work()
    except ClientError as error:
        said = error.response["Error"]
        return f"{said['Code']}: {said['Message']}".split(", RequestId")[0]
    return "accepted"


STORIES: tuple[Callable[[World], str], ...] = (
    just_submitted,
    retried,
    retried_and_succeeds,
    timed_out,
    too_large,
    one_bad_child,
    multi_node,
    dependent,
    listed,
    paged,
    refused,
    unknown_queue,
)


def told(story: Callable[[World], str], world: Callable[[], Any]) -> str:
    """Return the result of a story, or the error that ended it."""
    try:
        with world() as entered:
            return story(entered)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
