"""Jobs on Amazon EKS (`eksProperties`): descriptions, overrides and runs as pods."""

from __future__ import annotations

import re
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from batchmock import (
    BatchMock,
    CallContext,
    Outcome,
    call,
    cannot_create_container,
    cannot_initialize_resources,
    cannot_pull_image,
    cannot_start,
    docker_timeout,
    fail,
    hang,
    in_containers,
    out_of_memory,
    succeed,
    terminate_host,
)
from batchmock.operations.job_definitions.eks_pods import EksContents
from batchmock.simulation.jobs.job import Container

from ...builders import needs_todays_model
from ..resource_requests import (
    EC2,
    EKS,
    create_environment,
    create_queue,
    disable_environment,
    disable_queue,
)

START_MS = 1767323045000
LISTS: dict[str, Any] = {"command": [], "args": [], "env": [], "volumeMounts": []}
SIZE = {"limits": {"cpu": "1", "memory": "1024Mi"}}
POD_NAME = re.compile(
    r"aws-batch\.[0-9a-f]{8}-[0-9a-f]{4}-3[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
)


def container(name: str | None = None, **members: Any) -> dict[str, Any]:
    """Return the smallest container of a pod."""
    named = {} if name is None else {"name": name}
    return {**named, "image": "busybox", "resources": SIZE, **members}


def shown(name: str | None = None, **members: Any) -> dict[str, Any]:
    """Return the container as a job definition describes it."""
    return {**LISTS, **container(name), **members}


def register(client: Any, *containers: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Register a job definition of these containers and return its described pod."""
    pod = {"containers": list(containers), **members.pop("pod", {})}
    client.register_job_definition(
        jobDefinitionName="definition",
        type="container",
        eksProperties={"podProperties": pod},
        **members,
    )
    reply = client.describe_job_definitions(jobDefinitionName="definition")
    newest = max(reply["jobDefinitions"], key=lambda item: int(item["revision"]))
    found: dict[str, Any] = newest["eksProperties"]["podProperties"]
    return found


def make_queue(client: Any) -> None:
    """Create a queue named `queue` on EKS."""
    resources = {**EC2, "allocationStrategy": "BEST_FIT_PROGRESSIVE"}
    create_environment(client, "ce", resources, eksConfiguration=EKS)
    create_queue(client)


@pytest.fixture(autouse=True)
def _queue(client: Any) -> None:
    make_queue(client)


def submit(client: Any, *overrides: dict[str, Any], **members: Any) -> str:
    """Submit a job of the definition with these container overrides and return its id."""
    pod = members.pop("pod", {})
    if overrides:
        pod = {"containers": list(overrides), **pod}
    if pod:
        members["eksPropertiesOverride"] = {"podProperties": pod}
    reply = client.submit_job(
        jobName="job", jobQueue="queue", jobDefinition="definition", **members
    )
    job_id: str = reply["jobId"]
    return job_id


def describe(client: Any, job_id: str) -> dict[str, Any]:
    """Describe one job."""
    (job,) = client.describe_jobs(jobs=[job_id])["jobs"]
    detail: dict[str, Any] = job
    return detail


def pod_of(client: Any, job_id: str) -> dict[str, Any]:
    """Return the pod of a job."""
    found: dict[str, Any] = describe(client, job_id)["eksProperties"]["podProperties"]
    return found


def ended(client: Any, job_id: str, kind: str = "containers") -> list[list[tuple[Any, Any, Any]]]:
    """Return name, exit code and reason of each container, by attempt."""
    return [
        [(item.get("name"), item.get("exitCode"), item.get("reason")) for item in attempt[kind]]
        for attempt in describe(client, job_id)["eksAttempts"]
    ]


def refusal(client: Any, *overrides: dict[str, Any], **members: Any) -> str:
    """Return the message of a refused SubmitJob."""
    with pytest.raises(ClientError) as caught:
        submit(client, *overrides, **members)
    message: str = caught.value.response["Error"]["Message"]
    return message.partition(", RequestId: ")[0]


class TestDefinitions:
    def test_are_shown_with_what_the_service_fills_in(self, client: Any) -> None:
        """Omitted lists are empty, and neither a name nor requests are filled in."""
        assert register(client, container()) == {"containers": [shown()], "volumes": []}

    def test_are_shown_with_what_was_given(self, client: Any) -> None:
        """Members of the request are described as sent."""
        given = container(
            "app",
            imagePullPolicy="Always",
            command=["sleep"],
            args=["1"],
            env=[{"name": "A", "value": "1"}],
            volumeMounts=[{"name": "v", "mountPath": "/v"}],
        )
        pod = {
            "hostNetwork": True,
            "dnsPolicy": "Default",
            "initContainers": [container("init")],
            "volumes": [{"name": "v", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}}],
            "metadata": {"labels": {"a": "1"}},
        }
        assert register(client, given, pod=pod) == {
            **pod,
            "containers": [given],
            "initContainers": [shown("init")],
        }

    def test_give_the_size_of_the_job(self) -> None:
        """The job is as large as its containers together, and requests take precedence over limits."""
        contents = EksContents.registered(
            {
                "podProperties": {
                    "containers": [
                        container(
                            "app",
                            command=["sleep"],
                            args=["1"],
                            env=[{"name": "A", "value": "1"}, {"name": "B"}],
                            resources={
                                "limits": {"cpu": "2", "memory": "512Mi", "nvidia.com/gpu": "1"},
                                "requests": {"cpu": "0.25"},
                            },
                        ),
                        container("side"),
                    ]
                }
            },
            "definition",
        )
        assert contents.runs().container == Container(
            "busybox",
            command=("sleep", "1"),
            environment={"A": "1", "B": ""},
            vcpus=1.25,
            memory_mib=1536,
            gpus=1,
        )

    def test_are_as_large_as_their_largest_init_container(self) -> None:
        """Init containers run alone: the largest counts if the others together are smaller."""
        contents = EksContents.registered(
            {
                "podProperties": {
                    "containers": [container(resources={"requests": {"cpu": "2"}})],
                    "initContainers": [container("init"), {"name": "small", "image": "small"}],
                }
            },
            "definition",
        )
        assert contents.runs().container == Container("busybox", vcpus=2.0, memory_mib=1024)


class TestStages:
    @pytest.mark.parametrize("status", ["RUNNABLE", "STARTING"])
    def test_before_it_runs_a_job_shows_its_definition(
        self, client: Any, batch_mock: BatchMock, status: str
    ) -> None:
        """Up to STARTING, no pod is named, and a job never has a `container`."""
        register(client, container())
        job_id = submit(client)
        batch_mock.run_until(job_id, status)
        detail = describe(client, job_id)
        assert detail["eksProperties"] == {
            "podProperties": {"containers": [shown()], "volumes": []}
        }
        assert "container" not in detail

    def test_a_running_job_shows_its_pod(self, client: Any, batch_mock: BatchMock) -> None:
        """From RUNNING on, the pod and its node have names."""
        register(client, container())
        job_id = submit(client)
        batch_mock.run_until(job_id, "RUNNING")
        pod = pod_of(client, job_id)
        assert POD_NAME.fullmatch(pod["podName"])
        assert re.fullmatch(r"ip-10-0-[0-9]+-[0-9]+\.ec2\.internal", pod["nodeName"])
        assert pod == {
            "containers": [shown()],
            "volumes": [],
            "podName": pod["podName"],
            "nodeName": pod["nodeName"],
        }

    def test_nodes_elsewhere_are_named_after_their_region(self, batch_mock: BatchMock) -> None:
        """Outside us-east-1, the name of a node contains the region."""
        client = boto3.client("batch", region_name="us-west-2")
        arn = "arn:aws:eks:us-west-2:123456789012:cluster/c"
        resources = {**EC2, "allocationStrategy": "BEST_FIT_PROGRESSIVE"}
        create_environment(client, "ce", resources, eksConfiguration={**EKS, "eksClusterArn": arn})
        create_queue(client)
        register(client, container())
        job_id = submit(client)
        batch_mock.run_until(job_id, "RUNNING")
        assert pod_of(client, job_id)["nodeName"].endswith(".us-west-2.compute.internal")

    @needs_todays_model
    def test_an_ended_job_shows_its_attempt(self, client: Any, batch_mock: BatchMock) -> None:
        """The attempt is only in `eksAttempts`, and its times are whole seconds."""
        register(client, container("app"), pod={"initContainers": [container("init")]})
        batch_mock.script("job", in_containers({"init": succeed(after=0.3), "app": fail(3)}))
        job_id = submit(client)
        batch_mock.run()
        detail = describe(client, job_id)
        pod = detail["eksProperties"]["podProperties"]
        (attempt,) = detail["eksAttempts"]
        ids = [attempt[kind][0].pop("containerID") for kind in ("initContainers", "containers")]
        assert [re.fullmatch("containerd://[0-9a-f]{64}", item) is None for item in ids] == [
            False,
            False,
        ]
        assert attempt == {
            "initContainers": [{"name": "init", "exitCode": 0, "reason": "Completed"}],
            "containers": [{"name": "app", "exitCode": 3, "reason": "Error"}],
            "podName": pod["podName"],
            "nodeName": pod["nodeName"],
            "eksClusterArn": EKS["eksClusterArn"],
            "podNamespace": "jobs",
            "startedAt": START_MS + 3000,
            "stoppedAt": START_MS + 4000,
        }
        assert detail["attempts"] == []
        assert detail["stoppedAt"] == START_MS + 4300

    def test_an_ended_job_shows_how_each_container_ended(
        self, client: Any, batch_mock: BatchMock
    ) -> None:
        """The containers of the job have exit codes and reasons too."""
        register(client, container("app"), pod={"initContainers": [container("init")]})
        batch_mock.script("job", fail(3))
        job_id = submit(client)
        batch_mock.run()
        pod = pod_of(client, job_id)
        assert pod["containers"] == [shown("app", exitCode=3, reason="Error")]
        assert pod["initContainers"] == [shown("init", exitCode=0, reason="Completed")]

    def test_a_pod_may_have_a_namespace_of_its_own(
        self, client: Any, batch_mock: BatchMock
    ) -> None:
        """The namespace of the pod takes precedence over that of the compute environment."""
        register(client, container(), pod={"metadata": {"namespace": "own"}})
        job_id = submit(client)
        batch_mock.run()
        (attempt,) = describe(client, job_id)["eksAttempts"]
        assert attempt["podNamespace"] == "own"

    @needs_todays_model
    def test_attempts_remember_the_cluster_of_a_deleted_environment(
        self, client: Any, batch_mock: BatchMock
    ) -> None:
        """A pod's cluster is described after its environment is gone, even if another has its name."""
        register(client, container())
        job_id = submit(client)
        batch_mock.run()
        disable_queue(client)
        client.delete_job_queue(jobQueue="queue")
        disable_environment(client)
        client.delete_compute_environment(computeEnvironment="ce")
        make_queue(client)
        (attempt,) = describe(client, job_id)["eksAttempts"]
        assert attempt["eksClusterArn"] == EKS["eksClusterArn"]
        assert attempt["podNamespace"] == EKS["kubernetesNamespace"]

    def test_a_reply_is_the_callers_own(self, client: Any, batch_mock: BatchMock) -> None:
        """Changing a reply changes nothing in the mock."""
        register(client, container("app"))
        job_id = submit(client)
        batch_mock.run()
        detail = describe(client, job_id)
        detail["eksProperties"]["podProperties"]["containers"][0]["command"].append("x")
        detail["eksAttempts"][0]["containers"].clear()
        assert pod_of(client, job_id)["containers"] == [
            shown("app", exitCode=0, reason="Completed")
        ]
        assert ended(client, job_id) == [[("app", 0, "Completed")]]


class TestOverrides:
    def test_are_laid_over_the_container_that_they_name(self, client: Any) -> None:
        """Image, command and arguments are replaced, variables merged by name."""
        variables = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
        register(
            client,
            container("app"),
            container("side", command=["old"], args=["old"], env=variables),
        )
        job_id = submit(
            client,
            {
                "name": "side",
                "image": "other",
                "command": ["new"],
                "args": ["newer"],
                "env": [{"name": "B", "value": "3"}, {"name": "C", "value": "4"}],
            },
        )
        assert pod_of(client, job_id)["containers"] == [
            shown("app"),
            shown(
                "side",
                image="other",
                command=["new"],
                args=["newer"],
                env=[
                    {"name": "A", "value": "1"},
                    {"name": "B", "value": "3"},
                    {"name": "C", "value": "4"},
                ],
            ),
        ]

    @pytest.mark.parametrize(
        ("override", "merged"),
        [
            ({"limits": {"cpu": "2"}}, {"limits": {"cpu": "2", "memory": "1024Mi"}}),
            (
                {"requests": {"memory": "512Mi"}},  # the limit of 1024Mi would not fit it
                {"limits": {"cpu": "1"}, "requests": {"memory": "512Mi"}},
            ),
            (
                {"limits": {"nvidia.com/gpu": "1"}},
                {"limits": {"cpu": "1", "memory": "1024Mi", "nvidia.com/gpu": "1"}},
            ),
        ],
    )
    def test_replace_the_resources_that_they_name(
        self, client: Any, override: dict[str, Any], merged: dict[str, Any]
    ) -> None:
        """An overridden resource loses both its limit and its request, and the others stay."""
        register(client, container())
        job_id = submit(client, {"resources": override})
        assert pod_of(client, job_id)["containers"] == [shown(resources=merged)]

    def test_are_laid_over_init_containers(self, client: Any) -> None:
        """Init containers have their own overrides."""
        register(client, container(), pod={"initContainers": [container("init")]})
        job_id = submit(client, pod={"initContainers": [{"name": "init", "command": ["new"]}]})
        pod = pod_of(client, job_id)
        assert pod["initContainers"] == [shown("init", command=["new"])]
        assert pod["containers"] == [shown()]

    def test_merge_metadata(self, client: Any) -> None:
        """Labels and annotations are merged by key, and the namespace is replaced."""
        metadata = {"labels": {"a": "1", "b": "2"}, "namespace": "old"}
        register(client, container(), pod={"metadata": metadata})
        given = {"labels": {"b": "3"}, "annotations": {"c": "4"}, "namespace": "new"}
        job_id = submit(client, pod={"metadata": given})
        assert pod_of(client, job_id)["metadata"] == {
            "labels": {"a": "1", "b": "3"},
            "annotations": {"c": "4"},
            "namespace": "new",
        }

    def test_leave_the_definition_as_it_is(self, client: Any) -> None:
        """Another job of the definition runs without the overrides."""
        register(client, container(command=["old"]))
        submit(client, {"command": ["new"]})
        assert pod_of(client, submit(client))["containers"] == [shown(command=["old"])]

    @pytest.mark.parametrize("name", ["app", None])
    def test_without_a_name_are_for_the_only_container(self, client: Any, name: str | None) -> None:
        """An override of the only container can omit the name."""
        register(client, container(name))
        job_id = submit(client, {"command": ["new"]})
        assert pod_of(client, job_id)["containers"] == [shown(name, command=["new"])]

    def test_without_a_name_are_for_the_container_without_one(self, client: Any) -> None:
        """Of several containers, the one without a name is `Default`."""
        register(client, container("app"), container())
        for override in ({"command": ["new"]}, {"name": "Default", "command": ["new"]}):
            job_id = submit(client, override)
            assert pod_of(client, job_id)["containers"] == [
                shown("app"),
                shown(command=["new"]),
            ]

    @pytest.mark.parametrize("kind", ["containers", "initContainers"])
    def test_of_a_container_that_there_is_not_are_refused(self, client: Any, kind: str) -> None:
        """An override must name a container of the definition, of the same kind."""
        register(client, container("app"))
        assert refusal(client, pod={kind: [{"name": "other", "command": ["new"]}]}) == (
            "Container other in eksPropertiesOverride is not in the job definition."
        )

    def test_of_another_kind_of_job_are_refused(self, client: Any) -> None:
        """A pod refuses containerOverrides."""
        register(client, container())
        assert refusal(client, containerOverrides={"command": ["new"]}) == (
            "Container overrides or node overrides should not be set for Batch on EKS jobs."
        )

    def test_of_nodes_are_refused(self, client: Any) -> None:
        """A pod refuses nodeOverrides, in the same words."""
        register(client, container())
        assert refusal(client, nodeOverrides={"numNodes": 2}) == (
            "Container overrides or node overrides should not be set for Batch on EKS jobs."
        )


class TestParameters:
    def test_are_put_into_commands_and_arguments(self, client: Any) -> None:
        """`Ref::name` is replaced, and Kubernetes' own `$(NAME)` is kept."""
        register(
            client,
            container(command=["echo", "Ref::a", "$(A)"], args=["Ref::b"]),
            pod={"initContainers": [container("init", command=["Ref::b"])]},
            parameters={"a": "1"},
        )
        pod = pod_of(client, submit(client, parameters={"b": "2"}))
        assert pod["containers"] == [shown(command=["echo", "1", "$(A)"], args=["2"])]
        assert pod["initContainers"] == [shown("init", command=["2"])]

    def test_that_are_missing_are_refused(self, client: Any) -> None:
        """A `Ref::` without a parameter is refused."""
        register(client, container(args=["Ref::b"]))
        assert refusal(client) == ("Unable to substitute value. No parameter found for reference b")


class TestRuns:
    @pytest.mark.parametrize(
        ("outcomes", "status", "ends", "stopped_ms"),
        [
            (
                {"app": succeed(), "side": succeed(after=2)},
                "SUCCEEDED",
                [("app", 0, "Completed"), ("side", 0, "Completed")],
                5000,
            ),
            (
                {"app": fail(3), "side": succeed(after=2)},
                "FAILED",
                [("app", 3, "Error"), ("side", 0, "Completed")],
                5000,
            ),
            (
                {"side": out_of_memory()},
                "FAILED",
                [("app", 0, "Completed"), ("side", 137, "OOMKilled")],
                4000,
            ),
        ],
    )
    def test_a_pod_ends_with_its_last_container(
        self,
        client: Any,
        batch_mock: BatchMock,
        outcomes: dict[str, Any],
        status: str,
        ends: list[tuple[str, int, str]],
        stopped_ms: int,
    ) -> None:
        """A pod has failed if any of its containers has."""
        register(client, container("app"), container("side"))
        batch_mock.script("job", in_containers(outcomes))
        job_id = submit(client)
        batch_mock.run()
        detail = describe(client, job_id)
        assert (detail["status"], detail["stoppedAt"]) == (status, START_MS + stopped_ms)
        assert ended(client, job_id) == [ends]

    def test_a_container_without_a_name_is_scripted_as_default(
        self, client: Any, batch_mock: BatchMock
    ) -> None:
        """`Default` is the name of a container without one."""
        register(client, container(), container("side"))
        batch_mock.script("job", in_containers({"Default": fail(3)}))
        job_id = submit(client)
        batch_mock.run()
        assert ended(client, job_id) == [[(None, 3, "Error"), ("side", 0, "Completed")]]

    def test_init_containers_run_first(self, client: Any, batch_mock: BatchMock) -> None:
        """Init containers run one after another, and the others after them."""
        inits = [container("init-1"), container("init-2")]
        register(client, container("app"), pod={"initContainers": inits})
        job_id = submit(client)
        batch_mock.run()
        assert describe(client, job_id)["stoppedAt"] == START_MS + 6000
        assert ended(client, job_id, "initContainers") == [
            [("init-1", 0, "Completed"), ("init-2", 0, "Completed")]
        ]

    def test_an_init_container_that_fails_ends_the_pod(
        self, client: Any, batch_mock: BatchMock
    ) -> None:
        """Containers that were never started have no exit code and no id."""
        register(client, container("app"), pod={"initContainers": [container("init")]})
        batch_mock.script("job", in_containers({"init": fail(3)}))
        job_id = submit(client)
        batch_mock.run()
        detail = describe(client, job_id)
        (attempt,) = detail["eksAttempts"]
        assert detail["status"] == "FAILED"
        assert ended(client, job_id, "initContainers") == [[("init", 3, "Error")]]
        assert attempt["containers"] == [{"name": "app"}]

    def test_there_is_no_word_of_essential_containers(
        self, client: Any, batch_mock: BatchMock
    ) -> None:
        """For a pod that ends by itself, neither the job nor its attempt has a status reason."""
        register(client, container())
        batch_mock.script("job", fail(3))
        job_id = submit(client)
        batch_mock.run()
        detail = describe(client, job_id)
        assert "statusReason" not in detail
        assert "statusReason" not in detail["eksAttempts"][0]

    def test_each_attempt_is_a_pod_of_its_own(self, client: Any, batch_mock: BatchMock) -> None:
        """A retried job shows all its attempts, and the last one's pod."""
        register(client, container("app"), retryStrategy={"attempts": 2})
        batch_mock.script("job", fail(3), succeed())
        job_id = submit(client)
        batch_mock.run()
        detail = describe(client, job_id)
        first, last = (item["podName"] for item in detail["eksAttempts"])
        assert first != last
        assert detail["eksProperties"]["podProperties"]["podName"] == last
        assert ended(client, job_id) == [[("app", 3, "Error")], [("app", 0, "Completed")]]

    def test_rules_see_the_reason_of_kubernetes(self, client: Any, batch_mock: BatchMock) -> None:
        """`evaluateOnExit` is evaluated against the described reason of the attempt."""
        rules = [
            {"onReason": "OOMKilled", "action": "RETRY"},
            {"onReason": "*", "action": "EXIT"},
        ]
        register(client, container("app"), retryStrategy={"attempts": 3, "evaluateOnExit": rules})
        batch_mock.script("job", out_of_memory(), fail(3))
        job_id = submit(client)
        batch_mock.run()
        assert ended(client, job_id) == [[("app", 137, "OOMKilled")], [("app", 3, "Error")]]

    @needs_todays_model
    def test_a_pod_that_cannot_start(self, client: Any, batch_mock: BatchMock) -> None:
        """An attempt that never ran has a reason and no start."""
        register(client, container("app"), pod={"initContainers": [container("init")]})
        batch_mock.script("job", cannot_start("ErrImagePull", status_reason="no image"))
        job_id = submit(client)
        batch_mock.run()
        (attempt,) = describe(client, job_id)["eksAttempts"]
        assert attempt == {
            "initContainers": [{"name": "init"}],
            "containers": [{"name": "app", "reason": "ErrImagePull"}],
            "podName": pod_of(client, job_id)["podName"],
            "nodeName": pod_of(client, job_id)["nodeName"],
            "eksClusterArn": EKS["eksClusterArn"],
            "podNamespace": "jobs",
            "stoppedAt": START_MS + 3000,
            "statusReason": "no image",
        }

    def test_a_pod_whose_host_is_lost(self, client: Any, batch_mock: BatchMock) -> None:
        """When the host is lost, all containers end without exit codes."""
        register(client, container("app"), container("side"))
        batch_mock.script("job", terminate_host(after=1))
        job_id = submit(client)
        batch_mock.run()
        assert ended(client, job_id) == [[("app", None, None), ("side", None, None)]]

    def test_a_pod_that_is_terminated(self, client: Any, batch_mock: BatchMock) -> None:
        """Running containers get SIGTERM, and the attempt has the caller's reason."""
        register(client, container("app"), container("side"))
        batch_mock.script("job", in_containers({"app": hang(), "side": fail(4, after=0.5)}))
        job_id = submit(client)
        batch_mock.run_until(job_id, "RUNNING")
        batch_mock.tick(1)
        client.terminate_job(jobId=job_id, reason="enough")
        batch_mock.run()
        detail = describe(client, job_id)
        assert ended(client, job_id) == [[("app", 137, "Error"), ("side", 4, "Error")]]
        assert detail["statusReason"] == "enough"
        assert detail["eksAttempts"][0]["statusReason"] == "enough"

    def test_a_function_is_given_command_and_arguments(
        self, client: Any, batch_mock: BatchMock
    ) -> None:
        """A function in place of a container gets the container's command and environment."""
        seen = []

        def app(context: CallContext) -> None:
            seen.append((context.command, context.environment["A"]))

        env = [{"name": "A", "value": "1"}]
        register(client, container("app", command=["sleep"], args=["1"], env=env))
        batch_mock.script("job", call(app))
        job_id = submit(client)
        batch_mock.run()
        assert seen == [(["sleep", "1"], "1")]
        assert ended(client, job_id) == [[("app", 0, "Completed")]]

    def test_the_nodes_of_a_multi_node_job_are_pods(
        self, client: Any, batch_mock: BatchMock
    ) -> None:
        """Each node of a multi-node job on EKS describes its own pod and how it ended."""
        pods = {"podProperties": {"containers": [container("app")]}}
        ranges = [{"targetNodes": "0:", "eksProperties": pods}]
        client.register_job_definition(
            jobDefinitionName="definition",
            type="multinode",
            nodeProperties={"numNodes": 2, "mainNode": 0, "nodeRangeProperties": ranges},
        )
        batch_mock.script("job", succeed(after=60), node_index=0)
        batch_mock.script("job", fail(3), node_index=1)
        job_id = submit(client)
        batch_mock.run()
        nodes = [f"{job_id}#{index}" for index in range(2)]
        assert [ended(client, node) for node in nodes] == [
            [[("app", 0, "Completed")]],
            [[("app", 3, "Error")]],
        ]
        assert len({pod_of(client, node)["podName"] for node in nodes}) == 2


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (cannot_pull_image(), "ImagePullBackOff"),
        (cannot_create_container(), "CreateContainerError"),
        (docker_timeout(), "CreateContainerError"),
        (cannot_initialize_resources(), "CreateContainerConfigError"),
        (cannot_start("FailedMount"), "FailedMount"),
    ],
)
def test_pod_that_never_starts(
    batch_mock: BatchMock, client: Any, outcome: Outcome, reason: str
) -> None:
    """A pod that never starts has Kubernetes' reason, in the list too."""
    register(client, container("app"))
    batch_mock.script("job", outcome)
    job_id = submit(client)
    batch_mock.run()
    job = describe(client, job_id)
    (attempt,) = job["eksAttempts"]
    assert attempt["containers"] == [{"name": "app", "reason": reason}]
    assert "statusReason" not in job
    (entry,) = client.list_jobs(jobQueue="queue", jobStatus="FAILED")["jobSummaryList"]
    assert entry["container"] == {"reason": reason}


def test_node_uid(batch_mock: BatchMock, client: Any) -> None:
    """The containers of a pod see the UID of their node (documented)."""
    seen: list[dict[str, str]] = []
    register(client, container("app"))
    batch_mock.script("job", call(lambda context: seen.append(context.environment)))
    submit(client)
    batch_mock.run()
    assert re.fullmatch(r"[0-9a-f-]{36}", seen[0]["AWS_BATCH_JOB_KUBERNETES_NODE_UID"])
