"""SubmitJob: overrides that are for another kind of job definition or node range."""

from __future__ import annotations

from typing import Any

import pytest

from batchmock import BatchMock

from ...builders import described, refused, requirements, status_of, submit

CONTAINER: dict[str, Any] = {"image": "busybox", "resourceRequirements": requirements(1, 128)}
TASK: dict[str, Any] = {"taskProperties": [{"containers": [CONTAINER]}]}
VALUES: dict[str, dict[str, Any]] = {
    "containerOverrides": {"command": ["x"]},
    "ecsPropertiesOverride": {"taskProperties": [{"containers": [{"command": ["x"]}]}]},
    "eksPropertiesOverride": {"podProperties": {"metadata": {"labels": {"a": "b"}}}},
}
EMPTY: list[tuple[str, dict[str, Any]]] = [
    ("containerOverrides", {}),
    ("containerOverrides", {"command": [], "environment": []}),
    ("ecsPropertiesOverride", {}),
    ("ecsPropertiesOverride", {"taskProperties": [{"containers": [{}]}]}),
    ("eksPropertiesOverride", {"podProperties": {}}),
    ("nodeOverrides", {}),
    ("nodeOverrides", {"nodePropertyOverrides": []}),
]
INSTANCE_TYPE = {
    "nodePropertyOverrides": [
        {"targetNodes": "0,n", "containerOverrides": {"instanceType": "c5.large"}}
    ]
}
"""What aws-samples/aws-batch-with-ffmpeg sends for a job of one container."""


@pytest.fixture(autouse=True)
def definitions(batch_mock: BatchMock, client: Any) -> None:
    """A queue, and a job definition of each kind that runs there."""
    batch_mock.provision(job_queue="queue", job_definition="definition")
    client.register_job_definition(jobDefinitionName="task", type="container", ecsProperties=TASK)
    register_nodes(client, "nodes", container=CONTAINER)
    register_nodes(client, "nodes-of-a-task", ecsProperties=TASK)


def register_nodes(client: Any, name: str, **contents: Any) -> None:
    """Register a multi-node definition with one range of these contents."""
    ranges = [{"targetNodes": "0:", **contents}]
    nodes = {"numNodes": 2, "mainNode": 0, "nodeRangeProperties": ranges}
    client.register_job_definition(jobDefinitionName=name, type="multinode", nodeProperties=nodes)


@pytest.mark.parametrize("definition", ["definition", "task"])
def test_of_nodes_have_no_effect_on_a_single_node(client: Any, definition: str) -> None:
    """The overrides of nodes are accepted for a job that has none, and change nothing."""
    plain = described(client, submit(client, "plain", jobDefinition=definition))
    job_id = submit(client, "plain", jobDefinition=definition, nodeOverrides=INSTANCE_TYPE)

    shown = described(client, job_id)
    assert {**shown, **{name: plain[name] for name in ("jobId", "jobArn", "createdAt")}} == plain


def test_a_job_with_overrides_of_nodes_runs(batch_mock: BatchMock, client: Any) -> None:
    """A job with overrides that have no effect runs as any other."""
    job_id = submit(client, jobDefinition="definition", nodeOverrides=INSTANCE_TYPE)
    batch_mock.run()

    assert status_of(client, job_id) == "SUCCEEDED"


def test_overrides_name_a_range_of_the_definition(client: Any) -> None:
    """For a multi-node job, the form of a range does not matter: the definition must have it."""
    request = {"jobName": "job", "jobQueue": "queue", "jobDefinition": "nodes"}

    assert refused(client, "submit_job", **request, nodeOverrides=INSTANCE_TYPE) == (
        "NodeOverride targets should match job definition. Non matching targets - 0,n"
    )


@pytest.mark.parametrize("definition", ["definition", "task", "nodes"])
@pytest.mark.parametrize(("name", "value"), EMPTY, ids=str)
def test_empty_overrides(client: Any, definition: str, name: str, value: dict[str, Any]) -> None:
    """An override without any value is as none, whatever kind it is for."""
    assert submit(client, jobDefinition=definition, **{name: value})


@pytest.mark.parametrize("name", [name for name in VALUES if name != "containerOverrides"])
def test_for_another_kind_of_job(client: Any, name: str) -> None:
    """Overrides of tasks and pods are refused for a job of one container."""
    request = {"jobName": "job", "jobQueue": "queue", "jobDefinition": "definition"}

    assert refused(client, "submit_job", **request, **{name: VALUES[name]}) == (
        f"{name} is not applicable for a job definition with containerProperties."
    )


@pytest.mark.parametrize(
    ("definition", "name", "text"),
    [
        (
            "nodes-of-a-task",
            "containerOverrides",
            "Container overrides should not be set for ecsProperties jobs.",
        ),
        (
            "nodes-of-a-task",
            "eksPropertiesOverride",
            "eksPropertiesOverride is not applicable for a job definition with ecsProperties.",
        ),
        (
            "nodes",
            "ecsPropertiesOverride",
            "ecsPropertiesOverride is not applicable for a job definition with containerProperties.",
        ),
        (
            "nodes",
            "eksPropertiesOverride",
            "eksPropertiesOverride is not applicable for a job definition with containerProperties.",
        ),
    ],
)
def test_for_another_kind_of_node(client: Any, definition: str, name: str, text: str) -> None:
    """An override that does not fit its node range is refused, as it is at the top level."""
    overrides = {"nodePropertyOverrides": [{"targetNodes": "0:", name: VALUES[name]}]}
    request = {"jobName": "job", "jobQueue": "queue", "jobDefinition": definition}

    assert refused(client, "submit_job", **request, nodeOverrides=overrides) == text


@pytest.mark.parametrize("definition", ["nodes", "nodes-of-a-task"])
@pytest.mark.parametrize(("name", "value"), EMPTY[:5], ids=str)
def test_empty_overrides_of_a_node(
    client: Any, definition: str, name: str, value: dict[str, Any]
) -> None:
    """An override of a node range without any value is as none."""
    overrides = {"nodePropertyOverrides": [{"targetNodes": "0:", name: value}]}

    assert submit(client, jobDefinition=definition, nodeOverrides=overrides)
