"""Array jobs: children, the parent's status and summary, stops, lists, scripts and holds."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from batchmock import BatchMock, CallContext, StuckError, call, fail, hang, mock_batch, succeed

from ...builders import needs_todays_model, shared_client
from ..family_requests import (
    START_MS,
    STATUSES,
    child_statuses,
    describe,
    listed,
    status,
    submit,
    submit_array,
    summary,
)

SIZE_REFUSED = "Array size must be between 2 and 10000."


@pytest.fixture(autouse=True)
def _resources(batch_mock: BatchMock) -> None:
    batch_mock.provision()


class TestSubmit:
    @pytest.mark.parametrize("size", [2, 3, 10000])
    def test_size(self, batch_mock: BatchMock, client: Any, size: int) -> None:
        """An array job has `size` children, 2 to 10,000."""
        parent = submit_array(client, size)
        assert len(batch_mock.job(parent).children) == size

    @pytest.mark.parametrize("size", [-1, 0, 1, 10001])
    def test_size_refused(self, batch_mock: BatchMock, client: Any, size: int) -> None:
        """An array of fewer than 2 or more than 10,000 children is refused, and nothing is submitted."""
        with pytest.raises(client.exceptions.ClientException, match=SIZE_REFUSED):
            submit_array(client, size)
        assert len(batch_mock.jobs) == 0

    def test_no_size(self, batch_mock: BatchMock, client: Any) -> None:
        """Array properties without a size do not create an array job."""
        job = submit(client, arrayProperties={})
        batch_mock.run()
        assert "arrayProperties" not in describe(client, job)
        assert status(client, job)[0] == "SUCCEEDED"

    def test_multinode_definition_refused(self, batch_mock: BatchMock, client: Any) -> None:
        """A multi-node job cannot be an array job."""
        nodes = {"targetNodes": "0:", "container": {"image": "busybox", "vcpus": 1, "memory": 128}}
        client.register_job_definition(
            jobDefinitionName="nodes",
            type="multinode",
            nodeProperties={"numNodes": 2, "mainNode": 0, "nodeRangeProperties": [nodes]},
        )
        with pytest.raises(ClientError, match="not applicable for multi-node parallel jobs"):
            submit(client, definition="nodes", arrayProperties={"size": 2})

    def test_jobs_of_the_mock(self, batch_mock: BatchMock, client: Any) -> None:
        """`jobs` has submitted jobs, and children are found through their parent."""
        parent = submit_array(client, 2)
        assert [job.id for job in batch_mock.jobs] == [parent]
        assert [job.id for job in batch_mock.jobs.only().children] == [f"{parent}:0", f"{parent}:1"]


class TestChildren:
    def test_identity(self, batch_mock: BatchMock, client: Any) -> None:
        """A child has its parent's id and ARN followed by `:index`, and its parent's name and queue."""
        parent = submit_array(client, 2, "map")
        child, whole = describe(client, f"{parent}:1"), describe(client, parent)
        assert child["jobId"] == f"{parent}:1"
        assert child["jobArn"] == f"{whole['jobArn']}:1"
        for key in ("jobName", "jobQueue", "jobDefinition", "createdAt", "parameters"):
            assert child[key] == whole[key]

    def test_described_by_arn(self, batch_mock: BatchMock, client: Any) -> None:
        """DescribeJobs finds a child by its ARN as well."""
        parent = submit_array(client, 2)
        arn = describe(client, f"{parent}:1")["jobArn"]
        assert describe(client, arn)["jobId"] == f"{parent}:1"

    @pytest.mark.parametrize("suffix", [":2", ":", ":x", ":-1", "#0"])
    def test_no_such_child(self, batch_mock: BatchMock, client: Any, suffix: str) -> None:
        """An index beyond the array is an unknown id, which DescribeJobs omits."""
        parent = submit_array(client, 2)
        assert client.describe_jobs(jobs=[parent + suffix])["jobs"] == []

    def test_array_properties(self, batch_mock: BatchMock, client: Any) -> None:
        """A child shows its index and an empty statusSummary."""
        parent = submit_array(client, 2)
        assert describe(client, f"{parent}:1")["arrayProperties"] == {
            "statusSummary": {},
            "index": 1,
        }

    def test_tags_and_dependencies(self, batch_mock: BatchMock, client: Any) -> None:
        """Tags and dependencies of an array job are described on the parent but not on its children."""
        first = submit(client)
        parent = submit_array(client, 2, tags={"team": "a"}, dependsOn=[{"jobId": first}])
        child, whole = describe(client, f"{parent}:0"), describe(client, parent)
        assert (whole["tags"], whole["dependsOn"]) == ({"team": "a"}, [{"jobId": first}])
        assert (child["tags"], child["dependsOn"]) == ({}, [])

    def test_overrides(self, batch_mock: BatchMock, client: Any) -> None:
        """All children run with the overrides of the one SubmitJob."""
        parent = submit_array(client, 2, containerOverrides={"command": ["work", "hard"]})
        commands = [job["container"]["command"] for job in _children(client, parent, 2)]
        assert commands == [["work", "hard"]] * 2

    def test_own_attempts_and_log_streams(self, batch_mock: BatchMock, client: Any) -> None:
        """Each child has its own attempt, task and log stream."""
        parent = submit_array(client, 3)
        batch_mock.run()
        containers = [job["attempts"][0]["container"] for job in _children(client, parent, 3)]
        assert len({item["taskArn"] for item in containers}) == 3
        assert len({item["logStreamName"] for item in containers}) == 3

    def test_environment(self, batch_mock: BatchMock, client: Any) -> None:
        """A child sees its own id, its index and the size of the array."""
        seen: list[tuple[str, str, str]] = []
        names = ("AWS_BATCH_JOB_ID", "AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE")

        def note(context: CallContext) -> None:
            seen.append(tuple(context.environment[name] for name in names))  # type: ignore[arg-type]

        batch_mock.script("array", call(note))
        parent = submit_array(client, 2)
        batch_mock.run()
        assert seen == [(f"{parent}:0", "0", "2"), (f"{parent}:1", "1", "2")]

    def test_environment_is_not_described(self, batch_mock: BatchMock, client: Any) -> None:
        """The environment that Batch adds at run time is not in DescribeJobs."""
        parent = submit_array(client, 2)
        batch_mock.run()
        assert describe(client, f"{parent}:0")["container"]["environment"] == []

    def test_plain_job_has_no_array_environment(self, batch_mock: BatchMock, client: Any) -> None:
        """A job outside an array has no array variables."""
        seen: list[str] = []
        batch_mock.script("job", call(lambda context: seen.extend(context.environment)))
        submit(client)
        batch_mock.run()
        assert [name for name in seen if "ARRAY" in name] == []

    def test_array_index_of_the_context(self, batch_mock: BatchMock, client: Any) -> None:
        """A function that runs as a child gets its index."""
        seen: list[int | None] = []
        batch_mock.script("array", call(lambda context: seen.append(context.array_index)))
        submit_array(client, 3)
        batch_mock.run()
        assert seen == [0, 1, 2]

    def test_retries_are_the_childs_own(self, batch_mock: BatchMock, client: Any) -> None:
        """Each child has all the attempts of the retry strategy."""
        batch_mock.script("array", fail(1), succeed(), array_index=0)
        batch_mock.script("array", fail(1), fail(2), succeed(), array_index=1)
        parent = submit_array(client, 3, retryStrategy={"attempts": 3})
        batch_mock.run()
        assert [len(job["attempts"]) for job in _children(client, parent, 3)] == [2, 3, 1]
        assert status(client, parent) == ("SUCCEEDED", None)

    def test_attempt_number(self, batch_mock: BatchMock, client: Any) -> None:
        """The environment of a retried child has the number of the attempt."""
        seen: list[str] = []

        def note(context: CallContext) -> int:
            seen.append(context.environment["AWS_BATCH_JOB_ATTEMPT"])
            return 1

        batch_mock.script("array", call(note), array_index=1)
        submit_array(client, 2, retryStrategy={"attempts": 2})
        batch_mock.run()
        assert seen == ["1", "2"]

    def test_timeout_is_the_childs_own(self, batch_mock: BatchMock, client: Any) -> None:
        """A timeout counts from each child's own start and ends only the child that exceeds it."""
        batch_mock.script("array", hang(), array_index=0)
        batch_mock.script("array", hang(starting=31), array_index=1)
        parent = submit_array(client, 3, timeout={"attemptDurationSeconds": 60})
        batch_mock.run()
        children = _children(client, parent, 3)
        assert [job.get("statusReason") for job in children] == [
            "Job attempt duration exceeded timeout",
            "Job attempt duration exceeded timeout",
            "Essential container in task exited",
        ]
        assert [job["stoppedAt"] - START_MS for job in children] == [63_000, 93_000, 4_000]

    def test_refused_at_dispatch(self, batch_mock: BatchMock, client: Any) -> None:
        """Overrides that are too long fail every child without an attempt."""
        long = [{"name": "A", "value": "x" * 8192}]
        parent = submit_array(client, 2, containerOverrides={"environment": long})
        batch_mock.run()
        child = describe(client, f"{parent}:0")
        assert child["statusReason"] == "Container Overrides length must be at most 8192"
        assert child["attempts"] == []
        assert status(client, parent) == ("FAILED", "Array Child Job failed")


class TestParent:
    def test_worked_timeline(self, batch_mock: BatchMock, client: Any) -> None:
        """The summary follows the children: one of three fails, is retried, and fails for good."""
        batch_mock.script("array", succeed(after=5), array_index=0)
        batch_mock.script("array", fail(1, after=2), fail(1, after=3), array_index=1)
        batch_mock.script("array", succeed(after=9), array_index=2)
        parent = submit_array(client, 3, retryStrategy={"attempts": 2})
        seen = []
        for _ in range(13):
            seen.append((*status(client, parent), summary(client, parent)))
            batch_mock.tick(1)
        pending = ("PENDING", None)
        assert seen == [
            ("SUBMITTED", None, {"SUBMITTED": 3}),
            (*pending, {"RUNNABLE": 3}),
            (*pending, {"STARTING": 3}),
            (*pending, {"RUNNING": 3}),
            (*pending, {"RUNNING": 3}),
            (*pending, {"RUNNABLE": 1, "RUNNING": 2}),
            (*pending, {"STARTING": 1, "RUNNING": 2}),
            (*pending, {"RUNNING": 3}),
            (*pending, {"RUNNING": 2, "SUCCEEDED": 1}),
            (*pending, {"RUNNING": 2, "SUCCEEDED": 1}),
            (*pending, {"RUNNING": 1, "SUCCEEDED": 1, "FAILED": 1}),
            (*pending, {"RUNNING": 1, "SUCCEEDED": 1, "FAILED": 1}),
            ("FAILED", "Array Child Job failed", {"SUCCEEDED": 2, "FAILED": 1}),
        ]

    def test_seven_keys(self, batch_mock: BatchMock, client: Any) -> None:
        """The statusSummary of a parent has all seven statuses, zeros included, at every moment."""
        parent = submit_array(client, 2)
        for _ in range(6):
            shown = describe(client, parent)["arrayProperties"]["statusSummary"]
            assert set(shown) == set(STATUSES)
            assert sum(shown.values()) == 2
            batch_mock.tick(1)

    @needs_todays_model
    def test_summary_updated_at(self, batch_mock: BatchMock, client: Any) -> None:
        """`statusSummaryLastUpdatedAt` is the instant of the latest transition of a child."""
        batch_mock.script("array", succeed(after=60))
        parent = submit_array(client, 2)
        updated = []
        for _ in range(6):
            shown = describe(client, parent)["arrayProperties"]["statusSummaryLastUpdatedAt"]
            updated.append(shown - START_MS)
            batch_mock.tick(1)
        assert updated == [0, 1000, 2000, 3000, 3000, 3000]

    def test_succeeded(self, batch_mock: BatchMock, client: Any) -> None:
        """A parent whose children have all SUCCEEDED has SUCCEEDED without a reason."""
        parent = submit_array(client, 2)
        batch_mock.run()
        assert status(client, parent) == ("SUCCEEDED", None)

    def test_failed_child_stops_nobody(self, batch_mock: BatchMock, client: Any) -> None:
        """A failed child leaves its siblings running and the parent PENDING until the last has ended."""
        batch_mock.script("array", succeed(after=100))
        batch_mock.script("array", fail(1, after=1), array_index=0)
        parent = submit_array(client, 3)
        batch_mock.tick(50)
        assert child_statuses(client, parent) == ["FAILED", "RUNNING", "RUNNING"]
        assert status(client, parent) == ("PENDING", None)
        batch_mock.tick(53)
        assert status(client, parent) == ("FAILED", "Array Child Job failed")

    def test_times(self, batch_mock: BatchMock, client: Any) -> None:
        """A parent has neither startedAt nor stoppedAt, even when it has ended."""
        parent = submit_array(client, 2)
        batch_mock.run()
        (entry,) = client.list_jobs(jobQueue="job-queue", jobStatus="SUCCEEDED")["jobSummaryList"]
        for shown in (describe(client, parent), entry):
            assert {"startedAt", "stoppedAt"} & shown.keys() == set()

    def test_attempts_and_container(self, batch_mock: BatchMock, client: Any) -> None:
        """A parent has no attempts, and a container without run-time keys."""
        parent = submit_array(client, 2)
        batch_mock.run()
        shown = describe(client, parent)
        assert shown["attempts"] == []
        run_time = {"taskArn", "containerInstanceArn", "logStreamName", "exitCode", "reason"}
        assert run_time & shown["container"].keys() == set()

    def test_statuses(self, batch_mock: BatchMock, client: Any) -> None:
        """A parent is never RUNNABLE, STARTING or RUNNING."""
        parent = submit_array(client, 2)
        batch_mock.run()
        moves = [move.to_status for move in batch_mock.job(parent).history]
        assert moves == ["PENDING", "SUCCEEDED"]

    def test_ends_after_its_children(self, batch_mock: BatchMock, client: Any) -> None:
        """The end of the last child comes before that of its parent, at the same instant."""
        parent = submit_array(client, 2)
        *_, last_child, end = batch_mock.run()
        assert (last_child.job_id, end.job_id) == (f"{parent}:1", parent)
        assert last_child.at == end.at

    def test_views(self, batch_mock: BatchMock, client: Any) -> None:
        """A view of the parent has its summary, and its children by index."""
        batch_mock.script("array", fail(1), array_index=1)
        parent = submit_array(client, 2)
        batch_mock.run()
        job = batch_mock.job(parent)
        assert job.status_summary == dict.fromkeys(STATUSES, 0) | {"SUCCEEDED": 1, "FAILED": 1}
        assert [(child.array_index, child.status) for child in job.children] == [
            (0, "SUCCEEDED"),
            (1, "FAILED"),
        ]

    def test_explain_running(self, batch_mock: BatchMock, client: Any) -> None:
        """The explanation of a PENDING parent counts the children and explains the first that has not ended."""
        batch_mock.script("array", hang(), array_index=1)
        parent = submit_array(client, 3)
        batch_mock.run()
        head, counts, first, *rest = batch_mock.job(parent).explain().splitlines()
        assert head == f"job 'array' ({parent}) has been PENDING since 2026-01-02 03:04:06."
        assert counts == "Its 3 children: 1 RUNNING, 2 SUCCEEDED."
        assert first.startswith(
            f"The first unfinished child: job 'array' ({parent}:1) has been RUNNING"
        )
        assert rest[0] == "Attempt 1 of 1 hangs."

    def test_explain_failed(self, batch_mock: BatchMock, client: Any) -> None:
        """The explanation of a FAILED parent names the first child that FAILED, and its exit code."""
        batch_mock.script("array", fail(7), array_index=2)
        parent = submit_array(client, 3)
        batch_mock.run()
        explained = batch_mock.job(parent).explain()
        assert "Its 3 children: 2 SUCCEEDED, 1 FAILED." in explained
        assert f"({parent}:2) has been FAILED" in explained
        assert "exited with code 7" in explained


class TestList:
    def test_default_status(self, batch_mock: BatchMock, client: Any) -> None:
        """Children are listed by arrayJobId, by default the RUNNING ones."""
        batch_mock.script("array", hang(), array_index=1)
        parent = submit_array(client, 3)
        batch_mock.run()
        assert listed(client, arrayJobId=parent) == [f"{parent}:1"]
        assert listed(client, arrayJobId=parent, jobStatus="SUCCEEDED") == [
            f"{parent}:0",
            f"{parent}:2",
        ]

    @pytest.mark.parametrize("seconds", range(5))
    def test_each_status(self, batch_mock: BatchMock, client: Any, seconds: int) -> None:
        """At each stage, the children are listed under their status and under no other."""
        parent = submit_array(client, 2)
        batch_mock.tick(seconds)
        now = ("SUBMITTED", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED")[seconds]
        for wanted in STATUSES:
            found = listed(client, arrayJobId=parent, jobStatus=wanted)
            assert found == ([f"{parent}:0", f"{parent}:1"] if wanted == now else [])

    def test_pages(self, batch_mock: BatchMock, client: Any) -> None:
        """Pages of children are in the order of their index, and the last has no nextToken."""
        parent = submit_array(client, 7)
        batch_mock.run()
        pages = client.get_paginator("list_jobs").paginate(
            arrayJobId=parent, jobStatus="SUCCEEDED", PaginationConfig={"PageSize": 3}
        )
        indices = [
            [job["arrayProperties"]["index"] for job in page["jobSummaryList"]] for page in pages
        ]
        assert indices == [[0, 1, 2], [3, 4, 5], [6]]

    def test_page_of_1000(self, batch_mock: BatchMock, client: Any) -> None:
        """A page holds at most 1,000 children."""
        parent = submit_array(client, 1001)
        page = client.list_jobs(arrayJobId=parent, jobStatus="SUBMITTED")
        assert len(page["jobSummaryList"]) == 1000
        rest = client.list_jobs(
            arrayJobId=parent, jobStatus="SUBMITTED", nextToken=page["nextToken"]
        )
        assert [job["jobId"] for job in rest["jobSummaryList"]] == [f"{parent}:1000"]
        assert "nextToken" not in rest

    def test_summary_of_a_child(self, batch_mock: BatchMock, client: Any) -> None:
        """A child's entry has its index and its own times and exit code."""
        batch_mock.script("array", fail(3), array_index=1)
        parent = submit_array(client, 2)
        batch_mock.run()
        (entry,) = client.list_jobs(arrayJobId=parent, jobStatus="FAILED")["jobSummaryList"]
        assert entry["arrayProperties"] == {"index": 1}
        assert entry["container"] == {"exitCode": 3}
        assert (entry["startedAt"] - START_MS, entry["stoppedAt"] - START_MS) == (3000, 4000)

    def test_absent_from_queue(self, batch_mock: BatchMock, client: Any) -> None:
        """Listings of a queue have the parent and none of its children."""
        parent = submit_array(client, 3)
        batch_mock.tick(3)
        assert listed(client, jobQueue="job-queue") == []
        assert listed(client, jobQueue="job-queue", jobStatus="PENDING") == [parent]
        by_name = [{"name": "JOB_NAME", "values": ["*"]}]
        assert listed(client, jobQueue="job-queue", filters=by_name) == [parent]

    @needs_todays_model
    def test_summary_of_a_parent(self, batch_mock: BatchMock, client: Any) -> None:
        """A parent's entry has its size and statusSummary."""
        parent = submit_array(client, 3)
        batch_mock.tick(3)
        (entry,) = client.list_jobs(jobQueue="job-queue", jobStatus="PENDING")["jobSummaryList"]
        assert entry["arrayProperties"] == describe(client, parent)["arrayProperties"]
        assert entry["arrayProperties"]["statusSummary"]["RUNNING"] == 3

    def test_plain_job_has_no_children(self, batch_mock: BatchMock, client: Any) -> None:
        """A job other than an array job has no children to list (assumed)."""
        job = submit(client)
        assert listed(client, arrayJobId=job, jobStatus="SUBMITTED") == []

    def test_unknown_array(self, batch_mock: BatchMock, client: Any) -> None:
        """An unknown job has no children to list (assumed)."""
        assert client.list_jobs(arrayJobId="nothing")["jobSummaryList"] == []

    def test_token_of_another_array(self, batch_mock: BatchMock, client: Any) -> None:
        """A nextToken is valid only for the request that it came from."""
        one, other = submit_array(client, 3), submit_array(client, 3)
        request = {"jobStatus": "SUBMITTED", "maxResults": 1}
        token = client.list_jobs(arrayJobId=one, **request)["nextToken"]
        with pytest.raises(client.exceptions.ClientException, match="Invalid nextToken"):
            client.list_jobs(arrayJobId=other, nextToken=token, **request)


class TestStop:
    @pytest.mark.parametrize("operation", ["cancel_job", "terminate_job"])
    @pytest.mark.parametrize("seconds", [0, 1])
    def test_parent_before_starting(
        self, batch_mock: BatchMock, client: Any, operation: str, seconds: int
    ) -> None:
        """Before STARTING, both operations on a parent fail all children and the parent."""
        parent = submit_array(client, 3)
        batch_mock.tick(seconds)
        getattr(client, operation)(jobId=parent, reason="not needed")
        batch_mock.run()
        assert child_statuses(client, parent) == ["FAILED"] * 3
        assert status(client, parent) == ("FAILED", "not needed")
        child = describe(client, f"{parent}:2")
        assert (child["statusReason"], child["attempts"]) == ("not needed", [])

    @pytest.mark.parametrize("seconds", [2, 3])
    def test_cancel_parent_from_starting_on(
        self, batch_mock: BatchMock, client: Any, seconds: int
    ) -> None:
        """CancelJob has no effect on children that are STARTING or RUNNING."""
        parent = submit_array(client, 2)
        batch_mock.tick(seconds)
        client.cancel_job(jobId=parent, reason="late")
        batch_mock.run()
        assert child_statuses(client, parent) == ["SUCCEEDED"] * 2
        assert status(client, parent) == ("SUCCEEDED", None)

    @pytest.mark.parametrize("seconds", [2, 3])
    def test_terminate_parent_from_starting_on(
        self, batch_mock: BatchMock, client: Any, seconds: int
    ) -> None:
        """TerminateJob stops the attempts of all children, which are not retried."""
        parent = submit_array(client, 2, retryStrategy={"attempts": 3})
        batch_mock.tick(seconds)
        client.terminate_job(jobId=parent, reason="enough")
        batch_mock.run()
        assert status(client, parent) == ("FAILED", "enough")
        for child in _children(client, parent, 2):
            assert child["statusReason"] == "enough"
            assert [attempt["statusReason"] for attempt in child["attempts"]] == ["enough"]

    def test_terminated_child_is_killed(self, batch_mock: BatchMock, client: Any) -> None:
        """A RUNNING child of a terminated parent ends with exit code 137."""
        parent = submit_array(client, 2)
        batch_mock.tick(3)
        client.terminate_job(jobId=parent, reason="enough")
        batch_mock.run()
        assert describe(client, f"{parent}:1")["container"]["exitCode"] == 137

    def test_cancel_mixed(self, batch_mock: BatchMock, client: Any) -> None:
        """Cancelling a parent fails the waiting children, and the parent ends when the running one has."""
        batch_mock.script("array", succeed(after=100), array_index=0)
        batch_mock.script("array", succeed(runnable=50), array_index=1)
        parent = submit_array(client, 2)
        batch_mock.tick(10)
        client.cancel_job(jobId=parent, reason="not needed")
        batch_mock.tick(1)
        assert child_statuses(client, parent) == ["RUNNING", "FAILED"]
        assert status(client, parent)[0] == "PENDING"
        batch_mock.run()
        assert child_statuses(client, parent) == ["SUCCEEDED", "FAILED"]
        assert status(client, parent) == ("FAILED", "not needed")

    @pytest.mark.parametrize("bulk", [False, True])
    def test_terminate_after_cancel(self, batch_mock: BatchMock, client: Any, bulk: bool) -> None:
        """A cancelled parent can be terminated, which stops its running children (documented)."""
        batch_mock.script("array", hang())
        parent = submit_array(client, 2)
        batch_mock.run()
        client.cancel_job(jobId=parent, reason="not needed")
        batch_mock.run()
        assert child_statuses(client, parent) == ["RUNNING"] * 2
        assert status(client, parent) == ("PENDING", "not needed")
        if bulk:
            client.terminate_jobs(jobs=[parent], reason="enough")
        else:
            client.terminate_job(jobId=parent, reason="enough")
        batch_mock.run()
        assert child_statuses(client, parent) == ["FAILED"] * 2
        assert status(client, f"{parent}:1") == ("FAILED", "enough")
        assert status(client, parent) == ("FAILED", "enough")

    def test_cancel_again(self, batch_mock: BatchMock, client: Any) -> None:
        """A repeated cancellation stops the children that can be cancelled by then."""
        batch_mock.script("array", fail(after=100), succeed(runnable=100))
        parent = submit_array(client, 2, retryStrategy={"attempts": 2})
        batch_mock.tick(50)
        client.cancel_job(jobId=parent, reason="first")
        batch_mock.tick(60)
        assert child_statuses(client, parent) == ["RUNNABLE"] * 2
        client.cancel_job(jobId=parent, reason="second")
        batch_mock.run()
        assert status(client, f"{parent}:1") == ("FAILED", "second")
        assert status(client, parent) == ("FAILED", "first")

    def test_flags(self, batch_mock: BatchMock, client: Any) -> None:
        """An accepted cancellation is described on the parent and on each affected child."""
        parent = submit_array(client, 2)
        client.cancel_job(jobId=parent, reason="not needed")
        for job_id in (parent, f"{parent}:0", f"{parent}:1"):
            shown = describe(client, job_id)
            assert (shown["isCancelled"], shown.get("isTerminated")) == (True, None)

    def test_ended_children_stay(self, batch_mock: BatchMock, client: Any) -> None:
        """Terminating a parent changes nothing for children that have ended."""
        batch_mock.script("array", hang(), array_index=1)
        parent = submit_array(client, 2)
        batch_mock.run()
        client.terminate_job(jobId=parent, reason="enough")
        batch_mock.run()
        assert child_statuses(client, parent) == ["SUCCEEDED", "FAILED"]
        assert "isTerminated" not in describe(client, f"{parent}:0")

    @pytest.mark.parametrize("operation", ["cancel_job", "terminate_job"])
    @pytest.mark.parametrize("seconds", [0, 1])
    def test_one_child(
        self, batch_mock: BatchMock, client: Any, operation: str, seconds: int
    ) -> None:
        """Stopping one child does not affect its siblings and makes the parent FAILED."""
        parent = submit_array(client, 3)
        batch_mock.tick(seconds)
        getattr(client, operation)(jobId=f"{parent}:1", reason="bad shard")
        batch_mock.run()
        assert child_statuses(client, parent) == ["SUCCEEDED", "FAILED", "SUCCEEDED"]
        assert status(client, f"{parent}:1") == ("FAILED", "bad shard")
        assert status(client, parent) == ("FAILED", "Array Child Job failed")

    def test_stopped_child_flag(self, batch_mock: BatchMock, client: Any) -> None:
        """The parent of a cancelled child does not count as cancelled."""
        parent = submit_array(client, 2)
        client.cancel_job(jobId=f"{parent}:1", reason="bad shard")
        assert describe(client, f"{parent}:1")["isCancelled"] is True
        assert "isCancelled" not in describe(client, parent)

    def test_first_reason_wins(self, batch_mock: BatchMock, client: Any) -> None:
        """A child that was cancelled before its parent keeps its own reason (assumed)."""
        parent = submit_array(client, 2)
        client.cancel_job(jobId=f"{parent}:1", reason="bad shard")
        client.cancel_job(jobId=parent, reason="not needed")
        batch_mock.run()
        assert status(client, f"{parent}:0") == ("FAILED", "not needed")
        assert status(client, f"{parent}:1") == ("FAILED", "bad shard")
        assert status(client, parent) == ("FAILED", "not needed")

    def test_ended_parent(self, batch_mock: BatchMock, client: Any) -> None:
        """Stopping an array job that has ended is a successful no-op."""
        parent = submit_array(client, 2)
        batch_mock.run()
        client.cancel_job(jobId=parent, reason="late")
        client.terminate_job(jobId=f"{parent}:0", reason="late")
        batch_mock.run()
        assert status(client, parent) == ("SUCCEEDED", None)
        assert status(client, f"{parent}:0")[0] == "SUCCEEDED"

    def test_grace(self) -> None:
        """Running children get the grace between SIGTERM and SIGKILL, and one that exits 0 first SUCCEEDED."""
        with mock_batch(start="2026-01-02T03:04:05Z", stop_grace_seconds=30) as mock:
            client = _client_on(mock)
            mock.script("array", succeed(after=20), hang(), array_index=0)
            mock.script("array", hang(), array_index=1)
            parent = submit_array(client, 2)
            mock.tick(10)
            client.terminate_job(jobId=parent, reason="enough")
            mock.tick(29)
            assert child_statuses(client, parent) == ["SUCCEEDED", "RUNNING"]
            mock.tick(1)
            assert status(client, parent) == ("FAILED", "enough")


class TestScriptAndHold:
    def test_script_of_one_child(self, batch_mock: BatchMock, client: Any) -> None:
        """A script with an array index applies only to that child."""
        batch_mock.script("array", fail(9), array_index=1)
        parent = submit_array(client, 3)
        batch_mock.run()
        assert child_statuses(client, parent) == ["SUCCEEDED", "FAILED", "SUCCEEDED"]

    def test_script_of_one_child_is_for_no_plain_job(
        self, batch_mock: BatchMock, client: Any
    ) -> None:
        """A script with an array index does not apply to jobs without an index."""
        batch_mock.script("*", fail(9), array_index=0)
        job = submit(client)
        batch_mock.run()
        assert status(client, job)[0] == "SUCCEEDED"

    def test_newer_script_wins(self, batch_mock: BatchMock, client: Any) -> None:
        """A newer script for all children takes precedence over an older one for a single child."""
        batch_mock.script("array", fail(9), array_index=1)
        batch_mock.script("array", succeed())
        parent = submit_array(client, 2)
        batch_mock.run()
        assert status(client, parent)[0] == "SUCCEEDED"

    def test_hold_one_child(self, batch_mock: BatchMock, client: Any) -> None:
        """A child held by its id stays there, and its parent stays PENDING, until released."""
        parent = submit_array(client, 3)
        batch_mock.hold(f"{parent}:1", at="RUNNABLE")
        batch_mock.run()
        assert child_statuses(client, parent) == ["SUCCEEDED", "RUNNABLE", "SUCCEEDED"]
        assert status(client, parent)[0] == "PENDING"
        batch_mock.release(f"{parent}:1")
        batch_mock.run()
        assert status(client, parent)[0] == "SUCCEEDED"

    @pytest.mark.parametrize("at", ["RUNNABLE", "STARTING", "RUNNING"])
    def test_hold_by_name(self, batch_mock: BatchMock, client: Any, at: str) -> None:
        """A hold on a name keeps all children of an array job of that name."""
        batch_mock.hold("array", at=at)
        parent = submit_array(client, 3)
        batch_mock.run()
        assert summary(client, parent) == {at: 3}
        batch_mock.release("array")
        batch_mock.run()
        assert summary(client, parent) == {"SUCCEEDED": 3}

    @pytest.mark.parametrize("at", ["RUNNABLE", "STARTING", "RUNNING"])
    def test_hold_by_id(self, batch_mock: BatchMock, client: Any, at: Any) -> None:
        """A hold by the id of an array job keeps its children, and releasing the id frees them."""
        job_id = submit_array(client, 3)
        other_id = submit_array(client, 3)
        batch_mock.hold(job_id, at=at)
        batch_mock.run()
        assert {child.status for child in batch_mock.job(job_id).children} == {at}
        assert batch_mock.job(other_id).status == "SUCCEEDED"
        batch_mock.release(job_id)
        batch_mock.run()
        assert batch_mock.job(job_id).status == "SUCCEEDED"

    def test_hold_parent_at_submitted(self, batch_mock: BatchMock, client: Any) -> None:
        """A parent held at SUBMITTED keeps its children there."""
        parent = submit_array(client, 2)
        batch_mock.hold(parent, at="SUBMITTED")
        batch_mock.run()
        assert (status(client, parent)[0], summary(client, parent)) == (
            "SUBMITTED",
            {"SUBMITTED": 2},
        )
        batch_mock.release(parent)
        batch_mock.run()
        assert status(client, parent)[0] == "SUCCEEDED"

    def test_hold_child_at_submitted(self, batch_mock: BatchMock, client: Any) -> None:
        """One child can be kept SUBMITTED while its siblings run."""
        parent = submit_array(client, 2)
        batch_mock.hold(f"{parent}:0", at="SUBMITTED")
        batch_mock.run()
        assert child_statuses(client, parent) == ["SUBMITTED", "SUCCEEDED"]
        batch_mock.release(f"{parent}:0")
        batch_mock.run()
        assert status(client, parent)[0] == "SUCCEEDED"

    def test_cancel_held_child(self, batch_mock: BatchMock, client: Any) -> None:
        """A held child can be cancelled."""
        parent = submit_array(client, 2)
        batch_mock.hold(f"{parent}:0", at="RUNNABLE")
        batch_mock.run()
        client.cancel_job(jobId=f"{parent}:0", reason="bad shard")
        batch_mock.run()
        assert status(client, f"{parent}:0") == ("FAILED", "bad shard")
        assert status(client, parent)[0] == "FAILED"


class TestEndOfAnArray:
    def test_retention(self, batch_mock: BatchMock, client: Any) -> None:
        """Children stay visible until their parent expires, even if they ended long before."""
        batch_mock.script("array", succeed(after=86400), array_index=1)
        parent = submit_array(client, 2)
        batch_mock.run()
        batch_mock.tick(7 * 86400 - 1)
        assert len(client.describe_jobs(jobs=[parent, f"{parent}:0", f"{parent}:1"])["jobs"]) == 3
        batch_mock.tick(1)
        assert client.describe_jobs(jobs=[parent, f"{parent}:0", f"{parent}:1"])["jobs"] == []
        assert listed(client, arrayJobId=parent, jobStatus="SUCCEEDED") == []

    def test_unfinished_parent_does_not_expire(self, batch_mock: BatchMock, client: Any) -> None:
        """A child that ended long ago is described until its parent has ended."""
        batch_mock.script("array", hang(), array_index=1)
        parent = submit_array(client, 2)
        batch_mock.tick(30 * 86400)
        assert child_statuses(client, parent) == ["SUCCEEDED", "RUNNING"]

    @pytest.mark.parametrize("seconds", [0, 1, 2, 3])
    def test_queue_deleted(self, batch_mock: BatchMock, client: Any, seconds: int) -> None:
        """Deleting the queue fails every child and the parent in any status."""
        parent = submit_array(client, 2)
        batch_mock.tick(seconds)
        client.update_job_queue(jobQueue="job-queue", state="DISABLED")
        client.delete_job_queue(jobQueue="job-queue")
        batch_mock.run()
        assert child_statuses(client, parent) == ["FAILED"] * 2
        assert status(client, parent) == ("FAILED", "JobQueue deleted")
        assert status(client, f"{parent}:0") == ("FAILED", "JobQueue deleted")


def _children(client: Any, parent: str, size: int) -> list[dict[str, Any]]:
    ids = [f"{parent}:{index}" for index in range(size)]
    jobs: list[dict[str, Any]] = client.describe_jobs(jobs=ids)["jobs"]
    return jobs


def _client_on(mock: BatchMock) -> Any:

    mock.provision()
    return shared_client()


@pytest.mark.parametrize("never", ["RUNNABLE", "STARTING", "RUNNING"])
def test_wait_for_what_a_parent_never_is(batch_mock: BatchMock, client: Any, never: str) -> None:
    """run_until() raises at once for a status that an array parent never has: RUNNABLE, STARTING or RUNNING."""
    batch_mock.provision()
    job = submit_array(client, 2)
    with pytest.raises(StuckError) as caught:
        batch_mock.run_until(job, never)
    advice = f"An array job is never {never}, its children are: wait for '{job}:0'."
    assert str(caught.value).splitlines()[-1] == advice
    assert batch_mock.job(job).status == "SUBMITTED"
