"""What an explanation advises really works, and it names no jobs ahead when there are none."""

from __future__ import annotations

from typing import Any

import pytest

from batchmock import BatchMock, fail, hang, succeed

from ...builders import needs_todays_model, register, register_nodes, submit
from ...operations.service_requests import submit as submit_service_job
from ...simulation.placement.builders import asks, make_environment, make_queue


@pytest.fixture
def client(client: Any) -> Any:
    """A client on a mock with the job definition `definition`, of 1 vCPU and 128 MiB."""
    register(client)
    return client


def advice(batch_mock: BatchMock, job_id: str) -> str:
    """Return the line of a job's explanation that says what to do."""
    lines = batch_mock.job(job_id).explain().split("\n")
    return next(line for line in lines if line.startswith("To let it start: "))


def test_job_that_ends(client: Any, batch_mock: BatchMock) -> None:
    """The first job of a queue waits for the jobs that run, and for none ahead of it."""
    make_queue(client, make_environment(client, max_vcpus=1))
    batch_mock.script("a", succeed(after=60))
    submit(client, "a")
    job_id = submit(client, "b")
    batch_mock.tick(5)
    assert advice(batch_mock, job_id) == "To let it start: let 'a' end."
    assert "ahead" not in batch_mock.job(job_id).explain()
    batch_mock.tick(60)
    assert batch_mock.job(job_id).status != "RUNNABLE"


def test_job_that_hangs(client: Any, batch_mock: BatchMock) -> None:
    """A job that hangs has to be terminated."""
    make_queue(client, make_environment(client, max_vcpus=1))
    batch_mock.script("a", hang())
    hog, job_id = submit(client, "a"), submit(client, "b")
    batch_mock.run()
    assert advice(batch_mock, job_id) == "To let it start: terminate 'a', which hangs."
    client.terminate_job(jobId=hog, reason="makes room")
    batch_mock.run()
    assert batch_mock.job(job_id).status == "SUCCEEDED"


def test_job_that_hangs_until_its_timeout(client: Any, batch_mock: BatchMock) -> None:
    """A job with a timeout ends by itself."""
    make_queue(client, make_environment(client, max_vcpus=1))
    batch_mock.script("a", hang())
    submit(client, "a", timeout={"attemptDurationSeconds": 90})
    job_id = submit(client, "b")
    batch_mock.tick(10)
    assert advice(batch_mock, job_id) == "To let it start: let 'a' end."


def test_only_as_many_as_it_takes(client: Any, batch_mock: BatchMock) -> None:
    """Of several jobs, as few as it takes are to be terminated, and none if others end in time."""
    make_queue(client, make_environment(client, max_vcpus=4))
    batch_mock.script("hog-?", hang())
    batch_mock.script("short", succeed(after=1000))
    for name in ("hog-1", "hog-2", "hog-3", "short"):
        submit(client, name)
    first = submit(client, "first", containerOverrides=asks(3))
    batch_mock.tick(10)
    assert advice(batch_mock, first) == (
        "To let it start: let 'short' end and terminate 'hog-1' and 'hog-2', which hang."
    )


def test_held_job(client: Any, batch_mock: BatchMock) -> None:
    """A job that is held while it uses vCPUs has to be released."""
    make_queue(client, make_environment(client, max_vcpus=1))
    batch_mock.hold("a", at="RUNNING")
    submit(client, "a")
    job_id = submit(client, "b")
    batch_mock.run()
    assert advice(batch_mock, job_id) == "To let it start: release 'a', which is held."
    batch_mock.release("a")
    batch_mock.run()
    assert batch_mock.job(job_id).status == "SUCCEEDED"


def test_held_and_without_room(client: Any, batch_mock: BatchMock) -> None:
    """What would stand in the way of a held job is named, too."""
    make_queue(client, make_environment(client, max_vcpus=1))
    batch_mock.hold("large")
    job_id = submit(client, "large", containerOverrides=asks(2))
    small = submit(client, "small")
    batch_mock.hold("small")
    batch_mock.tick(10)
    assert batch_mock.job(job_id).explain().split("\n")[1:] == [
        "It is held at RUNNABLE; release('large') lets it continue, and nothing else does.",
        "It could not start yet if it were released:",
        "Compute environment 'ce' is too small: its maxvCpus is 1, and the job asks for 2 vCPUs.",
        "To let it start then: raise the maxvCpus of 'ce' to 2 or more, or ask for less.",
    ]
    assert len(batch_mock.job(small).explain().split("\n")) == 2


def test_jobs_ahead(client: Any, batch_mock: BatchMock) -> None:
    """The number of jobs that start first is given."""
    make_queue(client, make_environment(client, max_vcpus=1))
    batch_mock.script("a", succeed(after=60))
    for name in "abc":
        submit(client, name)
    job_id = submit(client, "d")
    batch_mock.tick(5)
    assert advice(batch_mock, job_id) == (
        "To let it start: let 'a' end; the 2 jobs ahead of it start first."
    )


def test_all_obstacles(client: Any, batch_mock: BatchMock) -> None:
    """Each environment and each consumable resource that stands in the way is named."""
    client.create_consumable_resource(consumableResourceName="licence", totalQuantity=1)
    one = make_environment(client, "one", max_vcpus=2)
    two = make_environment(client, "two", max_vcpus=4)
    make_queue(client, one, two)
    client.update_compute_environment(computeEnvironment="two", state="DISABLED")
    wanted = [{"consumableResource": "licence", "quantity": 2}]
    job_id = submit(
        client,
        containerOverrides=asks(3),
        consumableResourcePropertiesOverride={"consumableResourceList": wanted},
    )
    batch_mock.tick(5)
    text = batch_mock.job(job_id).explain()
    for obstacle in (
        "Consumable resource 'licence' is short",
        "Compute environment 'one' is too small",
        "Compute environment 'two' takes no jobs: its state is DISABLED",
    ):
        assert obstacle in text
    assert advice(batch_mock, job_id) == (
        "To let it start: raise the total of consumable resource 'licence' to 2; enable compute environment "
        "'two'."
    )


@pytest.mark.parametrize(
    ("outcome", "held", "said"),
    [
        (succeed(after=60), None, "let 'first' succeed"),
        (hang(), None, "script an outcome that ends for 'first', which hangs"),
        (succeed(), "RUNNABLE", "release 'first', which is held"),
    ],
)
def test_start_of_a_chain(
    client: Any, batch_mock: BatchMock, outcome: Any, held: Any, said: str
) -> None:
    """A PENDING job is explained by the job with which its chain starts."""
    make_queue(client, make_environment(client))
    batch_mock.script("first", outcome)
    if held:
        batch_mock.hold("first", at=held)
    first = submit(client, "first")
    second = submit(client, "second", dependsOn=[{"jobId": first}])
    third = submit(client, "third", dependsOn=[{"jobId": second}])
    batch_mock.tick(10)
    for job_id in (second, third):
        assert advice(batch_mock, job_id) == f"To let it start: {said}."


def test_chain_behind_a_job_without_room(client: Any, batch_mock: BatchMock) -> None:
    """A PENDING job refers to the explanation of a job that waits for capacity."""
    make_queue(client, make_environment(client, max_vcpus=1))
    first = submit(client, "first", containerOverrides=asks(2))
    second = submit(client, "second", dependsOn=[{"jobId": first}])
    batch_mock.tick(10)
    assert advice(batch_mock, second) == (
        "To let it start: let 'first' start: its explain() says how."
    )


def test_behind_an_array_job(client: Any, batch_mock: BatchMock) -> None:
    """An array job stands for its children, unless all of them are stuck, or one has FAILED."""
    make_queue(client, make_environment(client))
    batch_mock.script("map", succeed(after=60))
    batch_mock.script("map", hang(), array_index=1)
    array = submit(client, "map", arrayProperties={"size": 3})
    job_id = submit(client, "after", dependsOn=[{"jobId": array}])
    batch_mock.tick(10)
    assert advice(batch_mock, job_id) == "To let it start: let 'map' succeed."
    batch_mock.tick(100)
    assert advice(batch_mock, job_id) == (
        "To let it start: script an outcome that ends for 'map:1', which hangs."
    )


def test_behind_an_array_job_that_will_fail(client: Any, batch_mock: BatchMock) -> None:
    """Nothing lets a job start whose array job has a FAILED child."""
    make_queue(client, make_environment(client))
    batch_mock.script("map", succeed(after=60))
    batch_mock.script("map", fail(1), array_index=1)
    array = submit(client, "map", arrayProperties={"size": 3})
    job_id = submit(client, "after", dependsOn=[{"jobId": array}])
    batch_mock.tick(10)
    assert advice(batch_mock, job_id) == (
        "To let it start: nothing does, because children of 'map' have FAILED."
    )


@pytest.mark.parametrize("is_over", [False, True])
def test_failed_child(client: Any, batch_mock: BatchMock, is_over: bool) -> None:
    """The explanation of an array job is that of its failed child, also before the array job has ended."""
    make_queue(client, make_environment(client))
    batch_mock.script("map", succeed(after=60))
    batch_mock.script("map", fail(3, reason="disk full"), array_index=2)
    array = submit(client, "map", arrayProperties={"size": 4})
    batch_mock.tick(1000 if is_over else 10)
    lines = batch_mock.job(array).explain().split("\n")
    assert f"{array}:2" in lines[2]
    assert lines[2].startswith("The first FAILED child: ")
    assert "disk full" in lines[3]


def test_failed_node(client: Any, batch_mock: BatchMock) -> None:
    """The explanation of a multi-node job names the node that failed."""
    make_queue(client, make_environment(client))
    register_nodes(client, number=3)
    batch_mock.script("mpi", fail(1, after=10))
    batch_mock.script("mpi", fail(9, after=5, reason="segfault"), node_index=2)
    job_id = submit(client, "mpi", jobDefinition="nodes")
    batch_mock.run()
    text = batch_mock.job(job_id).explain()
    assert "Node 2 exited with code 9 (Essential container in task exited; segfault)." in text


@needs_todays_model
class TestServiceJobs:
    """Explanations of service jobs."""

    @pytest.fixture(autouse=True)
    def _services(self, batch_mock: BatchMock) -> None:
        batch_mock.provision_service_jobs(job_queue="queue", max_instances=2)

    def said(self, batch_mock: BatchMock, job_id: str) -> list[str]:
        """Return the lines of a service job's explanation after the first."""
        return batch_mock.service_job(job_id).explain().split("\n")[1:]

    def test_first(self, batch_mock: BatchMock, client: Any) -> None:
        """The first job names the jobs that use the capacity, and no job ahead."""
        batch_mock.script("a", succeed(after=600))
        submit_service_job(client, "a", 2)
        job_id = submit_service_job(client, "b")
        batch_mock.tick(60)
        lines = self.said(batch_mock, job_id)
        assert lines[:3] == [
            "It is the first in job queue 'queue'.",
            "It requests 1 instance; service environment 'service-environment' has 2, of which 2 are in use "
            "by 'a'.",
            "To start it: let 'a' end.",
        ]
        assert "ahead" not in "\n".join(lines)

    def test_behind_one_that_is_too_large(self, batch_mock: BatchMock, client: Any) -> None:
        """A job behind one that can never start needs that one to be terminated."""
        large = submit_service_job(client, "large", 3)
        job_id = submit_service_job(client, "small")
        batch_mock.run()
        lines = self.said(batch_mock, job_id)
        assert lines[0] == (
            f"It is number 2 in job queue 'queue'; the first is service job 'large' ({large}), which "
            "requests 3 instances and can't start."
        )
        assert lines[-1] == "To start it: terminate service job 'large', which can't start."
        client.terminate_service_job(jobId=large, reason="too large")
        batch_mock.run()
        assert batch_mock.service_job(job_id).status == "SUCCEEDED"

    def test_held_and_hanging(self, batch_mock: BatchMock, client: Any) -> None:
        """Jobs that hang are to be terminated, and held ones released."""
        batch_mock.script("a", hang())
        batch_mock.hold("b", at="RUNNING")
        submit_service_job(client, "a")
        submit_service_job(client, "b")
        job_id = submit_service_job(client, "c", 2)
        batch_mock.run()
        assert self.said(batch_mock, job_id)[-1] == (
            "To start it: terminate 'a', which hangs, and release 'b', which is held."
        )
