"""The view of its job that a function of `call` receives."""

from __future__ import annotations

from batchmock.outcomes import UNSCRIPTED, CallContext, Outcome
from batchmock.simulation.jobs.attempts import Attempt
from batchmock.simulation.jobs.families import ArrayChild, MultiNodeJob, Node
from batchmock.simulation.jobs.job import Container, Job, TaskContainer
from batchmock.simulation.placement.environments import EKS
from batchmock.simulation.tracking.functions import as_called


def run_time_environment(
    job: Job, attempt: Attempt, container: Container | None = None
) -> dict[str, str]:
    """
    Return the environment variables of the container of an attempt, or of one of several.

    Source: AWS Batch user guide, "AWS Batch job environment variables" (documented).
    """
    return {
        **(container or job.container).environment,
        "AWS_BATCH_JOB_ID": job.id,
        "AWS_BATCH_JOB_ATTEMPT": str(attempt.number),
        "AWS_BATCH_CE_NAME": attempt.environment.name,
        "AWS_BATCH_JQ_NAME": job.queue.name,
        **_platform_environment(attempt),
        **_family_environment(job),
    }


def _platform_environment(attempt: Attempt) -> dict[str, str]:
    if attempt.environment.platform != EKS:
        return {}
    return {"AWS_BATCH_JOB_KUBERNETES_NODE_UID": attempt.node_uid}


def _family_environment(job: Job) -> dict[str, str]:
    if isinstance(job, ArrayChild):
        return {
            "AWS_BATCH_JOB_ARRAY_INDEX": str(job.array_index),
            "AWS_BATCH_JOB_ARRAY_SIZE": str(job.parent.size),
        }
    if not isinstance(job, Node):
        return {}
    environment = {
        "AWS_BATCH_JOB_NODE_INDEX": str(job.node_index),
        "AWS_BATCH_JOB_NUM_NODES": str(len(job.parent.contents)),
        "AWS_BATCH_JOB_MAIN_NODE_INDEX": str(job.parent.main_index),
    }
    main = job.parent.main.attempt
    if not job.is_main and main is not None:
        environment["AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS"] = main.private_ip
    return environment


def context_of(job: Job, attempt: Attempt, container: Container | None = None) -> CallContext:
    """Return the context of a function that runs as an attempt, or as one of its containers."""
    if isinstance(job, MultiNodeJob):
        job = job.main
    return CallContext(
        job_id=job.id,
        job_name=job.name,
        attempt=attempt.number,
        command=list((container or job.container).command),
        environment=run_time_environment(job, attempt, container),
        job_queue=job.queue.name,
        job_definition=job.definition,
        array_index=job.array_index,
        node_index=job.node_index,
        parameters=dict(job.parameters),
    )


def outcome_without_call(container: TaskContainer, called: Outcome) -> Outcome:
    """Return the outcome of a container whose function raised an exception that ends the test."""
    return as_called(called, UNSCRIPTED)
