"""The logs of jobs as a client of CloudWatch Logs sees them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from batchmock import (
    BatchMock,
    CallContext,
    UnsupportedError,
    call,
    cannot_pull_image,
    fail,
    hang,
    in_containers,
    mock_batch,
    succeed,
)

from ...builders import START_MS, described, needs_todays_model, register, shared_client, submit
from ...operations.family_requests import register_nodes
from ...operations.resource_requests import EC2, EKS, create_environment, create_queue

GROUP = "/aws/batch/job"
LOGS_ARN = "arn:aws:logs:us-east-1:123456789012:"


@pytest.fixture(autouse=True)
def _resources(batch_mock: BatchMock) -> None:
    batch_mock.provision(job_queue="queue", job_definition="definition")


@pytest.fixture
def logs(batch_mock: BatchMock) -> Any:
    """A boto3 client of CloudWatch Logs."""
    return shared_client("logs")


def stream_of(client: Any, job_id: str) -> str:
    """Return the log stream from DescribeJobs."""
    name: str = described(client, job_id)["container"]["logStreamName"]
    return name


def run(batch_mock: BatchMock, client: Any, *lines: str, after: float = 10) -> str:
    """Run a job that writes lines, and return its log stream."""
    batch_mock.script("job", succeed(after=after, logs=lines))
    job_id = submit(client)
    batch_mock.run()
    return stream_of(client, job_id)


def messages(reply: Any) -> list[str]:
    """Return the messages of a reply."""
    return [event["message"] for event in reply["events"]]


def refusal(code: str, ask: Callable[..., Any], **request: Any) -> str:
    """Return the message of the error with which a request is refused."""
    with pytest.raises(ClientError) as caught:
        ask(**request)
    error = caught.value.response
    assert error["Error"]["Code"] == code
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    message: str = error["Error"]["Message"]
    return message


class TestGetLogEvents:
    def test_events(self, batch_mock: BatchMock, client: Any, logs: Any) -> None:
        """Each line is an event with the time at which it was written."""
        stream = run(batch_mock, client, "one", "two")
        reply = logs.get_log_events(logGroupName=GROUP, logStreamName=stream)
        started = START_MS + 3000
        assert reply["events"] == [
            {"timestamp": started, "message": "one", "ingestionTime": started},
            {"timestamp": started + 5000, "message": "two", "ingestionTime": started + 5000},
        ]

    def test_tailing(self, batch_mock: BatchMock, client: Any, logs: Any) -> None:
        """Following the forward token returns each line once, and at the end the token stays the same."""
        batch_mock.script("job", succeed(after=10, logs=["one", "two"]))
        job_id = submit(client)
        batch_mock.run_until(job_id, "RUNNING")
        request = {"logGroupName": GROUP, "logStreamName": stream_of(client, job_id)}
        seen, token = [], {"startFromHead": True}
        for _ in range(4):
            reply = logs.get_log_events(**request, **token)
            token = {"nextToken": reply["nextForwardToken"]}
            seen.append((messages(reply), token["nextToken"]))
            batch_mock.tick(4)
        assert [lines for lines, _ in seen] == [["one"], [], ["two"], []]
        tokens = [token for _, token in seen]
        assert (tokens[0], tokens[2]) == (tokens[1], tokens[3])
        assert all(len(token) == 60 and token[:2] + token[-2:] == "f//s" for token in tokens)

    def test_pages_forward_and_back(self, batch_mock: BatchMock, client: Any, logs: Any) -> None:
        """Pages lead to the end and back to the head, where the token stays the same too."""
        stream = run(batch_mock, client, *"abcde")

        def page(**members: Any) -> Any:
            return logs.get_log_events(logGroupName=GROUP, logStreamName=stream, limit=2, **members)

        first = page(startFromHead=True)
        second = page(nextToken=first["nextForwardToken"])
        third = page(nextToken=second["nextForwardToken"])
        end = page(nextToken=third["nextForwardToken"])
        assert [messages(reply) for reply in (first, second, third, end)] == [
            ["a", "b"],
            ["c", "d"],
            ["e"],
            [],
        ]
        assert end["nextForwardToken"] == third["nextForwardToken"]
        back = page(nextToken=third["nextBackwardToken"])
        head = page(nextToken=first["nextBackwardToken"])
        assert (messages(back), messages(head)) == (["c", "d"], [])
        assert head["nextBackwardToken"] == first["nextBackwardToken"]
        assert first["nextBackwardToken"].startswith("b/")

    def test_latest_page_first(self, batch_mock: BatchMock, client: Any, logs: Any) -> None:
        """Without startFromHead, the latest lines are returned and the backward token leads to earlier ones."""
        stream = run(batch_mock, client, *"abc")
        request = {"logGroupName": GROUP, "logStreamName": stream, "limit": 2}
        latest = logs.get_log_events(**request)
        before = logs.get_log_events(**request, nextToken=latest["nextBackwardToken"])
        assert (messages(latest), messages(before)) == (["b", "c"], ["a"])

    @pytest.mark.parametrize(
        ("members", "expected"),
        [
            ({"startTime": 5000}, ["two", "three"]),
            ({"endTime": 5000}, ["one"]),
            ({"startTime": 1, "endTime": 5001}, ["two"]),
            ({"startTime": 11_000}, []),
            ({"startTime": 5000, "endTime": 4000}, []),
            ({"startTime": 1, "startFromHead": True, "limit": 1}, ["two"]),
        ],
    )
    def test_time_range(
        self,
        batch_mock: BatchMock,
        client: Any,
        logs: Any,
        members: dict[str, Any],
        expected: list[str],
    ) -> None:
        """The startTime is inclusive and the endTime exclusive."""
        started = START_MS + 3000
        members = {
            name: value + started if name.endswith("Time") else value
            for name, value in members.items()
        }
        stream = run(batch_mock, client, "one", "two", "three", after=15)
        reply = logs.get_log_events(logGroupName=GROUP, logStreamName=stream, **members)
        assert messages(reply) == expected

    @pytest.mark.parametrize("identifier", [GROUP, f"{LOGS_ARN}log-group:{GROUP}"])
    def test_identifier(
        self, batch_mock: BatchMock, client: Any, logs: Any, identifier: str
    ) -> None:
        """The identifier of a group can be its name or its ARN."""
        stream = run(batch_mock, client, "one")
        reply = logs.get_log_events(logGroupIdentifier=identifier, logStreamName=stream)
        assert messages(reply) == ["one"]

    def test_no_such_stream(self, batch_mock: BatchMock, client: Any, logs: Any) -> None:
        """The stream of a job that has not started does not exist yet, and the error is modeled."""
        batch_mock.script("job", cannot_pull_image())
        job_id = submit(client)
        batch_mock.run()
        request = {"logGroupName": GROUP, "logStreamName": stream_of(client, job_id)}
        text = refusal("ResourceNotFoundException", logs.get_log_events, **request)
        assert text == "The specified log stream does not exist."
        with pytest.raises(logs.exceptions.ResourceNotFoundException):
            logs.get_log_events(**request)

    def test_refused(self, batch_mock: BatchMock, client: Any, logs: Any) -> None:
        """Tokens of another stream, pages that are too large, and a group named twice are refused."""
        one, other = run(batch_mock, client, "one"), run(batch_mock, client, "two")
        token = logs.get_log_events(logGroupName=GROUP, logStreamName=other)["nextForwardToken"]
        request = {"logGroupName": GROUP, "logStreamName": one}

        def text(**members: Any) -> str:
            return refusal("InvalidParameterException", logs.get_log_events, **request, **members)

        for bad in (token, "x", "f/1/s", logs_token(logs, request).replace("f/", "c/")):
            assert text(nextToken=bad) == "The specified nextToken is invalid."
        assert text(limit=10_001) == (
            "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: "
            "Member must have value less than or equal to 10000"
        )
        assert text(logGroupIdentifier=GROUP) == (
            "Specify either logGroupName or logGroupIdentifier, and not both."
        )


def logs_token(logs: Any, request: dict[str, Any]) -> str:
    """Return the forward token of a stream."""
    token: str = logs.get_log_events(**request)["nextForwardToken"]
    return token


class TestFilterLogEvents:
    def test_all_streams_by_time(self, batch_mock: BatchMock, client: Any, logs: Any) -> None:
        """The lines of all streams are sorted by time."""
        batch_mock.script("job", succeed(after=10, logs=["a", "c"]), array_index=0)
        batch_mock.script("job", succeed(after=4, logs=["b", "d"]), array_index=1)
        submit(client, arrayProperties={"size": 2})
        batch_mock.run()
        reply = logs.filter_log_events(logGroupName=GROUP)
        assert messages(reply) == ["a", "b", "d", "c"]
        event = reply["events"][3]
        assert event["timestamp"] == event["ingestionTime"] == START_MS + 8000
        assert len(event["eventId"]) == 56
        assert reply["searchedLogStreams"] == []

    def test_pages(self, batch_mock: BatchMock, client: Any, logs: Any) -> None:
        """A paginator of botocore reads all pages."""
        run(batch_mock, client, *"abcde")
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=GROUP, PaginationConfig={"PageSize": 2}
        )
        assert [messages(page) for page in pages] == [["a", "b"], ["c", "d"], ["e"]]

    def test_pages_while_lines_come(self, batch_mock: BatchMock, client: Any, logs: Any) -> None:
        """Lines written between two pages appear on a later one, and none is lost or repeated."""
        batch_mock.script("job", succeed(after=10, logs="a\nb\nc\nd\ne"))
        batch_mock.run_until(submit(client), "RUNNING")
        batch_mock.tick(4)
        first = logs.filter_log_events(logGroupName=GROUP, limit=2)
        batch_mock.run()
        request = {"logGroupName": GROUP, "limit": 2, "nextToken": first["nextToken"]}
        second = logs.filter_log_events(**request)
        again = logs.filter_log_events(**request)
        third = logs.filter_log_events(**{**request, "nextToken": second["nextToken"]})
        assert [messages(page) for page in (first, second, third)] == [
            ["a", "b"],
            ["c", "d"],
            ["e"],
        ]
        assert messages(again) == ["c", "d"]

    def test_pages_of_two_readers(self, batch_mock: BatchMock, client: Any, logs: Any) -> None:
        """Readers with different queries can alternate."""
        run(batch_mock, client, *"abcde")
        readers = [
            logs.get_paginator("filter_log_events").paginate(
                logGroupName=GROUP, filterPattern=pattern, PaginationConfig={"PageSize": 1}
            )
            for pattern in ("?a ?b ?c", "-a -b -c")
        ]
        pages = [
            [messages(page) for page in pair] for pair in zip(*map(iter, readers), strict=False)
        ]
        assert pages == [[["a"], ["d"]], [["b"], ["e"]]]

    @needs_todays_model
    def test_newest_first(self, batch_mock: BatchMock, client: Any, logs: Any) -> None:
        """From the tail, the order is reversed across pages."""
        run(batch_mock, client, *"abc")
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=GROUP, startFromHead=False, PaginationConfig={"PageSize": 2}
        )
        assert [messages(page) for page in pages] == [["c", "b"], ["a"]]

    def test_chosen_streams(self, batch_mock: BatchMock, client: Any, logs: Any) -> None:
        """Streams are selected by name or by prefix but not by both."""
        register(client, "other")
        one = run(batch_mock, client, "one")
        batch_mock.script("other", succeed(logs=["two"]))
        submit(client, "other", jobDefinition="other")
        batch_mock.run()

        def found(**members: Any) -> list[str]:
            return messages(logs.filter_log_events(logGroupName=GROUP, **members))

        assert found(logStreamNames=[one, one]) == ["one"]
        assert found(logStreamNamePrefix="other/") == ["two"]
        ask = logs.filter_log_events
        assert refusal(
            "InvalidParameterException",
            ask,
            logGroupName=GROUP,
            logStreamNames=[one],
            logStreamNamePrefix="o",
        ) == ("logStreamNames and logStreamNamePrefix can't be specified together.")
        assert refusal(
            "ResourceNotFoundException", ask, logGroupName=GROUP, logStreamNames=[one, "none"]
        ) == ("The specified log stream does not exist.")

    def test_time_range(self, batch_mock: BatchMock, client: Any, logs: Any) -> None:
        """Both startTime and endTime are inclusive."""
        run(batch_mock, client, "one", "two", "three", after=15)
        started = START_MS + 3000
        reply = logs.filter_log_events(
            logGroupName=GROUP, startTime=started + 1, endTime=started + 5000
        )
        assert messages(reply) == ["two"]

    @pytest.mark.parametrize(
        ("pattern", "expected"),
        [
            ("", [0, 1, 2, 3]),
            ("ERROR", [0, 1]),
            ("error", [3]),
            ("ERROR 400", [0]),
            ("ERROR -REQUEST", [1]),
            ("-ERROR", [2, 3]),
            ('"BAD REQUEST"', [0]),
            ('-"BAD REQUEST" ERROR', [1]),
            ("?REQUEST ?error", [0, 2, 3]),
            ("?ERROR INFO", [2]),
            ('"say \\"hi\\""', [3]),
            ('"[ERROR"', [0, 1]),
        ],
    )
    def test_patterns(
        self, batch_mock: BatchMock, client: Any, logs: Any, pattern: str, expected: list[int]
    ) -> None:
        """Terms are required, excluded or optional; phrases are in quotation marks."""
        lines = [
            "[ERROR 400] BAD REQUEST",
            "[ERROR 401] DENIED",
            "[INFO] REQUEST",
            'error: say "hi"',
        ]
        run(batch_mock, client, *lines)
        reply = logs.filter_log_events(logGroupName=GROUP, filterPattern=pattern)
        assert messages(reply) == [lines[index] for index in expected]

    @pytest.mark.parametrize(
        ("pattern", "text"),
        [
            ("step-1", "Invalid character(s) in term 'step-1'"),
            ('"no end', "Invalid filter pattern: a quotation mark is not closed"),
        ],
    )
    def test_bad_patterns(self, logs: Any, pattern: str, text: str) -> None:
        """A pattern that CloudWatch refuses is refused."""
        ask = logs.filter_log_events
        request = {"logGroupName": GROUP, "filterPattern": pattern}
        assert refusal("InvalidParameterException", ask, **request) == text

    @pytest.mark.parametrize("pattern", ['{ $.level = "error" }', "[time, level]", "%ERR.*%"])
    def test_unsupported_patterns(self, logs: Any, pattern: str) -> None:
        """Patterns for JSON and fields, and regular expressions, are not simulated."""
        with pytest.raises(UnsupportedError, match="is not simulated"):
            logs.filter_log_events(logGroupName=GROUP, filterPattern=pattern)

    def test_token_of_another_question(self, batch_mock: BatchMock, client: Any, logs: Any) -> None:
        """A token is valid only for its own request."""
        run(batch_mock, client, *"abc")
        token = logs.filter_log_events(logGroupName=GROUP, limit=1)["nextToken"]
        request = {"logGroupName": GROUP, "nextToken": token, "filterPattern": "b"}
        text = refusal("InvalidParameterException", logs.filter_log_events, **request)
        assert text == "The specified nextToken is invalid."


class TestDescribeLogStreams:
    def test_stream(self, batch_mock: BatchMock, client: Any, logs: Any) -> None:
        """A stream has its creation time and the times of its first and last line."""
        name = run(batch_mock, client, "one", "two")
        (stream,) = logs.describe_log_streams(logGroupName=GROUP)["logStreams"]
        started = START_MS + 3000
        assert stream == {
            "logStreamName": name,
            "creationTime": started,
            "firstEventTimestamp": started,
            "lastEventTimestamp": started + 5000,
            "lastIngestionTime": started + 5000,
            "arn": f"{LOGS_ARN}log-group:{GROUP}:log-stream:{name}",
            "storedBytes": 0,
        }

    def test_one_for_each_attempt(self, batch_mock: BatchMock, client: Any, logs: Any) -> None:
        """Each started attempt has a stream, and one without lines has no times of events."""
        batch_mock.script("job", cannot_pull_image(), fail(1), succeed())
        job_id = submit(client, retryStrategy={"attempts": 3})
        batch_mock.run()
        streams = logs.describe_log_streams(logGroupName=GROUP)["logStreams"]
        attempts = described(client, job_id)["attempts"]
        names = [attempt["container"]["logStreamName"] for attempt in attempts[1:]]
        assert sorted(stream["logStreamName"] for stream in streams) == sorted(names)
        assert all("lastEventTimestamp" not in stream for stream in streams)

    def test_order_and_prefix(self, batch_mock: BatchMock, client: Any, logs: Any) -> None:
        """Streams are sorted by name or by latest line, and a prefix requires sorting by name."""
        register(client, "other")
        names = [run(batch_mock, client, "one") for _ in range(3)]

        def found(**members: Any) -> list[str]:
            pages = logs.get_paginator("describe_log_streams").paginate(
                logGroupName=GROUP, PaginationConfig={"PageSize": 2}, **members
            )
            return [stream["logStreamName"] for page in pages for stream in page["logStreams"]]

        assert found() == sorted(names)
        assert found(descending=True) == sorted(names, reverse=True)
        assert found(orderBy="LastEventTime") == names
        assert found(orderBy="LastEventTime", descending=True) == names[::-1]
        assert found(logStreamNamePrefix="other") == []
        assert found(logStreamNamePrefix=names[1][:-1]) == [names[1]]
        request = {"orderBy": "LastEventTime", "logStreamNamePrefix": "x", "logGroupName": GROUP}
        text = refusal("InvalidParameterException", logs.describe_log_streams, **request)
        assert text == "Cannot order by LastEventTime with a logStreamNamePrefix."

    @pytest.mark.parametrize("descending", [False, True])
    def test_pages(self, batch_mock: BatchMock, client: Any, logs: Any, descending: bool) -> None:
        """A paginator reads all streams, in either order."""
        for _ in range(5):
            run(batch_mock, client, "line")
        pages = logs.get_paginator("describe_log_streams").paginate(
            logGroupName=GROUP, descending=descending, PaginationConfig={"PageSize": 2}
        )
        names = [[item["logStreamName"] for item in page["logStreams"]] for page in pages]
        assert [len(page) for page in names] == [2, 2, 1]
        found = [name for page in names for name in page]
        assert found == sorted(found, reverse=descending)

    @pytest.mark.parametrize(
        ("limit", "text"), [(51, "less than or equal to 50"), (0, "greater than or equal to 1")]
    )
    def test_limit(self, batch_mock: BatchMock, limit: int, text: str) -> None:
        """A page has one to fifty streams."""
        unchecked = boto3.client(
            "logs", region_name="us-east-1", config=Config(parameter_validation=False)
        )
        said = refusal(
            "InvalidParameterException",
            unchecked.describe_log_streams,
            logGroupName=GROUP,
            limit=limit,
        )
        assert said.endswith(f"Member must have value {text}")


class TestDescribeLogGroups:
    def test_default_group(self, logs: Any) -> None:
        """Batch's own group always exists."""
        (group,) = logs.describe_log_groups(logGroupNamePrefix="/aws/batch")["logGroups"]
        assert group["logGroupName"] == GROUP
        assert group["creationTime"] == START_MS
        assert group["arn"] == f"{LOGS_ARN}log-group:{GROUP}:*"

    def test_own_groups(self, batch_mock: BatchMock, client: Any, logs: Any) -> None:
        """Groups named by jobs exist from the submission on and are found by prefix or part, in pages."""
        for name in ("/jobs/b", "/jobs/a"):
            options = {"awslogs-group": name}
            configuration = {"logDriver": "awslogs", "options": options}
            register(client, name[-1], {"logConfiguration": configuration})
            batch_mock.tick(1)
            submit(client, jobDefinition=name[-1])

        def found(**members: Any) -> list[str]:
            pages = logs.get_paginator("describe_log_groups").paginate(
                PaginationConfig={"PageSize": 1}, **members
            )
            return [group["logGroupName"] for page in pages for group in page["logGroups"]]

        assert found(logGroupNamePrefix="/jobs") == ["/jobs/a", "/jobs/b"]
        assert found(logGroupNamePattern="obs/b") == ["/jobs/b"]
        (group,) = logs.describe_log_groups(logGroupNamePrefix="/jobs/a")["logGroups"]
        assert group["creationTime"] == START_MS + 2000
        text = refusal(
            "InvalidParameterException",
            logs.describe_log_groups,
            logGroupNamePrefix="a",
            logGroupNamePattern="b",
        )
        assert text == "logGroupNamePrefix and logGroupNamePattern can't be specified together."

    @needs_todays_model
    def test_identifiers(self, logs: Any) -> None:
        """Groups can be selected by name or ARN."""
        reply = logs.describe_log_groups(logGroupIdentifiers=[f"{LOGS_ARN}log-group:{GROUP}"])
        assert [group["logGroupName"] for group in reply["logGroups"]] == [GROUP]


class TestWhereJobsLog:
    def test_own_group_prefix_and_region(self, batch_mock: BatchMock, client: Any) -> None:
        """The options of the awslogs driver set the group, stream prefix and region."""
        options = {
            "awslogs-group": "/jobs",
            "awslogs-stream-prefix": "mine",
            "awslogs-region": "eu-west-1",
        }
        register(
            client, container={"logConfiguration": {"logDriver": "awslogs", "options": options}}
        )
        stream = run(batch_mock, client, "one")
        assert stream.startswith("mine/default/")
        there = boto3.client("logs", region_name="eu-west-1")
        assert messages(there.get_log_events(logGroupName="/jobs", logStreamName=stream)) == ["one"]
        here = boto3.client("logs", region_name="us-east-1")
        request = {"logGroupName": GROUP, "logStreamName": stream}
        assert refusal("ResourceNotFoundException", here.get_log_events, **request)

    def test_before_it_runs(self, batch_mock: BatchMock, client: Any, logs: Any) -> None:
        """A submitted job has a group but no stream."""
        options = {"awslogs-group": "/jobs"}
        register(
            client, container={"logConfiguration": {"logDriver": "awslogs", "options": options}}
        )
        submit(client)
        assert logs.describe_log_streams(logGroupName="/jobs")["logStreams"] == []

    def test_other_drivers(self, batch_mock: BatchMock, client: Any, logs: Any) -> None:
        """Other log drivers do not write to CloudWatch."""
        register(client, container={"logConfiguration": {"logDriver": "json-file"}})
        run(batch_mock, client, "one")
        assert logs.describe_log_streams(logGroupName=GROUP)["logStreams"] == []

    def test_each_container(self, batch_mock: BatchMock, client: Any, logs: Any) -> None:
        """Each container has a stream from its own start on, and none if it never starts."""
        container = {
            "image": "busybox",
            "resourceRequirements": [
                {"type": "VCPU", "value": "1"},
                {"type": "MEMORY", "value": "128"},
            ],
        }
        late = {"containerName": "init", "condition": "SUCCESS"}
        containers = [
            {**container, "name": "app", "dependsOn": [late]},
            {**container, "name": "init", "essential": False},
        ]
        client.register_job_definition(
            jobDefinitionName="pair",
            type="container",
            ecsProperties={"taskProperties": [{"containers": containers}]},
        )
        outcomes = {"init": succeed(after=4, logs=["a"]), "app": succeed(after=4, logs=["b"])}
        batch_mock.script("job", in_containers(outcomes))
        job_id = submit(client, jobDefinition="pair")
        batch_mock.run_until(job_id, "RUNNING")
        seen = []
        for _ in range(2):
            streams = logs.describe_log_streams(logGroupName=GROUP)["logStreams"]
            seen.append([stream["logStreamName"].split("/")[1] for stream in streams])
            batch_mock.tick(4)
        assert seen == [["init"], ["app", "init"]]
        assert messages(logs.filter_log_events(logGroupName=GROUP)) == ["a", "b"]
        batch_mock.script("job", in_containers({"init": fail(1)}))
        submit(client, jobDefinition="pair")
        batch_mock.run()
        assert len(logs.describe_log_streams(logGroupName=GROUP)["logStreams"]) == 3

    def test_nodes(self, batch_mock: BatchMock, client: Any, logs: Any) -> None:
        """Each node of a multi-node job has a stream, and the job shows that of its main node."""
        register_nodes(client, nodes=2)
        batch_mock.script("nodes", succeed(logs=["main"]), node_index=0)
        batch_mock.script("nodes", succeed(logs=["other"]), node_index=1)
        job_id = submit(client, "nodes", jobDefinition="nodes")
        batch_mock.run()
        assert sorted(messages(logs.filter_log_events(logGroupName=GROUP))) == ["main", "other"]
        shown = described(client, job_id)["attempts"][0]["container"]["logStreamName"]
        assert messages(logs.get_log_events(logGroupName=GROUP, logStreamName=shown)) == ["main"]

    def test_from_inside_a_job(self, batch_mock: BatchMock, client: Any, logs: Any) -> None:
        """A job's function can read logs, and its own stream exists and is empty."""
        counts: list[int] = []

        def work(context: CallContext) -> None:
            print("hello")  # noqa: T201
            streams = logs.describe_log_streams(logGroupName=GROUP)["logStreams"]
            counts.append(len(streams))

        batch_mock.script("job", call(work))
        submit(client)
        batch_mock.run()
        assert counts == [1]
        assert messages(logs.filter_log_events(logGroupName=GROUP)) == ["hello"]

    def test_hanging_job(self, batch_mock: BatchMock, client: Any, logs: Any) -> None:
        """The stream of a stopped job remains, with the lines written before the stop."""
        batch_mock.script("job", hang(logs=[(1, "one"), (5, "two")]))
        job_id = submit(client)
        batch_mock.run_until(job_id, "RUNNING")
        batch_mock.tick(2)
        client.terminate_job(jobId=job_id, reason="enough")
        batch_mock.tick(60)
        assert messages(logs.filter_log_events(logGroupName=GROUP)) == ["one"]

    def test_pods_log_elsewhere(self, batch_mock: BatchMock, client: Any, logs: Any) -> None:
        """A pod on Amazon EKS has no stream, although `logs()` has its lines."""
        resources = {**EC2, "allocationStrategy": "BEST_FIT_PROGRESSIVE"}
        create_environment(client, "eks", resources, eksConfiguration=EKS)
        create_queue(client, "pods", ("eks",))
        size = {"limits": {"cpu": "1", "memory": "1024Mi"}}
        pod = {"containers": [{"image": "busybox", "resources": size}]}
        client.register_job_definition(
            jobDefinitionName="pod", type="container", eksProperties={"podProperties": pod}
        )
        batch_mock.script("job", succeed(logs=["one"]))
        job_id = submit(client, jobQueue="pods", jobDefinition="pod")
        batch_mock.run()
        assert batch_mock.logs(job_id) == ["one"]
        assert logs.describe_log_streams(logGroupName=GROUP)["logStreams"] == []

    @pytest.mark.skipif(
        "aws_account_id" not in inspect.signature(boto3.Session).parameters,
        reason="this boto3 knows no aws_account_id",
    )
    def test_accounts(self) -> None:
        """Accounts do not share logs."""
        keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
        with mock_batch(region="us-east-1") as batch_mock:
            batch_mock.provision()
            batch_mock.script("*", succeed(logs=["one"]))
            boto3.client("batch").submit_job(
                jobName="a", jobQueue="job-queue", jobDefinition="job-definition"
            )
            batch_mock.run()
            session = boto3.Session(**keys, aws_account_id="111122223333")
            assert messages(boto3.client("logs").filter_log_events(logGroupName=GROUP)) == ["one"]
            other = session.client("logs").filter_log_events(logGroupName=GROUP)
            assert messages(other) == []
