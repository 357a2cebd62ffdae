"""
`python -m batchmock`: run a small pipeline through boto3, and print its timeline.

`commands` has the subcommands, such as `python -m batchmock check`.

Nothing sleeps, nothing leaves the process, and no credentials are needed. The first instant and the
seed are fixed, so that the output is the same each time.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import boto3

from batchmock import BatchMock, hang, mock_batch, out_of_memory, reclaim_spot, succeed
from batchmock.commands import add_commands
from batchmock.commands.output import open_output
from batchmock.observe.styled import Line, Span, printed, wrapped
from batchmock.version import version

START = "2026-01-05T09:00:00Z"
STAGE_SECONDS = 20
COLUMNS = 100

#: Retry attempts that ran out of memory or lost their host; fail on anything else.
RETRY_STRATEGY = {
    "attempts": 4,
    "evaluateOnExit": [
        {"onReason": "OutOfMemory*", "action": "RETRY"},
        {"onStatusReason": "Host EC2*", "action": "RETRY"},
        {"onExitCode": "*", "action": "EXIT"},
    ],
}


def script_outcomes(batch_mock: BatchMock) -> None:
    """Script the outcome of each attempt of each job, in simulated seconds."""
    batch_mock.script("extract", succeed(after=600))
    batch_mock.script(
        "train", out_of_memory(after=900), reclaim_spot(after=1500), succeed(after=3600)
    )
    batch_mock.script("report", succeed(after=300))
    batch_mock.script("audit", hang())


def submit_pipeline(batch: Any) -> dict[str, str]:
    """Submit four jobs, as any program that uses AWS Batch would, and return their ids by name."""
    ids: dict[str, str] = {}

    def submit(name: str, *after: str, **more: Any) -> None:
        depends_on = [{"jobId": ids[other]} for other in after]
        reply = batch.submit_job(
            jobName=name, jobQueue="spot", jobDefinition="step", dependsOn=depends_on, **more
        )
        ids[name] = reply["jobId"]

    submit("extract")
    submit("train", "extract", retryStrategy=RETRY_STRATEGY)
    submit("report", "extract", "train")
    submit("audit", timeout={"attemptDurationSeconds": 1800})
    return ids


def main() -> None:
    """Run a small pipeline on a simulated AWS Batch, and print what happened to each job and why."""
    parser = argparse.ArgumentParser("python -m batchmock", description=main.__doc__)
    parser.add_argument("--version", action="version", version=f"batchmock {version()}")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="write the picture as SVG, too")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write it as a page of HTML, too")
    add_commands(parser.add_subparsers(title="commands", metavar="COMMAND"))
    with open_output():
        arguments = parser.parse_args()
        sys.exit(arguments.run(arguments) if "run" in arguments else demonstrate(arguments))


def demonstrate(arguments: argparse.Namespace) -> int:
    """Run the pipeline, print and write its timeline, and return the exit code."""
    with mock_batch(
        region="us-east-1", start=START, stage_seconds=STAGE_SECONDS, seed=0
    ) as batch_mock:
        batch_mock.provision(job_queue="spot", job_definition="step")
        script_outcomes(batch_mock)
        ids = submit_pipeline(boto3.client("batch"))
        batch_mock.run()
        timeline = batch_mock.timeline()
        timeline.show()
        for name in ("train", "audit"):
            print()
            show_explanation(batch_mock.job(ids[name]).explain())
    try:
        if arguments.svg:
            arguments.svg.write_text(timeline.to_svg(), encoding="utf-8")
        if arguments.html:
            arguments.html.write_text(timeline.to_html(), encoding="utf-8")
    except OSError as error:
        print(f"python -m batchmock: error: {error}", file=sys.stderr)
        return 2
    return 0


def show_explanation(text: str) -> None:
    """Print an explanation as wide as the terminal, in colour if the terminal has colours."""
    columns = shutil.get_terminal_size((COLUMNS, 24)).columns
    lines = [line.text for part in text.splitlines() for line in wrapped(part, columns, 2)]
    print(printed(map(with_statuses, lines), sys.stdout))


def with_statuses(text: str) -> Line:
    """Return a line whose statuses are styled."""
    found = re.finditer(r"\b(SUCCEEDED|FAILED)\b", text)
    return Line(text, tuple(Span(*status.span(), status[0]) for status in found))


if __name__ == "__main__":
    main()
