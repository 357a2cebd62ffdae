"""Multi-node parallel jobs: nodes, descriptions, retries, stops, overrides and lists."""

from __future__ import annotations

from typing import Any

import pytest

from batchmock import BatchMock, CallContext, call, cannot_pull_image, fail, hang, succeed

from ..family_requests import (
    START_MS,
    container,
    describe,
    listed,
    node_range,
    register_nodes,
    status,
    submit,
)

MAIN_ENDED = "Main node of the multi-node parallel job exited"
EXITED = "Essential container in task exited"


@pytest.fixture(autouse=True)
def _resources(batch_mock: BatchMock) -> None:
    batch_mock.provision()


def submit_nodes(client: Any, **members: Any) -> str:
    """Submit a job of the multi-node definition and return its id."""
    return submit(client, "nodes", "nodes", **members)


def node_statuses(mock: BatchMock, job_id: str) -> dict[int | None, str]:
    """Return the statuses of the existing nodes, by index."""
    return {node.node_index: node.status for node in mock.job(job_id).nodes}


class TestOrderOfEvents:
    def test_timeline(self, batch_mock: BatchMock, client: Any) -> None:
        """The main node starts with the job, the others once it is RUNNING, and its end ends the job."""
        register_nodes(client, nodes=2)
        batch_mock.script("nodes", succeed(after=5), node_index=0)
        job, seen = submit_nodes(client), []
        for _ in range(9):
            seen.append((status(client, job)[0], node_statuses(batch_mock, job)))
            batch_mock.tick(1)
        assert seen == [
            ("SUBMITTED", {}),
            ("RUNNABLE", {}),
            ("STARTING", {0: "STARTING"}),
            ("RUNNING", {0: "RUNNING", 1: "STARTING"}),
            ("RUNNING", {0: "RUNNING", 1: "RUNNING"}),
            ("RUNNING", {0: "RUNNING", 1: "SUCCEEDED"}),
            ("RUNNING", {0: "RUNNING", 1: "SUCCEEDED"}),
            ("RUNNING", {0: "RUNNING", 1: "SUCCEEDED"}),
            ("SUCCEEDED", {0: "SUCCEEDED", 1: "SUCCEEDED"}),
        ]

    def test_created_at(self, batch_mock: BatchMock, client: Any) -> None:
        """A node exists from its own creation on, not from the job's."""
        register_nodes(client, nodes=2)
        job = submit_nodes(client)
        batch_mock.run()
        created = [describe(client, job + node)["createdAt"] for node in ("", "#0", "#1")]
        assert [at - START_MS for at in created] == [0, 2000, 3000]

    def test_main_node_is_not_the_first(self, batch_mock: BatchMock, client: Any) -> None:
        """Any node can be the main node and is then created first."""
        register_nodes(client, nodes=3, main=2)
        job = submit_nodes(client)
        batch_mock.tick(2)
        assert node_statuses(batch_mock, job) == {2: "STARTING"}
        batch_mock.tick(1)
        assert node_statuses(batch_mock, job) == {0: "STARTING", 1: "STARTING", 2: "RUNNING"}

    def test_all_seven_statuses(self, batch_mock: BatchMock, client: Any) -> None:
        """A multi-node job goes through all statuses as its main node does."""
        register_nodes(client)
        first = submit(client, "first")
        job = submit_nodes(client, dependsOn=[{"jobId": first}])
        batch_mock.run()
        assert [move.to_status for move in batch_mock.job(job).history] == [
            "PENDING",
            "RUNNABLE",
            "STARTING",
            "RUNNING",
            "SUCCEEDED",
        ]

    def test_instant_main_node(self, batch_mock: BatchMock, client: Any) -> None:
        """A main node that exits at once stops the others before they have started."""
        register_nodes(client, nodes=2)
        batch_mock.script("nodes", succeed(after=0), node_index=0)
        job = submit_nodes(client)
        batch_mock.run()
        node = describe(client, f"{job}#1")
        assert (node["status"], node["statusReason"]) == ("FAILED", MAIN_ENDED)
        assert "startedAt" not in node
        assert "exitCode" not in node["container"]


class TestMainNodeDecides:
    def test_unscripted(self, batch_mock: BatchMock, client: Any) -> None:
        """An unscripted job runs until its other nodes have finished, and all succeed."""
        register_nodes(client)
        job = submit_nodes(client)
        batch_mock.run()
        assert batch_mock.job(job).status == "SUCCEEDED"
        assert set(node_statuses(batch_mock, job).values()) == {"SUCCEEDED"}

    def test_another_node_fails(self, batch_mock: BatchMock, client: Any) -> None:
        """A failed node does not affect the job."""
        register_nodes(client, nodes=3)
        batch_mock.script("nodes", succeed(after=10), node_index=0)
        batch_mock.script("nodes", fail(4), node_index=1)
        job = submit_nodes(client)
        batch_mock.run()
        assert status(client, job) == ("SUCCEEDED", EXITED)
        assert node_statuses(batch_mock, job) == {0: "SUCCEEDED", 1: "FAILED", 2: "SUCCEEDED"}
        assert describe(client, f"{job}#1")["container"]["exitCode"] == 4

    def test_main_node_fails(self, batch_mock: BatchMock, client: Any) -> None:
        """A job is FAILED if its main node is, regardless of the others."""
        register_nodes(client, nodes=2)
        batch_mock.script("nodes", fail(4, after=10), node_index=0)
        job = submit_nodes(client)
        batch_mock.run()
        assert status(client, job) == ("FAILED", EXITED)
        assert node_statuses(batch_mock, job) == {0: "FAILED", 1: "SUCCEEDED"}

    def test_others_are_stopped(self, batch_mock: BatchMock, client: Any) -> None:
        """Nodes that still run when the main node ends are killed then (assumed: FAILED, 137)."""
        register_nodes(client, nodes=2)
        batch_mock.script("nodes", hang(), node_index=1)
        batch_mock.script("nodes", succeed(after=10), node_index=0)
        job = submit_nodes(client)
        batch_mock.run()
        node = describe(client, f"{job}#1")
        assert (node["status"], node["statusReason"]) == ("FAILED", MAIN_ENDED)
        assert node["container"]["exitCode"] == 137
        assert node["stoppedAt"] == describe(client, job)["stoppedAt"]

    def test_exit_code_on_sigterm(self, batch_mock: BatchMock, client: Any) -> None:
        """A stopped node exits with the code that its script gives for SIGTERM."""
        register_nodes(client, nodes=2)
        batch_mock.script("nodes", hang(on_sigterm=143), node_index=1)
        batch_mock.script("nodes", succeed(after=10), node_index=0)
        job = submit_nodes(client)
        batch_mock.run()
        assert describe(client, f"{job}#1")["container"]["exitCode"] == 143

    def test_times(self, batch_mock: BatchMock, client: Any) -> None:
        """The job starts and stops with its main node."""
        register_nodes(client)
        job = submit_nodes(client)
        batch_mock.run()
        parent, main = describe(client, job), describe(client, f"{job}#0")
        for key in ("startedAt", "stoppedAt", "statusReason"):
            assert parent[key] == main[key]
        assert (parent["startedAt"], parent["stoppedAt"]) == (START_MS + 3000, START_MS + 6000)

    def test_main_node_never_starts(self, batch_mock: BatchMock, client: Any) -> None:
        """If the main node fails to start, no other node is created."""
        register_nodes(client)
        batch_mock.script("nodes", cannot_pull_image())
        job = submit_nodes(client)
        batch_mock.run()
        assert status(client, job) == ("FAILED", "Task failed to start")
        assert node_statuses(batch_mock, job) == {0: "FAILED"}
        reason = describe(client, f"{job}#0")["container"]["reason"]
        assert reason.startswith("CannotPullContainerError: ")

    def test_script_without_node_index(self, batch_mock: BatchMock, client: Any) -> None:
        """A script without a node applies to all nodes."""
        register_nodes(client, nodes=2)
        batch_mock.script("nodes", fail(4, after=1))
        job = submit_nodes(client)
        batch_mock.tick(20)
        assert describe(client, f"{job}#0")["container"]["exitCode"] == 4


class TestDescribe:
    def test_parent(self, batch_mock: BatchMock, client: Any) -> None:
        """The job has nodeProperties but neither container nor nodeDetails."""
        register_nodes(client, nodes=2)
        job = submit_nodes(client)
        batch_mock.run()
        shown = describe(client, job)
        assert {"container", "nodeDetails"} & shown.keys() == set()
        assert (shown["nodeProperties"]["numNodes"], shown["nodeProperties"]["mainNode"]) == (2, 0)
        (shown_range,) = shown["nodeProperties"]["nodeRangeProperties"]
        assert shown_range["targetNodes"] == "0:"
        assert shown_range["container"]["command"] == ["work"]

    def test_node(self, batch_mock: BatchMock, client: Any) -> None:
        """A node has its container and nodeDetails but neither nodeProperties nor retryStrategy."""
        register_nodes(client, nodes=2, retryStrategy={"attempts": 2})
        batch_mock.script("nodes", succeed(after=10), node_index=0)
        job = submit_nodes(client)
        batch_mock.run()
        node = describe(client, f"{job}#1")
        assert node["jobArn"] == f"{describe(client, job)['jobArn']}#1"
        assert node["nodeDetails"] == {"nodeIndex": 1, "isMainNode": False}
        assert describe(client, f"{job}#0")["nodeDetails"] == {"nodeIndex": 0, "isMainNode": True}
        assert {"nodeProperties", "retryStrategy"} & node.keys() == set()
        assert node["container"]["exitCode"] == 0

    def test_retry_strategy(self, batch_mock: BatchMock, client: Any) -> None:
        """The retry strategy belongs to the job and is described on it."""
        register_nodes(client, retryStrategy={"attempts": 2})
        job = submit_nodes(client)
        assert describe(client, job)["retryStrategy"] == {"attempts": 2, "evaluateOnExit": []}

    def test_network_interface(self, batch_mock: BatchMock, client: Any) -> None:
        """Each node has a network interface with its own private address."""
        register_nodes(client, nodes=3)
        job = submit_nodes(client)
        batch_mock.run()
        containers = [describe(client, f"{job}#{index}")["container"] for index in range(3)]
        interfaces = [item["networkInterfaces"] for item in containers]
        assert [len(item) for item in interfaces] == [1, 1, 1]
        assert all({"attachmentId", "privateIpv4Address"} == item[0].keys() for item in interfaces)
        assert len({item[0]["privateIpv4Address"] for item in interfaces}) == 3

    def test_attempt_of_parent(self, batch_mock: BatchMock, client: Any) -> None:
        """An attempt of the job has an exit code and log stream but no ARNs."""
        register_nodes(client)
        job = submit_nodes(client)
        batch_mock.run()
        (attempt,) = describe(client, job)["attempts"]
        assert set(attempt) == {"container", "startedAt", "stoppedAt", "statusReason"}
        assert set(attempt["container"]) == {"exitCode", "logStreamName", "networkInterfaces"}
        assert attempt["container"]["networkInterfaces"] == []

    def test_attempt_of_node(self, batch_mock: BatchMock, client: Any) -> None:
        """An attempt of a node has all members, and the main node's has the job's log stream."""
        register_nodes(client)
        job = submit_nodes(client)
        batch_mock.run()
        (of_main,) = describe(client, f"{job}#0")["attempts"]
        (of_job,) = describe(client, job)["attempts"]
        assert {"taskArn", "containerInstanceArn", "exitCode"} <= of_main["container"].keys()
        assert of_main["container"]["logStreamName"] == of_job["container"]["logStreamName"]

    def test_running_attempt_is_not_listed(self, batch_mock: BatchMock, client: Any) -> None:
        """While the main node runs its first attempt, neither job nor node lists one."""
        register_nodes(client)
        job = submit_nodes(client)
        batch_mock.tick(3)
        assert describe(client, job)["attempts"] == []
        assert describe(client, f"{job}#0")["attempts"] == []
        assert "taskArn" in describe(client, f"{job}#0")["container"]

    def test_unknown_node(self, batch_mock: BatchMock, client: Any) -> None:
        """DescribeJobs omits a node that does not exist yet."""
        register_nodes(client, nodes=2)
        job = submit_nodes(client)
        ids = [f"{job}#0", f"{job}#1", f"{job}#2"]
        assert client.describe_jobs(jobs=ids)["jobs"] == []
        batch_mock.run()
        assert [found["jobId"] for found in client.describe_jobs(jobs=ids)["jobs"]] == ids[:2]

    def test_tags(self, batch_mock: BatchMock, client: Any) -> None:
        """The job has the tags, and its nodes have none."""
        register_nodes(client)
        job = submit_nodes(client, tags={"team": "a"})
        batch_mock.run()
        assert describe(client, job)["tags"] == {"team": "a"}
        assert describe(client, f"{job}#0")["tags"] == {}


class TestRetry:
    def test_attempts(self, batch_mock: BatchMock, client: Any) -> None:
        """A new attempt of the job is a new attempt of every node."""
        register_nodes(client, nodes=3, retryStrategy={"attempts": 3})
        batch_mock.script("nodes", fail(1, after=10), succeed(after=10), node_index=0)
        job = submit_nodes(client)
        batch_mock.run()
        shown = [describe(client, job + node) for node in ("", "#0", "#1", "#2")]
        assert [len(item["attempts"]) for item in shown] == [2, 2, 2, 2]
        assert {item["status"] for item in shown} == {"SUCCEEDED"}

    def test_another_node_is_not_retried(self, batch_mock: BatchMock, client: Any) -> None:
        """A node that fails is not retried by itself."""
        register_nodes(client, nodes=2, retryStrategy={"attempts": 3})
        batch_mock.script("nodes", succeed(after=20), node_index=0)
        batch_mock.script("nodes", fail(1), node_index=1)
        job = submit_nodes(client)
        batch_mock.run()
        assert len(describe(client, f"{job}#1")["attempts"]) == 1

    def test_outcome_of_each_attempt(self, batch_mock: BatchMock, client: Any) -> None:
        """A script's outcomes apply to the attempts of the job, in each node."""
        register_nodes(client, nodes=2, retryStrategy={"attempts": 2})
        batch_mock.script("nodes", fail(1, after=10), succeed(after=10), node_index=0)
        batch_mock.script("nodes", fail(8), fail(9), node_index=1)
        job = submit_nodes(client)
        batch_mock.run()
        attempts = describe(client, f"{job}#1")["attempts"]
        assert [attempt["container"]["exitCode"] for attempt in attempts] == [8, 9]

    def test_stopped_between_attempts(self, batch_mock: BatchMock, client: Any) -> None:
        """The nodes of a failed attempt are stopped before the next one and start again in it."""
        register_nodes(client, nodes=2, retryStrategy={"attempts": 2})
        batch_mock.script("nodes", fail(1, after=10), succeed(after=10), node_index=0)
        batch_mock.script("nodes", hang(), succeed(), node_index=1)
        job = submit_nodes(client)
        batch_mock.tick(13)
        assert node_statuses(batch_mock, job) == {0: "RUNNABLE", 1: "FAILED"}
        assert "startedAt" not in describe(client, f"{job}#0")
        batch_mock.run()
        assert node_statuses(batch_mock, job) == {0: "SUCCEEDED", 1: "SUCCEEDED"}

    def test_cancelled_between_attempts(self, batch_mock: BatchMock, client: Any) -> None:
        """A job cancelled while it waits for its next attempt ends with its main node."""
        register_nodes(client, nodes=2, retryStrategy={"attempts": 2})
        batch_mock.script("nodes", fail(1, after=10), node_index=0)
        job = submit_nodes(client)
        batch_mock.tick(13)
        client.cancel_job(jobId=job, reason="not needed")
        batch_mock.run()
        assert status(client, job) == ("FAILED", "not needed")
        assert status(client, f"{job}#0") == ("FAILED", "not needed")
        assert status(client, f"{job}#1") == ("SUCCEEDED", EXITED)

    def test_attempts_used_up(self, batch_mock: BatchMock, client: Any) -> None:
        """After its last attempt the job is FAILED, with all its allowed attempts."""
        register_nodes(client, retryStrategy={"attempts": 2})
        batch_mock.script("nodes", fail(1), node_index=0)
        job = submit_nodes(client)
        batch_mock.run()
        assert status(client, job) == ("FAILED", EXITED)
        assert len(describe(client, job)["attempts"]) == 2


class TestTimeout:
    def test_from_the_start_of_the_main_node(self, batch_mock: BatchMock, client: Any) -> None:
        """The timeout belongs to the job, counts from its main node's start, and stops all nodes."""
        register_nodes(client, nodes=2, timeout={"attemptDurationSeconds": 60})
        batch_mock.script("nodes", hang())
        job = submit_nodes(client)
        batch_mock.tick(62)
        assert status(client, job)[0] == "RUNNING"
        batch_mock.tick(1)
        timed_out = ("FAILED", "Job attempt duration exceeded timeout")
        assert (status(client, job), status(client, f"{job}#0")) == (timed_out, timed_out)
        assert status(client, f"{job}#1") == ("FAILED", MAIN_ENDED)

    def test_not_retried(self, batch_mock: BatchMock, client: Any) -> None:
        """A multi-node job that timed out is not retried."""
        register_nodes(client, timeout={"attemptDurationSeconds": 60})
        batch_mock.script("nodes", hang(), node_index=0)
        job = submit_nodes(client, retryStrategy={"attempts": 3})
        batch_mock.run()
        assert len(describe(client, job)["attempts"]) == 1

    def test_not_of_each_node(self, batch_mock: BatchMock, client: Any) -> None:
        """A node has no timeout of its own and can run for as long as the main node."""
        register_nodes(client, nodes=2, timeout={"attemptDurationSeconds": 60})
        batch_mock.script("nodes", succeed(after=60), node_index=0)
        batch_mock.script("nodes", hang(), node_index=1)
        job = submit_nodes(client)
        batch_mock.run()
        assert status(client, job)[0] == "SUCCEEDED"
        assert status(client, f"{job}#1") == ("FAILED", MAIN_ENDED)


class TestStop:
    def test_terminate(self, batch_mock: BatchMock, client: Any) -> None:
        """Terminating the job ends all nodes with the caller's reason and exit code 137."""
        register_nodes(client, nodes=2, retryStrategy={"attempts": 3})
        batch_mock.script("nodes", hang())
        job = submit_nodes(client)
        batch_mock.tick(10)
        client.terminate_job(jobId=job, reason="Terminated by the user")
        batch_mock.run()
        shown = [describe(client, job + node) for node in ("", "#0", "#1")]
        ends = [(item["status"], item["statusReason"]) for item in shown]
        assert ends == [("FAILED", "Terminated by the user")] * 3
        for item in shown:
            (attempt,) = item["attempts"]
            assert attempt["statusReason"] == "Terminated by the user"
            assert attempt["container"]["exitCode"] == 137

    def test_ended_node_stays(self, batch_mock: BatchMock, client: Any) -> None:
        """A node that has ended keeps its end when the job is terminated."""
        register_nodes(client, nodes=2)
        batch_mock.script("nodes", hang(), node_index=0)
        job = submit_nodes(client)
        batch_mock.tick(10)
        client.terminate_job(jobId=job, reason="enough")
        batch_mock.run()
        assert status(client, f"{job}#1") == ("SUCCEEDED", EXITED)

    @pytest.mark.parametrize("seconds", [0, 1])
    @pytest.mark.parametrize("operation", ["cancel_job", "terminate_job"])
    def test_before_start(
        self, batch_mock: BatchMock, client: Any, operation: str, seconds: int
    ) -> None:
        """A job that is stopped before STARTING never has a node."""
        register_nodes(client)
        job = submit_nodes(client)
        batch_mock.tick(seconds)
        getattr(client, operation)(jobId=job, reason="not needed")
        batch_mock.run()
        assert status(client, job) == ("FAILED", "not needed")
        assert node_statuses(batch_mock, job) == {}
        assert describe(client, job)["attempts"] == []

    def test_terminate_starting(self, batch_mock: BatchMock, client: Any) -> None:
        """A job that is terminated in STARTING has only its main node."""
        register_nodes(client)
        job = submit_nodes(client)
        batch_mock.tick(2)
        client.terminate_job(jobId=job, reason="enough")
        batch_mock.run()
        assert status(client, job) == ("FAILED", "enough")
        assert node_statuses(batch_mock, job) == {0: "FAILED"}

    def test_cancel_running(self, batch_mock: BatchMock, client: Any) -> None:
        """Cancelling a running job has no effect."""
        register_nodes(client)
        job = submit_nodes(client)
        batch_mock.tick(3)
        client.cancel_job(jobId=job, reason="late")
        batch_mock.run()
        assert status(client, job)[0] == "SUCCEEDED"

    @pytest.mark.parametrize("operation", ["cancel_job", "terminate_job"])
    def test_node_id(self, batch_mock: BatchMock, client: Any, operation: str) -> None:
        """A node cannot be stopped by itself: the id is accepted, and the node continues to run (assumed)."""
        register_nodes(client)
        batch_mock.script("nodes", hang())
        job = submit_nodes(client)
        batch_mock.tick(10)
        getattr(client, operation)(jobId=f"{job}#1", reason="bad node")
        batch_mock.tick(10)
        assert status(client, f"{job}#1")[0] == "RUNNING"

    def test_queue_deleted(self, batch_mock: BatchMock, client: Any) -> None:
        """Deleting the queue ends the job and all its nodes."""
        register_nodes(client, nodes=2)
        batch_mock.script("nodes", hang())
        job = submit_nodes(client)
        batch_mock.tick(10)
        client.update_job_queue(jobQueue="job-queue", state="DISABLED")
        client.delete_job_queue(jobQueue="job-queue")
        deleted = ("FAILED", "JobQueue deleted")
        assert [status(client, job + node) for node in ("", "#0", "#1")] == [deleted] * 3

    def test_retention(self, batch_mock: BatchMock, client: Any) -> None:
        """Nodes are described until their job expires."""
        register_nodes(client, nodes=2)
        job = submit_nodes(client)
        batch_mock.run()
        ids = [job, f"{job}#0", f"{job}#1"]
        batch_mock.tick(7 * 86400 - 1)
        assert len(client.describe_jobs(jobs=ids)["jobs"]) == 3
        batch_mock.tick(1)
        assert client.describe_jobs(jobs=ids)["jobs"] == []


class TestOverrides:
    def test_num_nodes(self, batch_mock: BatchMock, client: Any) -> None:
        """A job can have another number of nodes than its definition."""
        register_nodes(client, nodes=2)
        job = submit_nodes(client, nodeOverrides={"numNodes": 5})
        batch_mock.run()
        assert len(node_statuses(batch_mock, job)) == 5
        assert describe(client, job)["nodeProperties"]["numNodes"] == 5

    def test_definition_is_unchanged(self, batch_mock: BatchMock, client: Any) -> None:
        """An override applies only to its job."""
        register_nodes(client, nodes=2)
        submit_nodes(client, nodeOverrides={"numNodes": 5})
        job = submit_nodes(client)
        assert describe(client, job)["nodeProperties"]["numNodes"] == 2

    def test_num_nodes_needs_open_range(self, batch_mock: BatchMock, client: Any) -> None:
        """The number of nodes cannot be overridden if no range is open (documented; text assumed)."""
        register_nodes(client, node_range("0:1", "work"), nodes=2)
        with pytest.raises(client.exceptions.ClientException, match="has no upper limit"):
            submit_nodes(client, nodeOverrides={"numNodes": 3})

    @pytest.mark.parametrize("num_nodes", [1, 2])
    def test_num_nodes_too_small(self, batch_mock: BatchMock, client: Any, num_nodes: int) -> None:
        """Main node and open range must stay within the nodes (documented; text assumed)."""
        register_nodes(client, node_range("0:1", "a"), node_range("2:", "b"), nodes=4, main=1)
        with pytest.raises(client.exceptions.ClientException, match="numNodes must be greater"):
            submit_nodes(client, nodeOverrides={"numNodes": num_nodes})

    def test_property_overrides(self, batch_mock: BatchMock, client: Any) -> None:
        """An override for a range applies to the nodes of that range."""
        register_nodes(client, node_range("0", "lead"), node_range("1:", "work"), nodes=3)
        override = {"targetNodes": "1:", "containerOverrides": {"command": ["dig"]}}
        job = submit_nodes(client, nodeOverrides={"nodePropertyOverrides": [override]})
        batch_mock.run()
        commands = [describe(client, f"{job}#{n}")["container"]["command"] for n in range(3)]
        assert commands == [["lead"], ["dig"], ["dig"]]

    def test_property_overrides_are_shown(self, batch_mock: BatchMock, client: Any) -> None:
        """The job has its ranges as overridden, and so do the views of its nodes."""
        register_nodes(client, nodes=2)
        environment = [{"name": "A", "value": "1"}]
        override = {"targetNodes": "0:", "containerOverrides": {"environment": environment}}
        job = submit_nodes(client, nodeOverrides={"nodePropertyOverrides": [override]})
        batch_mock.run()
        (shown,) = describe(client, job)["nodeProperties"]["nodeRangeProperties"]
        assert shown["container"]["environment"] == environment
        assert [node.environment for node in batch_mock.job(job).nodes] == [{"A": "1"}] * 2

    def test_unmatched_targets(self, batch_mock: BatchMock, client: Any) -> None:
        """An override for a range that the definition does not have is refused."""
        register_nodes(client, nodes=2)
        override = {"targetNodes": "0:1", "containerOverrides": {"command": ["dig"]}}
        with pytest.raises(client.exceptions.ClientException) as refused:
            submit_nodes(client, nodeOverrides={"nodePropertyOverrides": [override]})
        assert refused.value.response["Error"]["Message"] == (
            "NodeOverride targets should match job definition. Non matching targets - 0:1"
        )

    def test_container_overrides_refused(self, batch_mock: BatchMock, client: Any) -> None:
        """A multi-node job accepts nodeOverrides but not containerOverrides (assumed)."""
        register_nodes(client)
        with pytest.raises(client.exceptions.ClientException, match="containerOverrides is not"):
            submit_nodes(client, containerOverrides={"command": ["dig"]})

    def test_parameters(self, batch_mock: BatchMock, client: Any) -> None:
        """`Ref::` is replaced in the commands of all ranges."""
        register_nodes(client, node_range("0", "Ref::a"), node_range("1:", "Ref::b"), nodes=2)
        job = submit_nodes(client, parameters={"a": "1", "b": "2"})
        batch_mock.run()
        commands = [describe(client, f"{job}#{n}")["container"]["command"] for n in range(2)]
        assert commands == [["1"], ["2"]]

    def test_missing_parameter(self, batch_mock: BatchMock, client: Any) -> None:
        """A placeholder without a parameter is refused, whichever range it is in."""
        register_nodes(client, node_range("0", "a"), node_range("1:", "Ref::b"), nodes=2)
        with pytest.raises(client.exceptions.ClientException, match="for reference b"):
            submit_nodes(client)


class TestRanges:
    @pytest.mark.parametrize(
        "ranges",
        [
            [("0:", "all"), ("0", "main")],
            [("0", "main"), ("0:", "all")],
            [(":3", "all"), ("0:0", "main")],
            [("0:0", "main"), ("1:3", "all")],
        ],
    )
    def test_narrower_wins(
        self, batch_mock: BatchMock, client: Any, ranges: list[tuple[str, str]]
    ) -> None:
        """The narrower of nested ranges applies to a node, in either order."""
        register_nodes(client, *(node_range(*item) for item in ranges), nodes=4)
        job = submit_nodes(client)
        batch_mock.run()
        commands = [node.command for node in batch_mock.job(job).nodes]
        assert commands == [["main"], ["all"], ["all"], ["all"]]

    def test_resources_of_each_range(self, batch_mock: BatchMock, client: Any) -> None:
        """Each range has its own image and resources."""
        main = {"targetNodes": "0", "container": {**container("a"), "image": "main"}}
        register_nodes(client, main, node_range("1:", "b"), nodes=2)
        job = submit_nodes(client)
        batch_mock.run()
        assert [node.image for node in batch_mock.job(job).nodes] == ["main", "busybox"]

    def test_size_of_a_wider_range(self, batch_mock: BatchMock, client: Any) -> None:
        """A nested range without vCPUs or memory has those of the next wider range."""
        head = {"targetNodes": "0", "container": {"image": "head", "memory": 64}}
        size = [{"type": "VCPU", "value": "3"}, {"type": "MEMORY", "value": "128"}]
        register_nodes(client, node_range("0:", resourceRequirements=size), head, nodes=2)
        job = submit_nodes(client)
        batch_mock.run()

        nodes = batch_mock.job(job).nodes
        assert [(node.image, node.vcpus, node.memory_mib) for node in nodes] == [
            ("head", 3, 64),
            ("busybox", 3, 128),
        ]
        assert describe(client, f"{job}#0")["container"]["resourceRequirements"] == [
            {"value": "3", "type": "VCPU"}
        ]
        shown = describe(client, job)["nodeProperties"]["nodeRangeProperties"][1]["container"]
        assert shown["resourceRequirements"] == []

    def test_size_of_a_wider_range_with_overrides(self, batch_mock: BatchMock, client: Any) -> None:
        """What an override changes in the wider range holds for the nested one."""
        head = {"targetNodes": "0", "container": {"image": "head"}}
        register_nodes(client, node_range("0:"), head, nodes=2)
        larger = {"resourceRequirements": [{"type": "MEMORY", "value": "512"}]}
        override = {"targetNodes": "0:", "containerOverrides": larger}
        job = submit_nodes(client, nodeOverrides={"nodePropertyOverrides": [override]})
        batch_mock.run()

        assert [node.memory_mib for node in batch_mock.job(job).nodes] == [512, 512]

    def test_nodes_beyond_the_wider_range(self, batch_mock: BatchMock, client: Any) -> None:
        """More nodes are refused if there would be one without a size."""
        rest = {"targetNodes": "1:", "container": {"image": "rest"}}
        register_nodes(client, node_range("0:1"), rest, nodes=2)

        with pytest.raises(client.exceptions.ClientException, match="vCPU is required"):
            submit_nodes(client, nodeOverrides={"numNodes": 3})


class TestEnvironment:
    def environments(self, mock: BatchMock, client: Any, **members: Any) -> list[dict[str, str]]:
        """Run a job and return the environment of its nodes, by index."""
        seen: dict[int | None, dict[str, str]] = {}

        def note(context: CallContext) -> None:
            seen[context.node_index] = context.environment

        mock.script("nodes", call(note, after=10))
        submit_nodes(client, **members)
        mock.run()
        return [seen[index] for index in sorted(seen, key=str)]

    def test_of_all_nodes(self, batch_mock: BatchMock, client: Any) -> None:
        """Every node knows its index, the number of nodes and the index of the main node."""
        register_nodes(client, nodes=3, main=1)
        names = ("NODE_INDEX", "NUM_NODES", "MAIN_NODE_INDEX")
        seen = [
            tuple(environment[f"AWS_BATCH_JOB_{name}"] for name in names)
            for environment in self.environments(batch_mock, client)
        ]
        assert seen == [("0", "3", "1"), ("1", "3", "1"), ("2", "3", "1")]

    def test_num_nodes_overridden(self, batch_mock: BatchMock, client: Any) -> None:
        """The number of nodes is that of the job, not of its definition."""
        register_nodes(client, nodes=3)
        seen = self.environments(batch_mock, client, nodeOverrides={"numNodes": 2})
        assert [item["AWS_BATCH_JOB_NUM_NODES"] for item in seen] == ["2", "2"]

    def test_job_id(self, batch_mock: BatchMock, client: Any) -> None:
        """A node sees its own id."""
        register_nodes(client, nodes=2)
        seen = self.environments(batch_mock, client)
        job = batch_mock.jobs.only().id
        assert [item["AWS_BATCH_JOB_ID"] for item in seen] == [f"{job}#0", f"{job}#1"]

    def test_address_of_main_node(self, batch_mock: BatchMock, client: Any) -> None:
        """The other nodes know the main node's private address, as DescribeJobs shows it."""
        register_nodes(client, nodes=3)
        name = "AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS"
        main, *others = self.environments(batch_mock, client)
        shown = describe(client, f"{batch_mock.jobs.only().id}#0")["container"]
        address = shown["networkInterfaces"][0]["privateIpv4Address"]
        assert name not in main
        assert [item[name] for item in others] == [address, address]

    def test_attempt(self, batch_mock: BatchMock, client: Any) -> None:
        """On a retry, every node sees the number of the job's attempt."""
        register_nodes(client, nodes=2, retryStrategy={"attempts": 2})
        seen: list[tuple[int | None, str]] = []

        def note(context: CallContext) -> int:
            seen.append((context.node_index, context.environment["AWS_BATCH_JOB_ATTEMPT"]))
            return 1

        batch_mock.script("nodes", call(note, after=5))
        submit_nodes(client)
        batch_mock.run()
        assert seen == [(0, "1"), (1, "1"), (0, "2"), (1, "2")]

    def test_logs(self, batch_mock: BatchMock, client: Any) -> None:
        """A node's output is its own log, and the job has the main node's."""
        register_nodes(client, nodes=2)
        batch_mock.script("nodes", succeed(after=10, logs=["main"]), node_index=0)
        batch_mock.script("nodes", succeed(logs=["other"]), node_index=1)
        job = submit_nodes(client)
        batch_mock.run()
        logs = [batch_mock.logs(job + node) for node in ("", "#0", "#1")]
        assert logs == [["main"], ["main"], ["other"]]


class TestList:
    def test_default_status(self, batch_mock: BatchMock, client: Any) -> None:
        """Nodes are listed by multiNodeJobId, by default the RUNNING ones."""
        register_nodes(client, nodes=3)
        batch_mock.script("nodes", hang())
        batch_mock.script("nodes", fail(1), node_index=1)
        job = submit_nodes(client)
        batch_mock.run()
        assert listed(client, multiNodeJobId=job) == [f"{job}#0", f"{job}#2"]
        assert listed(client, multiNodeJobId=job, jobStatus="FAILED") == [f"{job}#1"]
        assert listed(client, multiNodeJobId=job, jobStatus="SUCCEEDED") == []

    def test_pages(self, batch_mock: BatchMock, client: Any) -> None:
        """Pages of nodes are in the order of their index."""
        register_nodes(client, nodes=12)
        batch_mock.script("nodes", hang())
        job = submit_nodes(client)
        batch_mock.run()
        pages = client.get_paginator("list_jobs").paginate(
            multiNodeJobId=job, PaginationConfig={"PageSize": 5}
        )
        indices = [
            [entry["nodeProperties"]["nodeIndex"] for entry in page["jobSummaryList"]]
            for page in pages
        ]
        assert indices == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9], [10, 11]]

    def test_summary_of_a_node(self, batch_mock: BatchMock, client: Any) -> None:
        """A node's list entry has its index and whether it is the main node."""
        register_nodes(client, nodes=2)
        batch_mock.script("nodes", hang())
        job = submit_nodes(client)
        batch_mock.run()
        entries = client.list_jobs(multiNodeJobId=job)["jobSummaryList"]
        assert [entry["nodeProperties"] for entry in entries] == [
            {"isMainNode": True, "numNodes": 2, "nodeIndex": 0},
            {"isMainNode": False, "numNodes": 2, "nodeIndex": 1},
        ]

    def test_summary_of_the_job(self, batch_mock: BatchMock, client: Any) -> None:
        """The job's entry has its number of nodes and its exit code, and queues list no nodes."""
        register_nodes(client, nodes=2)
        batch_mock.script("nodes", fail(3, after=10), node_index=0)
        job = submit_nodes(client)
        batch_mock.run()
        (entry,) = client.list_jobs(jobQueue="job-queue", jobStatus="FAILED")["jobSummaryList"]
        assert (entry["jobId"], entry["nodeProperties"]) == (job, {"numNodes": 2})
        assert entry["container"] == {"exitCode": 3}
        assert listed(client, jobQueue="job-queue", jobStatus="SUCCEEDED") == []

    def test_by_array_job_id(self, batch_mock: BatchMock, client: Any) -> None:
        """A multi-node job has no array children, and an array job has no nodes."""
        register_nodes(client)
        batch_mock.script("*", hang())
        job = submit_nodes(client)
        array = submit(client, arrayProperties={"size": 2})
        batch_mock.run()
        assert listed(client, arrayJobId=job) == []
        assert listed(client, multiNodeJobId=array) == []


class TestHold:
    def test_job_before_its_nodes(self, batch_mock: BatchMock, client: Any) -> None:
        """A job held at STARTING has its main node there and no other."""
        register_nodes(client)
        job = submit_nodes(client)
        batch_mock.hold(job, at="STARTING")
        batch_mock.run()
        assert node_statuses(batch_mock, job) == {0: "STARTING"}
        batch_mock.release(job)
        batch_mock.run()
        assert status(client, job)[0] == "SUCCEEDED"

    def test_by_name(self, batch_mock: BatchMock, client: Any) -> None:
        """A hold on a name keeps the job and all its nodes."""
        register_nodes(client, nodes=2)
        batch_mock.hold("nodes", at="RUNNING")
        job = submit_nodes(client)
        batch_mock.run()
        assert node_statuses(batch_mock, job) == {0: "RUNNING", 1: "RUNNING"}
        batch_mock.release("nodes")
        batch_mock.run()
        assert status(client, job)[0] == "SUCCEEDED"

    def test_explain(self, batch_mock: BatchMock, client: Any) -> None:
        """The explanations of a job and of its main node describe each attempt."""
        register_nodes(client, retryStrategy={"attempts": 2})
        batch_mock.script("nodes", fail(1, after=5), succeed(after=5), node_index=0)
        job = submit_nodes(client)
        batch_mock.run()
        explained = batch_mock.job(job).explain()
        assert "Attempt 1 of 2 exited with code 1" in explained
        assert "Attempt 2 of 2 exited with code 0." in explained


def test_attempts_of_a_node(batch_mock: BatchMock, client: Any) -> None:
    """A node has as many attempts as its job: it is retried together with it."""
    register_nodes(client, nodes=2)
    batch_mock.script("nodes", fail(3), succeed(), node_index=0)
    job = batch_mock.job(submit_nodes(client, retryStrategy={"attempts": 2}))
    batch_mock.run()
    assert [node.max_attempts for node in job.nodes] == [2, 2]
    main = job.nodes[0].explain()
    assert "Attempt 1 of 2 exited with code 3" in main
    assert "Attempt 2 of 2 exited with code 0." in main
