"""Running a test's own function in place of a container: its context, what it prints, how it ends."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

from batchmock.errors import BatchMockError
from batchmock.outcomes import CallContext, CallResult, LogLine, Outcome, fail, succeed
from batchmock.simulation.jobs.families import ArrayChild, MultiNodeJob, Node
from batchmock.simulation.jobs.job import Attempt, Container, Job


def run_time_environment(
    job: Job, attempt: Attempt, container: Container | None = None
) -> dict[str, str]:
    """
    Give the environment that the container of an attempt, or one of several, sees.

    Source: AWS Batch user guide, "AWS Batch job environment variables" (documented).
    """
    return {
        **(container or job.container).environment,
        "AWS_BATCH_JOB_ID": job.id,
        "AWS_BATCH_JOB_ATTEMPT": str(attempt.number),
        "AWS_BATCH_CE_NAME": attempt.environment.name,
        "AWS_BATCH_JQ_NAME": job.queue.name,
        **_family_environment(job),
    }


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
    """Give what the function of `call` is told of its attempt, and of its container if there are several."""
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


def run_function(
    function: Callable[[CallContext], CallResult], context: CallContext
) -> tuple[Outcome, tuple[LogLine, ...]]:
    """
    Run the function and give the outcome it stands for, and the lines it printed: when it was called.

    An exception is exit code 1, as of a Python program that dies of it. What is no `Exception`
    (KeyboardInterrupt, pytest's own outcomes) is not the container's, and passes through; so does the
    misuse of batchmock itself.
    """
    output = StringIO()
    with redirect_stdout(output), redirect_stderr(output):
        try:
            outcome = outcome_of(function(context))
        except SystemExit as exit_request:
            outcome = outcome_of_exit(exit_request.code, output)
        except BatchMockError:
            raise
        except Exception as error:
            traceback.print_exc(file=output)
            last_line = traceback.format_exception_only(type(error), error)[-1].strip()
            outcome = fail(1)._replace(raised=last_line)
    printed = (LogLine(line, 0) for line in output.getvalue().splitlines())
    return outcome, (*printed, *outcome.logs)


def outcome_of(result: CallResult) -> Outcome:
    """
    Turn what the function returned into an outcome: None is success, an int the exit code.

    Raises:
        BatchMockError: it is neither, nor an outcome of a running container.
    """
    if result is None or result == 0:
        return succeed()
    if isinstance(result, Outcome) and result.kind not in (
        "call",
        "never_starts",
        "containers",
        "no_capacity",
    ):
        return result
    if isinstance(result, int):
        return fail(int(result) & 255) if int(result) & 255 else succeed()
    raise BatchMockError(
        f"batchmock: the function given to call() returned {result!r}; return None, "
        "an exit code, or an outcome of a running container such as fail(3)."
    )


def outcome_of_exit(code: object, output: StringIO) -> Outcome:
    """Turn the code of a `SystemExit` into an outcome, as the interpreter does: text is exit code 1."""
    if code is None or isinstance(code, int):
        return outcome_of(code)
    output.write(f"{code}\n")
    return fail(1)
