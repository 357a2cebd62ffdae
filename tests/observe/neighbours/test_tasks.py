"""DescribeTasks and ListTasks: what Amazon ECS shows of the tasks of jobs."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from batchmock import (
    BatchMock,
    cannot_pull_image,
    fail,
    hang,
    in_containers,
    mock_batch,
    reclaim_spot,
    succeed,
    terminate_host,
)

from ...builders import START_MS, described, register, requirements, submit
from ...operations.resource_requests import FARGATE, create_environment, create_queue


def task_of(ecs: Any, client: Any, job_id: str, **members: Any) -> dict[str, Any]:
    """Return the task of a job as DescribeTasks describes it."""
    job = described(client, job_id)
    details = job.get("ecsProperties", {}).get("taskProperties", [job["container"]])[0]
    arn = details["taskArn"]
    reply = ecs.describe_tasks(cluster=arn.split("/")[1], tasks=[arn], **members)
    (task,) = reply["tasks"]
    assert reply["failures"] == []
    detail: dict[str, Any] = task
    return detail


def seconds(time: Any) -> float:
    """Return the seconds since the start of the mock."""
    return float(time.timestamp() - START_MS / 1000)


class TestATask:
    def test_names(self, batch_mock: BatchMock, client: Any, ecs: Any, cluster: str) -> None:
        """A task belongs to the family of its job definition, in the cluster of the environment."""
        register(client)
        job_id = submit(client)
        batch_mock.run()
        task = task_of(ecs, client, job_id)
        assert task["clusterArn"] == cluster
        assert task["group"] == "family:definition"
        assert task["taskDefinitionArn"].endswith(":task-definition/definition:2")
        assert [container["name"] for container in task["containers"]] == ["default"]

    def test_arns_of_the_job(
        self, batch_mock: BatchMock, client: Any, ecs: Any, cluster: str
    ) -> None:
        """The ARNs of task and container instance are those that DescribeJobs shows."""
        job_id = submit(client)
        batch_mock.run_until(job_id, "STARTING")
        container, task = described(client, job_id)["container"], task_of(ecs, client, job_id)
        assert task["taskArn"] == container["taskArn"]
        assert task["containerInstanceArn"] == container["containerInstanceArn"]

    def test_overrides(self, batch_mock: BatchMock, client: Any, ecs: Any, cluster: str) -> None:
        """The overrides have those of the submission, the variables of AWS Batch, and the size."""
        register(client, "other", {"environment": [{"name": "A", "value": "1"}], "command": ["a"]})
        overrides = {
            "command": ["b"],
            "environment": [{"name": "B", "value": "2"}],
            "resourceRequirements": requirements(2, 512),
        }
        job_id = submit(client, jobDefinition="other", containerOverrides=overrides)
        batch_mock.run()
        shown = task_of(ecs, client, job_id)["overrides"]
        (container,) = shown["containerOverrides"]
        environment = {item["name"]: item["value"] for item in container["environment"]}
        assert (shown["cpu"], shown["memory"]) == ("2048", "512")
        assert container["command"] == ["b"]
        assert environment == {
            "B": "2",
            "AWS_BATCH_JOB_ID": job_id,
            "AWS_BATCH_JOB_ATTEMPT": "1",
            "AWS_BATCH_CE_NAME": "compute-environment",
            "AWS_BATCH_JQ_NAME": "queue",
        }

    def test_life(self, batch_mock: BatchMock, client: Any, ecs: Any, cluster: str) -> None:
        """A task is PENDING, RUNNING and STOPPED as its job moves, at the same instants."""
        job_id = submit(client)
        found = []
        for status in ("STARTING", "RUNNING", "SUCCEEDED"):
            batch_mock.run_until(job_id, status)
            task = task_of(ecs, client, job_id)
            found.append((task["lastStatus"], task["desiredStatus"]))
        assert found == [("PENDING", "RUNNING"), ("RUNNING", "RUNNING"), ("STOPPED", "STOPPED")]
        job = described(client, job_id)
        assert seconds(task["startedAt"]) == (job["startedAt"] - START_MS) / 1000
        assert seconds(task["stoppedAt"]) == (job["stoppedAt"] - START_MS) / 1000
        assert task["createdAt"] < task["startedAt"] < task["stoppedAt"]

    @pytest.mark.parametrize(
        ("outcome", "code", "reason"),
        [
            (succeed(), "EssentialContainerExited", "Essential container in task exited"),
            (fail(3), "EssentialContainerExited", "Essential container in task exited"),
            (cannot_pull_image(), "TaskFailedToStart", "Task failed to start"),
            (terminate_host(), "TerminationNotice", "Host EC2 (instance "),
        ],
    )
    def test_stop_codes(
        self,
        batch_mock: BatchMock,
        client: Any,
        ecs: Any,
        cluster: str,
        outcome: Any,
        code: str,
        reason: str,
    ) -> None:
        """A stopped task has a stop code, and the reason that its attempt has."""
        batch_mock.script(outcome)
        job_id = submit(client)
        batch_mock.run()
        task = task_of(ecs, client, job_id)
        assert task["stopCode"] == code
        assert task["stoppedReason"].startswith(reason)
        assert task["stoppedReason"] == described(client, job_id)["attempts"][0]["statusReason"]

    def test_exit_code_and_reason(
        self, batch_mock: BatchMock, client: Any, ecs: Any, cluster: str
    ) -> None:
        """A container that ended has its exit code, and its reason if there is one."""
        batch_mock.script("bad", fail(3, reason="OutOfMemoryError: killed"))
        ids = [submit(client, name) for name in ("bad", "good")]
        batch_mock.run()
        found = [task_of(ecs, client, job_id)["containers"][0] for job_id in ids]
        assert [item["exitCode"] for item in found] == [3, 0]
        assert [item.get("reason") for item in found] == ["OutOfMemoryError: killed", None]

    def test_terminated_by_the_user(
        self, batch_mock: BatchMock, client: Any, ecs: Any, cluster: str
    ) -> None:
        """TerminateJob stops the task: first its desired status is STOPPED, then it ends with the reason."""
        batch_mock.script(hang())
        job_id = submit(client)
        batch_mock.run_until(job_id, "RUNNING")
        client.terminate_job(jobId=job_id, reason="enough")
        stopping = task_of(ecs, client, job_id)
        batch_mock.run()
        stopped = task_of(ecs, client, job_id)
        assert (stopping["lastStatus"], stopping["desiredStatus"]) == ("RUNNING", "STOPPED")
        assert (stopped["stopCode"], stopped["stoppedReason"]) == ("UserInitiated", "enough")

    def test_timeout(self, batch_mock: BatchMock, client: Any, ecs: Any, cluster: str) -> None:
        """A task whose time is over was stopped by AWS Batch, not by its container."""
        batch_mock.script(hang())
        job_id = submit(client, timeout={"attemptDurationSeconds": 60})
        batch_mock.run()
        assert task_of(ecs, client, job_id)["stopCode"] == "UserInitiated"

    def test_an_attempt_has_a_task(
        self, batch_mock: BatchMock, client: Any, ecs: Any, cluster: str
    ) -> None:
        """Each attempt of a job runs as a task of its own."""
        batch_mock.script(fail(1), succeed())
        job_id = submit(client, retryStrategy={"attempts": 2})
        batch_mock.run()
        arns = [item["container"]["taskArn"] for item in described(client, job_id)["attempts"]]
        tasks = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"]
        assert [task["containers"][0]["exitCode"] for task in tasks] == [1, 0]

    def test_tags(self, batch_mock: BatchMock, client: Any, ecs: Any, cluster: str) -> None:
        """Tags are shown on request, and include those of the job if they are propagated."""
        job_id = submit(client, tags={"team": "a"}, propagateTags=True)
        batch_mock.run()
        tags = {
            tag["key"]: tag["value"]
            for tag in task_of(ecs, client, job_id, include=["TAGS"])["tags"]
        }
        assert tags["team"] == "a"
        assert tags["aws:batch:job-queue"] == "queue"
        assert task_of(ecs, client, job_id)["tags"] == []

    def test_several_containers(
        self, batch_mock: BatchMock, client: Any, ecs: Any, cluster: str
    ) -> None:
        """A task of several containers shows each with its name, size and end."""
        containers = [
            {"name": name, "image": name, "resourceRequirements": requirements(1, 256)}
            for name in ("main", "side")
        ]
        client.register_job_definition(
            jobDefinitionName="several",
            type="container",
            ecsProperties={"taskProperties": [{"containers": containers}]},
        )
        batch_mock.script(in_containers({"main": fail(4)}))
        job_id = submit(client, jobDefinition="several")
        batch_mock.run()
        task = task_of(ecs, client, job_id)
        found = [(item["name"], item["exitCode"], item["memory"]) for item in task["containers"]]
        assert found == [("main", 4, "256"), ("side", 0, "256")]
        assert (task["cpu"], task["memory"]) == ("2048", "512")

    def test_nodes(self, batch_mock: BatchMock, client: Any, ecs: Any, cluster: str) -> None:
        """Each node of a multi-node job has a task, and the job itself has none."""
        properties = {
            "numNodes": 2,
            "mainNode": 0,
            "nodeRangeProperties": [
                {
                    "targetNodes": "0:1",
                    "container": {
                        "image": "busybox",
                        "resourceRequirements": requirements(1, 128),
                    },
                }
            ],
        }
        client.register_job_definition(
            jobDefinitionName="nodes", type="multinode", nodeProperties=properties
        )
        job_id = submit(client, jobDefinition="nodes")
        batch_mock.run()
        arns = ecs.list_tasks(cluster=cluster, desiredStatus="STOPPED")["taskArns"]
        environments = [
            {item["name"]: item["value"] for item in override["environment"]}
            for task in ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"]
            for override in task["overrides"]["containerOverrides"]
        ]
        assert [item["AWS_BATCH_JOB_ID"] for item in environments] == [f"{job_id}#0", f"{job_id}#1"]


class TestFargate:
    @pytest.fixture(autouse=True)
    def fargate(self, batch_mock: BatchMock, client: Any) -> None:
        """A queue on Fargate Spot."""
        batch_mock.provision(job_queue="other", job_definition="definition", fargate=True)
        create_environment(client, "spot", {**FARGATE, "type": "FARGATE_SPOT"})
        create_queue(client, "queue", ("spot",))

    def test_a_task(self, batch_mock: BatchMock, client: Any, ecs: Any) -> None:
        """A task on Fargate has a platform and a network interface, and no container instance."""
        job_id = submit(client)
        batch_mock.run_until(job_id, "RUNNING")
        task = task_of(ecs, client, job_id)
        interface = described(client, job_id)["container"]["networkInterfaces"][0]
        details = {item["name"]: item["value"] for item in task["attachments"][0]["details"]}
        assert (task["launchType"], task["capacityProviderName"]) == ("FARGATE", "FARGATE_SPOT")
        assert task["platformVersion"] == "1.4.0"
        assert "containerInstanceArn" not in task
        assert task["attachments"][0]["id"] == interface["attachmentId"]
        assert details["privateIPv4Address"] == interface["privateIpv4Address"]

    def test_spot_interruption(self, batch_mock: BatchMock, client: Any, ecs: Any) -> None:
        """A reclaimed task on Fargate Spot has the stop code for it."""
        batch_mock.script(reclaim_spot())
        job_id = submit(client)
        batch_mock.run()
        task = task_of(ecs, client, job_id)
        assert task["stopCode"] == "SpotInterruption"
        assert task["stoppedReason"] == "Your Spot Task was interrupted."


class TestDescribeTasks:
    @pytest.mark.parametrize("of_cluster", ["ARN", "name"])
    @pytest.mark.parametrize("of_task", ["ARN", "id"])
    def test_by_arn_or_short_name(
        self,
        batch_mock: BatchMock,
        client: Any,
        ecs: Any,
        cluster: str,
        of_cluster: str,
        of_task: str,
    ) -> None:
        """Clusters and tasks are found by ARN and by short name."""
        job_id = submit(client)
        batch_mock.run()
        arn = described(client, job_id)["container"]["taskArn"]
        asked = cluster if of_cluster == "ARN" else cluster.rpartition("/")[2]
        task = arn if of_task == "ARN" else arn.rpartition("/")[2]
        assert ecs.describe_tasks(cluster=asked, tasks=[task])["tasks"][0]["taskArn"] == arn

    def test_missing(self, ecs: Any, cluster: str) -> None:
        """An unknown task is a failure with the reason MISSING."""
        reply = ecs.describe_tasks(cluster=cluster, tasks=["0" * 32])
        arn = f"{cluster.replace(':cluster/', ':task/')}/{'0' * 32}"
        assert (reply["tasks"], reply["failures"]) == ([], [{"arn": arn, "reason": "MISSING"}])

    def test_stopped_long_ago(
        self, batch_mock: BatchMock, client: Any, ecs: Any, cluster: str
    ) -> None:
        """A stopped task is shown for one hour."""
        job_id = submit(client)
        batch_mock.run()
        arn = described(client, job_id)["container"]["taskArn"]
        batch_mock.tick(3599)
        assert len(ecs.describe_tasks(cluster=cluster, tasks=[arn])["tasks"]) == 1
        batch_mock.tick(1)
        assert (
            ecs.describe_tasks(cluster=cluster, tasks=[arn])["failures"][0]["reason"] == "MISSING"
        )

    @pytest.mark.parametrize(
        ("tasks", "message"),
        [
            ([], "Tasks cannot be empty."),
            (["a"] * 101, "Tasks can not be more than 100."),
        ],
    )
    def test_refusals(self, ecs: Any, cluster: str, tasks: list[str], message: str) -> None:
        """A request for no task or for too many is refused."""
        with pytest.raises(ecs.exceptions.InvalidParameterException) as caught:
            ecs.describe_tasks(cluster=cluster, tasks=tasks)
        assert caught.value.response["Error"]["Message"] == message

    def test_the_waiter(self, client: Any, cluster: str) -> None:
        """The waiter `tasks_stopped` works under `advance="sleep"`."""
        with mock_batch(region="us-east-1", advance="sleep") as batch_mock:
            batch_mock.provision(job_queue="queue", job_definition="definition")
            batch_mock.script(succeed(after=60))
            job_id = submit(client)
            batch_mock.run_until(job_id, "RUNNING")
            arn = described(client, job_id)["container"]["taskArn"]
            waiter = boto3.client("ecs", region_name="us-east-1").get_waiter("tasks_stopped")
            waiter.wait(cluster=arn.split("/")[1], tasks=[arn])
            assert batch_mock.job(job_id).status == "SUCCEEDED"


class TestListTasks:
    def arns(self, ecs: Any, cluster: str, **members: Any) -> list[str]:
        """Return the ARNs that ListTasks returns."""
        arns: list[str] = ecs.list_tasks(cluster=cluster, **members)["taskArns"]
        return arns

    def test_running_by_default(
        self, batch_mock: BatchMock, client: Any, ecs: Any, cluster: str
    ) -> None:
        """Running and pending tasks are listed, and stopped ones on request."""
        batch_mock.script("long", hang())
        ids = [submit(client, name) for name in ("long", "short")]
        batch_mock.run()
        running, stopped = [described(client, job_id)["container"]["taskArn"] for job_id in ids]
        assert self.arns(ecs, cluster) == [running]
        assert self.arns(ecs, cluster, desiredStatus="STOPPED") == [stopped]
        assert self.arns(ecs, cluster, desiredStatus="PENDING") == []

    def test_filters(self, batch_mock: BatchMock, client: Any, ecs: Any, cluster: str) -> None:
        """Tasks can be listed by family, launch type, container instance and starter."""
        register(client, "other")
        batch_mock.script(hang())
        first, second = submit(client), submit(client, jobDefinition="other")
        batch_mock.run()
        found = [described(client, job_id)["container"] for job_id in (first, second)]
        arns = [item["taskArn"] for item in found]
        instance = found[0]["containerInstanceArn"]
        there = [item["taskArn"] for item in found if item["containerInstanceArn"] == instance]
        assert self.arns(ecs, cluster, family="other") == arns[1:]
        assert self.arns(ecs, cluster, launchType="EC2") == arns
        assert self.arns(ecs, cluster, launchType="FARGATE") == []
        assert self.arns(ecs, cluster, containerInstance=instance) == there
        assert self.arns(ecs, cluster, containerInstance=instance.rpartition("/")[2]) == there
        assert self.arns(ecs, cluster, startedBy="me") == []

    def test_pages(self, batch_mock: BatchMock, client: Any, ecs: Any, cluster: str) -> None:
        """Pages list every task once, though tasks stop in between."""
        batch_mock.script(hang())
        ids = [submit(client) for _ in range(5)]
        batch_mock.run()
        first = ecs.list_tasks(cluster=cluster, maxResults=2)
        client.terminate_job(jobId=ids[0], reason="enough")
        rest = ecs.list_tasks(cluster=cluster, maxResults=100, nextToken=first["nextToken"])
        arns = [described(client, job_id)["container"]["taskArn"] for job_id in ids]
        assert first["taskArns"] + rest["taskArns"] == arns
        assert "nextToken" not in rest

    def test_paginator(self, batch_mock: BatchMock, client: Any, ecs: Any, cluster: str) -> None:
        """The paginator of botocore iterates over all pages."""
        for _ in range(3):
            submit(client)
        batch_mock.run()
        pages = ecs.get_paginator("list_tasks").paginate(
            cluster=cluster, desiredStatus="STOPPED", PaginationConfig={"PageSize": 2}
        )
        assert [len(page["taskArns"]) for page in pages] == [2, 1]

    @pytest.mark.parametrize(
        ("members", "code"),
        [
            ({"nextToken": "x"}, "InvalidParameterException"),
            ({"maxResults": 101}, "InvalidParameterException"),
            ({"serviceName": "web"}, "ServiceNotFoundException"),
        ],
    )
    def test_refusals(self, ecs: Any, cluster: str, members: dict[str, Any], code: str) -> None:
        """A bad token, a page that is too large and an unknown service are refused."""
        with pytest.raises(ClientError) as caught:
            ecs.list_tasks(cluster=cluster, **members)
        assert caught.value.response["Error"]["Code"] == code
