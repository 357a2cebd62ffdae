"""Jobs of several containers on ECS (`ecsProperties`): descriptions, overrides and runs."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from batchmock import (
    BatchMock,
    BatchMockError,
    CallContext,
    call,
    cannot_pull_image,
    fail,
    hang,
    in_containers,
    succeed,
    terminate_host,
)
from batchmock.operations.job_definitions.ecs_tasks import EcsContents
from batchmock.simulation.jobs.job import Container

from ...builders import needs_todays_model
from ..resource_requests import (
    EC2,
    FARGATE,
    MANAGED_INSTANCES,
    create_environment,
    create_queue,
    environment,
)

START_MS = 1767323045000
ROLE = "arn:aws:iam::123456789012:role/execution"
LISTS: dict[str, Any] = {
    "command": [],
    "dependsOn": [],
    "environment": [],
    "mountPoints": [],
    "secrets": [],
    "ulimits": [],
}


def needs(vcpus: str = "1", memory: str = "512") -> list[dict[str, str]]:
    """Return resource requirements as the service describes them."""
    return [{"value": vcpus, "type": "VCPU"}, {"value": memory, "type": "MEMORY"}]


def container(name: str | None = "app", **members: Any) -> dict[str, Any]:
    """Return the smallest container of a task."""
    named = {} if name is None else {"name": name}
    return {**named, "image": "busybox", "resourceRequirements": needs(), **members}


def shown(name: str | None = "app", **members: Any) -> dict[str, Any]:
    """Return the container as a job definition describes it."""
    return {**LISTS, **container(name), "essential": True, **members}


APP_AND_SIDE = (container(), container("side", essential=False))


def register(client: Any, *containers: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Register a job definition of these containers and return its described task."""
    task = members.pop("task", {})
    client.register_job_definition(
        jobDefinitionName="definition",
        type="container",
        ecsProperties={"taskProperties": [{"containers": list(containers), **task}]},
        **members,
    )
    reply = client.describe_job_definitions(jobDefinitionName="definition")
    newest = max(reply["jobDefinitions"], key=lambda item: int(item["revision"]))
    (shown_task,) = newest["ecsProperties"]["taskProperties"]
    found: dict[str, Any] = shown_task
    return found


def register_nodes(client: Any) -> None:
    """Register a job definition of two nodes that run a task of two containers each."""
    tasks = {"taskProperties": [{"containers": list(APP_AND_SIDE)}]}
    ranges = [{"targetNodes": "0:", "ecsProperties": tasks}]
    client.register_job_definition(
        jobDefinitionName="definition",
        type="multinode",
        nodeProperties={"numNodes": 2, "mainNode": 0, "nodeRangeProperties": ranges},
    )


@pytest.fixture(autouse=True)
def _queue(client: Any) -> None:
    """Create a queue named `queue` on EC2."""
    create_environment(client, resources=EC2)
    create_queue(client)


def fargate_queue(client: Any) -> None:
    """Create a queue named `fargate`."""
    create_environment(client, "fargate-ce", FARGATE)
    create_queue(client, "fargate", ("fargate-ce",))


def submit(client: Any, *overrides: dict[str, Any], **members: Any) -> str:
    """Submit a job of the definition with these container overrides and return its id."""
    if overrides:
        members["ecsPropertiesOverride"] = {"taskProperties": [{"containers": list(overrides)}]}
    reply = client.submit_job(
        **{"jobName": "job", "jobQueue": "queue", "jobDefinition": "definition"} | members
    )
    job_id: str = reply["jobId"]
    return job_id


def describe(client: Any, job_id: str) -> dict[str, Any]:
    """Describe one job."""
    (job,) = client.describe_jobs(jobs=[job_id])["jobs"]
    detail: dict[str, Any] = job
    return detail


def task_of(client: Any, job_id: str) -> dict[str, Any]:
    """Return the task of a job."""
    (task,) = describe(client, job_id)["ecsProperties"]["taskProperties"]
    found: dict[str, Any] = task
    return found


def containers_of(client: Any, job_id: str) -> list[dict[str, Any]]:
    """Return the containers of a job."""
    found: list[dict[str, Any]] = task_of(client, job_id)["containers"]
    return found


def ends(client: Any, job_id: str) -> list[list[tuple[Any, Any, Any]]]:
    """Return name, exit code and reason of each container, by attempt."""
    return [
        [
            (item.get("name"), item.get("exitCode"), item.get("reason"))
            for item in attempt["taskProperties"][0]["containers"]
        ]
        for attempt in describe(client, job_id)["attempts"]
    ]


def refusal(client: Any, *overrides: dict[str, Any], **members: Any) -> str:
    """Return the message of a refused SubmitJob."""
    with pytest.raises(ClientError) as caught:
        submit(client, *overrides, **members)
    message: str = caught.value.response["Error"]["Message"]
    return message.partition(", RequestId: ")[0]


class TestDefinitions:
    def test_are_shown_with_what_the_service_fills_in(self, client: Any) -> None:
        """Omitted lists are empty, and a container is essential by default."""
        assert register(client, *APP_AND_SIDE) == {
            "containers": [shown(), shown("side", essential=False)],
            "volumes": [],
        }

    def test_are_shown_with_what_was_given(self, client: Any) -> None:
        """Members of the request are described as sent."""
        given = container(
            command=["sleep", "1"],
            environment=[{"name": "A", "value": "1"}],
            user="nobody",
            stopTimeout=10,
        )
        task = {"taskRoleArn": ROLE, "volumes": [{"name": "v", "host": {"sourcePath": "/v"}}]}
        assert register(client, given, task=task) == {
            "containers": [{**shown(), **given}],
            **task,
        }

    def test_lose_variables_without_a_value(self, client: Any) -> None:
        """As in containerProperties, an environment variable without a value is dropped."""
        variables = [{"name": "A", "value": ""}, {"name": "B", "value": "1"}]
        task = register(client, container(environment=variables))
        assert task["containers"] == [shown(environment=[{"name": "B", "value": "1"}])]

    def test_on_fargate_have_a_platform_version(self, client: Any) -> None:
        """On Fargate, the task has the latest platform version by default."""
        task = register(
            client,
            container(resourceRequirements=needs("1", "2048")),
            task={"executionRoleArn": ROLE},
            platformCapabilities=["FARGATE"],
        )
        assert task == {
            "containers": [shown(resourceRequirements=needs("1", "2048"))],
            "executionRoleArn": ROLE,
            "platformVersion": "LATEST",
            "volumes": [],
        }

    @needs_todays_model
    def test_on_managed_instances_use_the_network_of_the_host(self, client: Any) -> None:
        """On managed instances the network mode is always `host`."""
        task = register(client, container(), platformCapabilities=["MANAGED_INSTANCES"])
        assert task == {"containers": [shown()], "volumes": [], "networkMode": "host"}

    def test_give_the_size_of_the_job(self) -> None:
        """The job is as large as its containers together, and its container is the first essential one."""
        contents = EcsContents.registered(
            {
                "taskProperties": [
                    {
                        "containers": [
                            container("side", essential=False, image="side"),
                            container(
                                resourceRequirements=[
                                    *needs("2", "1000"),
                                    {"type": "GPU", "value": "1"},
                                ]
                            ),
                        ]
                    }
                ]
            },
            "definition",
            "EC2",
        )
        assert contents.runs().container == Container("busybox", vcpus=3.0, memory_mib=1512, gpus=1)

    def test_name_the_containers_that_have_no_name(self, client: Any, batch_mock: Any) -> None:
        """Log streams number containers without a name, and the only one is `default`."""
        register(client, container(None))
        alone = submit(client)
        register(client, container(), container(None))
        second = submit(client)
        batch_mock.run()
        streams = [
            [item["logStreamName"].split("/")[1] for item in containers_of(client, job_id)]
            for job_id in (alone, second)
        ]
        assert streams == [["default"], ["app", "default-2"]]
        assert ["name" in item for item in containers_of(client, second)] == [True, False]


class TestStages:
    def test_before_it_is_placed_a_job_shows_its_definition(
        self, client: Any, batch_mock: BatchMock
    ) -> None:
        """Up to RUNNABLE, a job shows no task members, and it never has a `container`."""
        register(client, *APP_AND_SIDE)
        job_id = submit(client)
        batch_mock.run_until(job_id, "RUNNABLE")
        detail = describe(client, job_id)
        assert detail["ecsProperties"] == {
            "taskProperties": [
                {
                    "containers": [
                        shown(networkInterfaces=[]),
                        shown("side", essential=False, networkInterfaces=[]),
                    ],
                    "volumes": [],
                }
            ]
        }
        assert detail["container"] == {}

    @pytest.mark.parametrize("status", ["STARTING", "RUNNING"])
    def test_from_starting_on_a_job_shows_its_task(
        self, client: Any, batch_mock: BatchMock, status: str
    ) -> None:
        """The task has its ARNs, and each container its own log stream."""
        register(client, *APP_AND_SIDE)
        job_id = submit(client)
        batch_mock.run_until(job_id, status)
        task = task_of(client, job_id)
        cluster = environment(client)["ecsClusterArn"].rpartition("/")[2]
        task_id = task["taskArn"].rpartition("/")[2]
        instance_id = task["containerInstanceArn"].rpartition("/")[2]
        ecs = "arn:aws:ecs:us-east-1:123456789012:"
        assert task == {
            "containers": [
                shown(networkInterfaces=[], logStreamName=f"definition/app/{task_id}"),
                shown(
                    "side",
                    essential=False,
                    networkInterfaces=[],
                    logStreamName=f"definition/side/{task_id}",
                ),
            ],
            "volumes": [],
            "containerInstanceArn": f"{ecs}container-instance/{cluster}/{instance_id}",
            "taskArn": f"{ecs}task/{cluster}/{task_id}",
        }

    def test_an_ended_job_shows_how_each_container_ended(
        self, client: Any, batch_mock: BatchMock
    ) -> None:
        """Exit codes are in the containers and in the attempt, which has the task's ARNs too."""
        register(client, *APP_AND_SIDE)
        batch_mock.script("job", in_containers({"app": fail(3), "side": fail(4, reason="why")}))
        job_id = submit(client)
        batch_mock.run()
        detail = describe(client, job_id)
        (task,) = detail["ecsProperties"]["taskProperties"]
        app, side = task["containers"]
        assert detail["attempts"] == [
            {
                "taskProperties": [
                    {
                        "taskArn": task["taskArn"],
                        "containerInstanceArn": task["containerInstanceArn"],
                        "containers": [
                            {
                                "name": "app",
                                "exitCode": 3,
                                "logStreamName": app["logStreamName"],
                                "networkInterfaces": [],
                            },
                            {
                                "name": "side",
                                "exitCode": 4,
                                "reason": "why",
                                "logStreamName": side["logStreamName"],
                                "networkInterfaces": [],
                            },
                        ],
                    }
                ],
                "startedAt": START_MS + 3000,
                "stoppedAt": START_MS + 4000,
                "statusReason": "Essential container in task exited",
            }
        ]
        assert [(item.get("exitCode"), item.get("reason")) for item in (app, side)] == [
            (3, None),
            (4, "why"),
        ]

    def test_on_fargate_containers_share_a_network_interface(
        self, client: Any, batch_mock: BatchMock
    ) -> None:
        """A task on Fargate has a network interface and no container instance."""
        fargate_queue(client)
        register(
            client,
            container(resourceRequirements=needs("0.25", "512")),
            container("side", resourceRequirements=needs("0.25", "512")),
            task={"executionRoleArn": ROLE},
            platformCapabilities=["FARGATE"],
        )
        job_id = submit(client, jobQueue="fargate")
        batch_mock.run_until(job_id, "STARTING")
        task = task_of(client, job_id)
        app, side = (item["networkInterfaces"] for item in task["containers"])
        assert [sorted(item) for item in app] == [["attachmentId", "privateIpv4Address"]]
        assert side == app
        assert "containerInstanceArn" not in task

    def test_a_container_may_have_a_prefix_of_its_own_for_its_log(
        self, client: Any, batch_mock: BatchMock
    ) -> None:
        """The awslogs prefix of a container replaces the name of the job definition."""
        log = {"logDriver": "awslogs", "options": {"awslogs-stream-prefix": "own"}}
        register(client, container(logConfiguration=log), container("side"))
        job_id = submit(client)
        batch_mock.run_until(job_id, "STARTING")
        streams = [item["logStreamName"] for item in containers_of(client, job_id)]
        task_id = task_of(client, job_id)["taskArn"].rpartition("/")[2]
        assert streams == [f"own/app/{task_id}", f"definition/side/{task_id}"]

    def test_a_reply_is_the_callers_own(self, client: Any, batch_mock: BatchMock) -> None:
        """Changing a reply changes nothing in the mock."""
        register(client, *APP_AND_SIDE)
        job_id = submit(client)
        batch_mock.run()
        for path in ("ecsProperties", "attempts"):
            detail = describe(client, job_id)
            part = detail[path]
            task = part if path == "ecsProperties" else part[0]
            task["taskProperties"][0]["containers"][0].clear()
        again = describe(client, job_id)
        assert again["ecsProperties"]["taskProperties"][0]["containers"][0]["name"] == "app"
        assert again["attempts"][0]["taskProperties"][0]["containers"][0]["name"] == "app"

    def test_children_of_an_array_have_tasks_of_their_own(
        self, client: Any, batch_mock: BatchMock
    ) -> None:
        """Each child of an array job runs the containers as a task."""
        register(client, *APP_AND_SIDE)
        batch_mock.script("job", fail(3), array_index=1)
        job_id = submit(client, arrayProperties={"size": 2})
        batch_mock.run()
        assert [ends(client, f"{job_id}:{index}") for index in range(2)] == [
            [[("app", 0, None), ("side", 0, None)]],
            [[("app", 3, None), ("side", 0, None)]],
        ]


class TestOverrides:
    def test_are_laid_over_the_container_that_they_name(self, client: Any) -> None:
        """A command is replaced, variables merged by name, requirements replaced by type."""
        variables = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
        register(client, container(), container("side", command=["old"], environment=variables))
        job_id = submit(
            client,
            {
                "name": "side",
                "command": ["new"],
                "environment": [{"name": "B", "value": "3"}, {"name": "C", "value": "4"}],
                "resourceRequirements": [{"type": "MEMORY", "value": "1024"}],
            },
        )
        assert containers_of(client, job_id) == [
            shown(networkInterfaces=[]),
            shown(
                "side",
                command=["new"],
                environment=[
                    {"name": "A", "value": "1"},
                    {"name": "B", "value": "3"},
                    {"name": "C", "value": "4"},
                ],
                resourceRequirements=needs("1", "1024"),
                networkInterfaces=[],
            ),
        ]

    def test_leave_the_definition_as_it_is(self, client: Any) -> None:
        """Another job of the definition runs without the overrides."""
        register(client, container(command=["old"]))
        submit(client, {"name": "app", "command": ["new"]})
        assert containers_of(client, submit(client))[0]["command"] == ["old"]

    @pytest.mark.parametrize("containers", [APP_AND_SIDE, (container(None),)])
    def test_of_a_container_that_there_is_not_are_refused(
        self, client: Any, containers: tuple[dict[str, Any], ...]
    ) -> None:
        """An override must name a container of the definition."""
        register(client, *containers)
        assert refusal(client, {"name": "default", "command": ["new"]}) == (
            "Container default in ecsPropertiesOverride is not in the job definition."
        )

    @pytest.mark.parametrize(
        ("requirement", "text"),
        [
            ({"type": "VCPU", "value": "0"}, "vCPU must be at least 1, got 0."),
            ({"type": "MEMORY", "value": "1"}, "Memory must be at least 4 Mib, got 1 Mib."),
            (
                {"type": "VCPU", "value": "x"},
                "Value x for type VCPU in resourceRequirement is not valid. "
                "Please provide a numeric value.",
            ),
        ],
    )
    def test_must_ask_for_enough(self, client: Any, requirement: dict[str, str], text: str) -> None:
        """The resources of a container after overrides must satisfy the rules for definitions."""
        register(client, *APP_AND_SIDE)
        override = {"name": "side", "resourceRequirements": [requirement]}
        assert refusal(client, override) == f"Error executing request, Exception : {text}"

    def test_on_fargate_must_add_up_to_a_pair_on_offer(self, client: Any) -> None:
        """The sum of all containers, and not each one, must be a pair that Fargate offers."""
        fargate_queue(client)
        register(
            client,
            container(resourceRequirements=needs("0.25", "512")),
            container("side", resourceRequirements=needs("0.25", "512")),
            task={"executionRoleArn": ROLE},
            platformCapabilities=["FARGATE"],
        )
        larger = {"name": "side", "resourceRequirements": needs("0.75", "1536")}
        assert submit(client, larger, jobQueue="fargate")
        odd = {"name": "side", "resourceRequirements": needs("1", "1536")}
        assert refusal(client, odd, jobQueue="fargate") == (
            "Error executing request, Exception : "
            "Fargate resource requirements (1.25 vCPU, 2048 MiB) not valid."
        )

    def test_of_another_kind_of_job_are_refused(self, client: Any) -> None:
        """A job of several containers refuses containerOverrides."""
        register(client, *APP_AND_SIDE)
        assert refusal(client, containerOverrides={"command": ["new"]}) == (
            "Container overrides should not be set for ecsProperties jobs."
        )


class TestParameters:
    def test_are_put_into_the_commands_of_all_containers(self, client: Any) -> None:
        """`Ref::name` is replaced in every command, including an overridden one."""
        register(
            client,
            container(command=["echo", "Ref::a"]),
            container("side", command=["echo"]),
            parameters={"a": "1"},
        )
        override = {"name": "side", "command": ["Ref::b"]}
        job_id = submit(client, override, parameters={"b": "2"})
        assert [item["command"] for item in containers_of(client, job_id)] == [
            ["echo", "1"],
            ["2"],
        ]

    def test_that_are_missing_are_refused(self, client: Any) -> None:
        """A `Ref::` without a parameter is refused."""
        register(client, container(), container("side", command=["Ref::b"]))
        assert refusal(client) == ("Unable to substitute value. No parameter found for reference b")


class TestRuns:
    @pytest.mark.parametrize(
        ("outcomes", "status", "ended"),
        [
            ({"app": succeed()}, "SUCCEEDED", [("app", 0, None), ("side", 0, None)]),
            ({"app": fail(3)}, "FAILED", [("app", 3, None), ("side", 0, None)]),
            (
                {"side": fail(4, after=0.5)},
                "SUCCEEDED",
                [("app", 0, None), ("side", 4, None)],
            ),
            ({"side": hang()}, "SUCCEEDED", [("app", 0, None), ("side", 137, None)]),
        ],
    )
    def test_the_essential_container_decides(
        self,
        client: Any,
        batch_mock: BatchMock,
        outcomes: dict[str, Any],
        status: str,
        ended: list[tuple[str, int | None, str | None]],
    ) -> None:
        """When the essential container ends, the others are stopped, and their results do not matter."""
        register(client, *APP_AND_SIDE)
        batch_mock.script("job", in_containers(outcomes))
        job_id = submit(client)
        batch_mock.run()
        assert describe(client, job_id)["status"] == status
        assert ends(client, job_id) == [ended]

    def test_a_plain_outcome_is_that_of_the_first_essential_container(
        self, client: Any, batch_mock: BatchMock
    ) -> None:
        """A script without container names applies to the job."""
        register(client, container("side", essential=False), container())
        batch_mock.script("job", fail(3))
        job_id = submit(client)
        batch_mock.run()
        assert ends(client, job_id) == [[("side", 0, None), ("app", 3, None)]]

    @pytest.mark.parametrize(
        ("condition", "setup", "ended", "stopped_ms"),
        [
            ("START", fail(4, after=0.2), [("app", 0, None), ("setup", 4, None)], 4000),
            ("COMPLETE", fail(4, after=0.2), [("app", 0, None), ("setup", 4, None)], 4200),
            ("SUCCESS", succeed(after=0.2), [("app", 0, None), ("setup", 0, None)], 4200),
            (
                "SUCCESS",
                fail(4, after=0.2),
                [
                    (
                        "app",
                        143,
                        "CannotStartContainerError: dependency graph: failed to resolve container "
                        "ordering dependency [setup] for target [app] as dependency did not exit "
                        "successfully.",
                    ),
                    ("setup", 4, None),
                ],
                3200,
            ),
        ],
    )
    def test_containers_wait_for_each_other(
        self,
        client: Any,
        batch_mock: BatchMock,
        condition: str,
        setup: Any,
        ended: list[tuple[str, int | None, str | None]],
        stopped_ms: int,
    ) -> None:
        """A dependency is met by a start, an end, or an end with 0, or it never is."""
        register(
            client,
            container(dependsOn=[{"containerName": "setup", "condition": condition}]),
            container("setup", essential=False),
        )
        batch_mock.script("job", in_containers({"setup": setup}))
        job_id = submit(client)
        batch_mock.run()
        assert ends(client, job_id) == [ended]
        assert describe(client, job_id)["stoppedAt"] == START_MS + stopped_ms

    @pytest.mark.parametrize(
        ("setup", "exit_code", "stopped_ms"),
        [
            (succeed(after=30), 0, 34_000),
            (succeed(after=30.1), 143, 33_000),
            (hang(), 143, 33_000),
        ],
    )
    def test_a_container_gives_up_on_one_that_lasts_longer_than_its_start_timeout(
        self, client: Any, batch_mock: BatchMock, setup: Any, exit_code: int, stopped_ms: int
    ) -> None:
        """`startTimeout` limits how long other containers wait for the container that sets it."""
        register(
            client,
            container(dependsOn=[{"containerName": "setup", "condition": "COMPLETE"}]),
            container("setup", essential=False, startTimeout=30),
        )
        batch_mock.script("job", in_containers({"setup": setup}))
        job_id = submit(client)
        batch_mock.run()
        (app, _) = ends(client, job_id)[0]
        assert app[1] == exit_code
        assert app[2] == (
            "CannotStartContainerError: dependency graph: container ordering dependency [setup] for "
            "target [app] has timed out."
            if exit_code
            else None
        )
        assert describe(client, job_id)["stoppedAt"] == START_MS + stopped_ms

    def test_each_attempt_is_a_task_of_its_own(self, client: Any, batch_mock: BatchMock) -> None:
        """A retried job shows how the containers of every attempt ended."""
        register(client, *APP_AND_SIDE, retryStrategy={"attempts": 2})
        batch_mock.script("job", in_containers({"app": fail(3), "side": fail(4)}), succeed())
        job_id = submit(client)
        batch_mock.run()
        attempts = describe(client, job_id)["attempts"]
        assert ends(client, job_id) == [
            [("app", 3, None), ("side", 4, None)],
            [("app", 0, None), ("side", 0, None)],
        ]
        assert len({item["taskProperties"][0]["taskArn"] for item in attempts}) == 2

    def test_a_rule_sees_the_exit_code_of_the_container_that_decides(
        self, client: Any, batch_mock: BatchMock
    ) -> None:
        """`evaluateOnExit` is evaluated against the container that ended the task."""
        rules = [{"onExitCode": "3", "action": "EXIT"}]
        register(client, *APP_AND_SIDE, retryStrategy={"attempts": 3, "evaluateOnExit": rules})
        batch_mock.script("job", fail(1), fail(3))
        job_id = submit(client)
        batch_mock.run()
        assert ends(client, job_id) == [
            [("app", 1, None), ("side", 0, None)],
            [("app", 3, None), ("side", 0, None)],
        ]

    def test_a_task_that_cannot_start(self, client: Any, batch_mock: BatchMock) -> None:
        """The first essential container has the reason, and none has an exit code."""
        register(client, container("side", essential=False, image="side"), container())
        batch_mock.script("job", cannot_pull_image())
        job_id = submit(client)
        batch_mock.run()
        assert ends(client, job_id) == [
            [
                ("side", None, None),
                (
                    "app",
                    None,
                    "CannotPullContainerError: Error response from daemon: manifest for busybox not "
                    "found: manifest unknown: Requested image not found",
                ),
            ]
        ]

    def test_a_task_whose_host_is_lost(self, client: Any, batch_mock: BatchMock) -> None:
        """Running containers have no exit code, and one that had ended has its own."""
        register(client, *APP_AND_SIDE, container("proxy"))
        batch_mock.script(
            "job",
            in_containers(
                {"app": call(lambda _: terminate_host(after=1)), "side": fail(4, after=0.5)}
            ),
        )
        job_id = submit(client)
        batch_mock.run()
        assert ends(client, job_id) == [
            [("app", None, None), ("side", 4, None), ("proxy", None, None)]
        ]
        assert describe(client, job_id)["statusReason"].startswith("Host EC2 (instance i-")

    def test_a_task_that_is_terminated(self, client: Any, batch_mock: BatchMock) -> None:
        """Running containers answer SIGTERM, and one that had ended keeps its exit code."""
        register(client, *APP_AND_SIDE, container("proxy"))
        batch_mock.script(
            "job", in_containers({"app": hang(on_sigterm=9), "side": fail(4, after=0.5)})
        )
        job_id = submit(client)
        batch_mock.run_until(job_id, "RUNNING")
        batch_mock.tick(1)
        client.terminate_job(jobId=job_id, reason="enough")
        batch_mock.run()
        assert ends(client, job_id) == [[("app", 9, None), ("side", 4, None), ("proxy", 0, None)]]
        assert describe(client, job_id)["statusReason"] == "enough"

    def test_a_task_that_times_out(self, client: Any, batch_mock: BatchMock) -> None:
        """At the limit, the running containers are stopped."""
        register(client, *APP_AND_SIDE, timeout={"attemptDurationSeconds": 60})
        batch_mock.script("job", in_containers({"side": fail(4), "app": hang()}))
        job_id = submit(client)
        batch_mock.run()
        assert ends(client, job_id) == [[("app", 137, None), ("side", 4, None)]]
        assert describe(client, job_id)["statusReason"] == "Job attempt duration exceeded timeout"

    def test_a_function_stands_for_one_container(self, client: Any, batch_mock: BatchMock) -> None:
        """A function gets the command and environment of its own container."""
        seen = []

        def side(context: CallContext) -> int:
            seen.append((context.command, context.environment["A"]))
            return 4

        register(
            client,
            container(command=["app"]),
            container(
                "side",
                essential=False,
                command=["side"],
                environment=[{"name": "A", "value": "1"}],
            ),
        )
        batch_mock.script("job", in_containers({"side": call(side, after=0.5)}))
        job_id = submit(client)
        batch_mock.run()
        assert seen == [(["side"], "1")]
        assert ends(client, job_id) == [[("app", 0, None), ("side", 4, None)]]

    def test_a_function_that_takes_the_test_down_does_not_leave_the_job_behind(
        self, client: Any, batch_mock: BatchMock
    ) -> None:
        """After a KeyboardInterrupt in a function, the attempt ends by itself."""

        def interrupted(context: CallContext) -> None:
            raise KeyboardInterrupt

        register(client, *APP_AND_SIDE)
        batch_mock.script("job", in_containers({"app": call(interrupted, after=2)}))
        job_id = submit(client)
        with pytest.raises(KeyboardInterrupt):
            batch_mock.run()
        batch_mock.run()
        assert ends(client, job_id) == [[("app", 0, None), ("side", 0, None)]]
        assert describe(client, job_id)["stoppedAt"] == START_MS + 5000

    def test_a_call_says_how_its_container_answers_sigterm(
        self, client: Any, batch_mock: BatchMock
    ) -> None:
        """The `on_sigterm` of `call` applies unless the function returns an outcome with its own."""
        register(client, *APP_AND_SIDE, container("proxy"))
        batch_mock.script(
            "job",
            in_containers(
                {
                    "app": call(lambda _: None, after=60, on_sigterm=9),
                    "proxy": call(lambda _: hang(on_sigterm=8), on_sigterm=9),
                }
            ),
        )
        job_id = submit(client)
        batch_mock.run_until(job_id, "RUNNING")
        client.terminate_job(jobId=job_id, reason="enough")
        batch_mock.run()
        assert ends(client, job_id) == [[("app", 9, None), ("side", 0, None), ("proxy", 8, None)]]

    def test_an_outcome_by_names_in_a_job_of_one_container(
        self, client: Any, batch_mock: BatchMock
    ) -> None:
        """The only container of `containerProperties` is called `default`."""
        client.register_job_definition(
            jobDefinitionName="definition",
            type="container",
            containerProperties={"image": "busybox", "resourceRequirements": needs()},
        )
        batch_mock.script("job", in_containers({"default": fail(3)}))
        job_id = submit(client)
        batch_mock.run()
        assert describe(client, job_id)["container"]["exitCode"] == 3

    @pytest.mark.parametrize("kind", ["task", "only container"])
    def test_a_name_that_no_container_has(
        self, client: Any, batch_mock: BatchMock, kind: str
    ) -> None:
        """The mismatch is reported once, when the attempt runs, and the job continues as unscripted."""
        there = "'app', 'side'" if kind == "task" else "'default'"
        if kind == "task":
            register(client, container("app"), container("side"))
        else:
            client.register_job_definition(
                jobDefinitionName="definition",
                type="container",
                containerProperties={"image": "busybox", "resourceRequirements": needs()},
            )
        batch_mock.script("job", in_containers({"ap": fail(3), "sid": fail(4)}))
        job_id = submit(client, arrayProperties={"size": 2})
        with pytest.raises(BatchMockError) as caught:
            batch_mock.run()
        assert str(caught.value) == (
            "batchmock: job 'job' was scripted with in_containers(ap, sid), and has no container 'ap', "
            f"'sid'; the job runs as if nothing were scripted. Its containers are {there}."
        )
        batch_mock.run()
        assert batch_mock.job(job_id).status == "SUCCEEDED"

    def test_the_containers_of_a_node_share_its_network_interface(
        self, client: Any, batch_mock: BatchMock
    ) -> None:
        """Each node of a multi-node job is a task with its own network interface."""
        register_nodes(client)
        job_id = submit(client)
        batch_mock.run_until(job_id, "RUNNING")
        first, second, third, fourth = (
            item["networkInterfaces"]
            for index in range(2)
            for item in containers_of(client, f"{job_id}#{index}")
        )
        assert len(first) == 1
        assert (first, third) == (second, fourth)
        assert first != third

    def test_the_containers_of_a_node_end_on_their_own(
        self, client: Any, batch_mock: BatchMock
    ) -> None:
        """A script for one node applies to the task of that node."""
        register_nodes(client)
        batch_mock.script("job", succeed(after=60), node_index=0)
        batch_mock.script("job", in_containers({"app": fail(3), "side": fail(4)}), node_index=1)
        job_id = submit(client)
        batch_mock.run()
        assert [ends(client, f"{job_id}#{index}") for index in range(2)] == [
            [[("app", 0, None), ("side", 0, None)]],
            [[("app", 3, None), ("side", 4, None)]],
        ]

    def test_on_managed_instances(self, client: Any, batch_mock: BatchMock) -> None:
        """A task on managed instances runs like any other."""
        create_environment(client, "managed", MANAGED_INSTANCES)
        create_queue(client, "managed-queue", ("managed",), jobQueueType="ECS_MANAGED_INSTANCES")
        register(client, *APP_AND_SIDE, platformCapabilities=["MANAGED_INSTANCES"])
        job_id = submit(client, jobQueue="managed-queue")
        batch_mock.run()
        assert ends(client, job_id) == [[("app", 0, None), ("side", 0, None)]]
