"""A job definition is registered again only when it has changed."""

from __future__ import annotations

from typing import Any

import boto3

from batchmock import BatchMock


def container(image: str) -> dict[str, Any]:
    """Return the container properties of the project's job definition."""
    return {
        "image": image,
        "command": ["fit", "Ref::subject"],
        "resourceRequirements": [
            {"type": "VCPU", "value": "1"},
            {"type": "MEMORY", "value": "2048"},
        ],
    }


def register_if_changed(name: str, wanted: dict[str, Any]) -> str:
    """Return the ARN of the newest active revision; register one if it differs from the wanted one."""
    client = boto3.client("batch")
    pages = client.get_paginator("describe_job_definitions").paginate(
        jobDefinitionName=name, status="ACTIVE"
    )
    revisions = [definition for page in pages for definition in page["jobDefinitions"]]
    newest = max(revisions, key=lambda definition: definition["revision"], default=None)
    if newest is not None:
        current = newest["containerProperties"]
        if {member: current.get(member) for member in wanted} == wanted:
            return str(newest["jobDefinitionArn"])
    reply = client.register_job_definition(
        jobDefinitionName=name,
        type="container",
        parameters={"subject": "none"},
        containerProperties=wanted,
    )
    return str(reply["jobDefinitionArn"])


def test_registers_changes_only(batch_mock: BatchMock) -> None:
    """Of four deployments, the first and the one with a new image register a revision."""
    arns = [
        register_if_changed("fit", container(image))
        for image in ("fit:1", "fit:1", "fit:2", "fit:2")
    ]
    assert batch_mock.calls.count("RegisterJobDefinition") == 2
    assert [arn.rpartition(":")[2] for arn in arns] == ["1", "1", "2", "2"]


def test_registers_again_what_was_deregistered(batch_mock: BatchMock) -> None:
    """An INACTIVE revision is ignored, and its number is not reused."""
    arn = register_if_changed("fit", container("fit:1"))
    boto3.client("batch").deregister_job_definition(jobDefinition=arn)
    assert register_if_changed("fit", container("fit:1")).endswith("fit:2")
    assert batch_mock.calls.count("RegisterJobDefinition") == 2
