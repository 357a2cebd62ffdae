"""Arguments of a wrong kind: each is named where it is passed, with what to write instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import ANY

import boto3
import pytest

import batchmock
from batchmock import BatchMock, BatchMockError, succeed

from .builders import ARN, submit


@pytest.fixture
def job_id(batch_mock: BatchMock) -> str:
    """A submitted job, named `train`."""
    batch_mock.provision("queue", "definition")
    return submit(boto3.client("batch", region_name="us-east-1"), "train")


def message_of(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> str:
    """Return the message of the BatchMockError that a call raises."""
    with pytest.raises(BatchMockError) as caught:
        function(*args, **kwargs)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        (
            "fail",
            {"reason": 137},
            "reason is 137, which is not text. Pass what DescribeJobs shows: reason=",
        ),
        ("fail", {"status_reason": ["x"]}, "status_reason is ['x'], which is not text."),
        ("cannot_start", {"reason": 137}, "reason is 137, which is not text."),
        (
            "cannot_start",
            {"reason": "x", "status_reason": 1},
            "status_reason is 1, which is not text.",
        ),
        (
            "succeed",
            {"logs": None},
            "logs is None, which is not a list. Pass lines in their order: logs=[",
        ),
        ("fail", {"logs": 3}, "logs is 3, which is not a list."),
        ("hang", {"logs": {"a": "b"}}, "logs is {'a': 'b'}, which is not a list."),
        ("out_of_memory", {"logs": {"a"}}, "logs is {'a'}, which is not a list."),
        (
            "in_containers",
            {"containers": ["app"]},
            "in_containers(containers=) is ['app'], which is not a",
        ),
        (
            "client_error",
            {"code": "Not\nFound", "message": ""},
            "has the code 'Not\\nFound'; pass the name",
        ),
        (
            "server_error",
            {"code": "Überlast"},
            "has the code 'Überlast'; pass the name of an error",
        ),
        (
            "explore",
            {"function": lambda: None},
            "explore() got <lambda>(), which can't be called with one",
        ),
    ],
)
def test_functions(name: str, arguments: dict[str, Any], message: str) -> None:
    """A function of batchmock names the argument and what to write."""
    assert message in message_of(getattr(batchmock, name), **arguments)


@pytest.mark.parametrize(
    ("method", "arguments", "message"),
    [
        (
            "provision",
            {"shares": ["red"]},
            "provision(shares=) is ['red'], which is not a mapping. Pass weight",
        ),
        (
            "provision",
            {"consumable_resources": ["license"]},
            "provision(consumable_resources=) is ['license']",
        ),
        (
            "provision_service_jobs",
            {"quota_shares": ["red"]},
            "(quota_shares=) is ['red'], which is not a map",
        ),
        ("provision_service_jobs", {"instance_type": 5}, "got 5 as the instance type."),
        ("provision", {"region": 5}, 'region is 5; pass a name such as "eu-west-1".'),
        ("provision", {"region": "eu-wset-1"}, "Did you mean 'eu-west-1'?"),
        ("load", {"source": {"Resources": {}}, "region": ["x"]}, "region is ['x']; pass a name"),
        ("provision", {"vcpus": 1.5}, "provision() got vcpus=1.5. Pass a whole number."),
        ("provision", {"vcpus": float("inf")}, "provision() got vcpus=inf. Pass a whole number."),
        (
            "provision",
            {"max_vcpus": float("nan")},
            "provision() got max_vcpus=nan. Pass 0 or more.",
        ),
        (
            "provision",
            {"memory_mib": 10.5},
            "provision() got memory_mib=10.5. Pass a whole number.",
        ),
        (
            "provision",
            {"fargate": True, "instance_types": ["m5"]},
            "instance_types=['m5'] and fargate=True, and Fargate has no instances. Leave one of them out.",
        ),
        (
            "reply_to",
            {"method": "POST", "target": "/v1/listjobs", "headers": {}, "body": "{}"},
            "reply_to(body) is '{}', which is not bytes. Pass the body as it was sent",
        ),
        (
            "reply_to",
            {"method": "POST", "target": "/v1/listjobs", "headers": [("a", "b")]},
            "reply_to(headers) is [('a', 'b')], which is not a mapping.",
        ),
        (
            "reply_to",
            {"method": "POST", "target": "/v1/listjobs", "headers": {"Authorization": 5}},
            "the header 'Authorization' of reply_to() is 5, which is not text.",
        ),
        (
            "assert_polite",
            {"calls_per_minute": {"submit_job": 5}},
            "AWS Batch has no operation 'submit_job'. Did you mean 'SubmitJob'? Use the name of the operation, "
            'such as calls_per_minute={"DescribeJobs": 6}.',
        ),
        ("forward_events", {"event_bus": 5}, "forward_events(event_bus=) is 5, which is not text."),
        (
            "assert_polite",
            {"calls_per_minute": "six"},
            "assert_polite() was given the budget 'six'. Pass a whole number of calls",
        ),
        (
            "exhaust",
            {"compute_environment": 5},
            "exhaust(compute_environment) is 5, which is not text.",
        ),
        ("exhaust", {"compute_environment": "x", "reason": []}, "exhaust() was given reason=[]."),
        (
            "invalidate",
            {"compute_environment": None},
            "invalidate(compute_environment) is None, which is",
        ),
        (
            "invalidate",
            {"compute_environment": "x", "reason": 5},
            "invalidate(reason=) is 5, which is not",
        ),
        (
            "restore",
            {"compute_environment": ["x"]},
            "restore(compute_environment) is ['x'], which is not",
        ),
        (
            "report",
            {"width": "80"},
            "report(width=) is '80'. Pass a whole number from 0 to 10,000.",
        ),
    ],
)
def test_methods(
    method: str, arguments: dict[str, Any], message: str, batch_mock: BatchMock
) -> None:
    """A method of a mock names the argument and what to write, and nothing is created."""
    assert message in message_of(getattr(batch_mock, method), **arguments)
    client = boto3.client("batch", region_name="us-east-1")
    assert client.describe_compute_environments()["computeEnvironments"] == []


def test_an_attempt_that_is_text(batch_mock: BatchMock, job_id: str) -> None:
    """`logs(attempt="1")` says that attempts are numbers."""
    batch_mock.run()
    message = message_of(batch_mock.logs, job_id, attempt="1")
    assert "has no attempt '1'; it has had 1. Pass a number from 1 on" in message


def test_names_that_are_not_text(batch_mock: BatchMock, job_id: str) -> None:
    """`jobs.named(None)` and `calls.count([...])` say what to pass."""
    assert 'Pass a name or glob: jobs.named("train-*").' in message_of(batch_mock.jobs.named, None)
    for method in (batch_mock.calls.of, batch_mock.calls.count):
        assert "AWS Batch has no operation ['SubmitJob']." in message_of(method, ["SubmitJob"])


@pytest.mark.parametrize("width", [None, "80", float("nan"), float("inf"), 10**30, -1])
def test_widths(width: Any, batch_mock: BatchMock, job_id: str) -> None:
    """A width that is no number of columns or pixels is named."""
    timeline = batch_mock.timeline()
    for method in (timeline.text, timeline.to_svg):
        assert f"timeline(): width is {width!r}. Pass a whole number" in message_of(
            method, width=width
        )


@pytest.mark.parametrize("method", ["text", "to_svg", "to_html"])
def test_limits(method: str, batch_mock: BatchMock, job_id: str) -> None:
    """A negative number of rows is named, instead of dropping the last rows."""
    draw = getattr(batch_mock.timeline(), method)
    assert "timeline(): limit is -1. Pass a whole number from 0" in message_of(draw, limit=-1)


@pytest.mark.parametrize("file", ["timeline.txt", b"x", 1])
def test_a_file_that_is_a_path(file: Any, batch_mock: BatchMock) -> None:
    """`show("timeline.txt")` says to pass an open file."""
    message = message_of(batch_mock.timeline().show, file)
    assert message == (
        f"batchmock: timeline().show(file) is {file!r}, which is not an open file. Pass a file that is open "
        "for text, or write the text yourself: Path(path).write_text(str(timeline))."
    )


def test_a_title_that_is_not_text(batch_mock: BatchMock) -> None:
    """`to_html(title=5)` says to pass text."""
    message = message_of(batch_mock.timeline().to_html, title=5)
    assert "to_html(title=) is 5, which is not text." in message


def test_rules_to_waive_that_are_not_a_list(batch_mock: BatchMock) -> None:
    """`check(waive="no-timeout")` says to pass a list, instead of complaining about a rule `n`."""
    loaded = batch_mock.load({"Resources": {}})
    message = message_of(loaded.check, waive="no-timeout")
    assert message == (
        "batchmock: check(waive=) is 'no-timeout', which is not a list. "
        'Pass a list of rules: check(waive=["no-timeout", "moving-tag:Report"]).'
    )


def test_a_builtin_class() -> None:
    """`mock_batch` as a decorator of a class of Python says what it can decorate."""
    assert "can't decorate the built-in class int" in message_of(batchmock.mock_batch, int)


class TestSubmitted:
    """Expectations of `assert_submitted` that have another form than jobs have."""

    def test_environment_as_for_submit_job(self, batch_mock: BatchMock, job_id: str) -> None:
        """A list of names and values is answered with the dict to pass."""
        given = [{"name": "STAGE", "value": "prod"}]
        message = message_of(batch_mock.assert_submitted, environment=given)
        assert message == (
            f"batchmock: assert_submitted() got environment={given!r}, and a job has environment by name. "
            "Pass a dict: environment={'STAGE': 'prod'}."
        )

    @pytest.mark.parametrize("name", ["parameters", "environment", "tags"])
    @pytest.mark.parametrize("given", ["stage", 5, {"stage"}])
    def test_members_by_name(
        self, name: str, given: Any, batch_mock: BatchMock, job_id: str
    ) -> None:
        """What is no mapping is answered with one."""
        message = message_of(batch_mock.assert_submitted, **{name: given})
        assert f"Pass a dict: {name}={{'name': 'value'}}." in message

    def test_dependencies_as_for_submit_job(self, batch_mock: BatchMock, job_id: str) -> None:
        """A list of dicts is answered with ids and names."""
        message = message_of(batch_mock.assert_submitted, depends_on=[{"jobId": job_id}])
        assert "Pass the ids or names of jobs" in message

    def test_one_dependency(self, batch_mock: BatchMock, job_id: str) -> None:
        """A single dependency may stand alone: as a name, an id or a view."""
        client = boto3.client("batch", region_name="us-east-1")
        submit(client, "report", dependsOn=[{"jobId": job_id}])
        for given in ("train", job_id, batch_mock.job(job_id)):
            assert batch_mock.assert_submitted("report", depends_on=given).only().name == "report"

    def test_anything(self, batch_mock: BatchMock, job_id: str) -> None:
        """`unittest.mock.ANY` matches as a whole argument too."""
        found = batch_mock.assert_submitted(
            parameters=ANY, environment=ANY, tags=ANY, command=ANY, depends_on=ANY
        )
        assert found.only().id == job_id

    def test_a_name_that_is_not_text(self, batch_mock: BatchMock, job_id: str) -> None:
        """A name that no job can have is an assertion that shows the names."""
        name: Any = 5
        with pytest.raises(AssertionError, match="actual   'train'"):
            batch_mock.assert_submitted(name)


class TestHeld:
    """Jobs that are held where they never are."""

    def test_a_status_of_the_other_kind(self, batch_mock: BatchMock, job_id: str) -> None:
        """A job is never SCHEDULED, and a service job is never PENDING."""
        batch_mock.provision_service_jobs()
        service_job_id = boto3.client("batch", region_name="us-east-1").submit_service_job(
            jobName="fit",
            jobQueue="service-job-queue",
            serviceJobType="SAGEMAKER_TRAINING",
            serviceRequestPayload='{"ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large"}}',
        )["jobId"]
        message = message_of(batch_mock.hold, job_id, at="SCHEDULED")
        assert "can't be held at SCHEDULED: only service jobs have that status." in message
        message = message_of(batch_mock.hold, service_job_id, at="PENDING")
        assert "can't be held at PENDING: only jobs have that status." in message


class TestSelectors:
    """Arguments that are no job, for the methods that take one or a glob of names."""

    @pytest.mark.parametrize("method", ["hold", "release", "expire", "logs", "run_until"])
    def test_bytes(self, method: str, batch_mock: BatchMock) -> None:
        """Bytes are no job, and no list of jobs."""
        rest = ["SUCCEEDED"] if method == "run_until" else []
        message = message_of(getattr(batch_mock, method), b"train", *rest)
        assert f"{method}() got b'train', which is not a job." in message

    @pytest.mark.parametrize("kind", ["job-queue", "job-definition", "compute-environment"])
    def test_arns_of_other_resources(self, kind: str, batch_mock: BatchMock) -> None:
        """The ARN of another resource is named, instead of looking for a job of its name."""
        arn = f"{ARN}{kind}/train"
        assert message_of(batch_mock.hold, arn) == (
            f"batchmock: hold() got the ARN of a {kind.replace('-', ' ')} instead of a job: {arn!r}. "
            "Pass the jobId or the jobArn that submit_job returned."
        )


class TestOtherKinds:
    """Jobs where service jobs are expected, and the other way round."""

    @pytest.fixture
    def service_job_id(self, batch_mock: BatchMock) -> str:
        """A submitted service job, named `fit`."""
        batch_mock.provision_service_jobs()
        client = boto3.client("batch", region_name="us-east-1")
        submitted: str = client.submit_service_job(
            jobName="fit",
            jobQueue="service-job-queue",
            serviceJobType="SAGEMAKER_TRAINING",
            serviceRequestPayload="{}",
        )["jobId"]
        return submitted

    def test_ids(self, batch_mock: BatchMock, job_id: str, service_job_id: str) -> None:
        """The id of the other kind of job is answered with the method to use."""
        assert message_of(batch_mock.job, service_job_id) == (
            f"batchmock: {service_job_id!r} is the id of service job 'fit', and not of a job. "
            f"Use batch_mock.service_job({service_job_id!r})."
        )
        assert message_of(batch_mock.service_job, job_id) == (
            f"batchmock: {job_id!r} is the id of job 'train', and not of a service job. "
            f"Use batch_mock.job({job_id!r})."
        )

    def test_submitted(self, batch_mock: BatchMock, service_job_id: str) -> None:
        """`assert_submitted` says that it does not look at service jobs."""
        with pytest.raises(AssertionError, match="1 service job not included"):
            batch_mock.assert_submitted("fit")


@pytest.mark.parametrize(
    ("attribute", "index", "advice"),
    [
        ("jobs", "train", "Select jobs by their name: jobs.named('train').only()."),
        ("service_jobs", "fit", "Select jobs by their name: service_jobs.named('fit').only()."),
        ("calls", "SubmitJob", 'Select calls by their operation: calls.of("SubmitJob").'),
        ("events", "FAILED", "Select events by a pattern: events.matching({"),
    ],
)
def test_names_as_indexes(
    attribute: str, index: Any, advice: str, batch_mock: BatchMock, job_id: str
) -> None:
    """`jobs["train"]` and its siblings say how to select by name."""
    records = getattr(batch_mock, attribute)
    message = message_of(lambda: records[index])
    assert message.startswith(f"batchmock: {attribute}[{index!r}] needs a number, as a list does.")
    assert advice in message


def test_a_coroutine_function() -> None:
    """`call()` with a coroutine function says so at once, and how to run it."""

    async def work(context: object) -> None:
        """Do nothing."""

    assert message_of(batchmock.call, work) == (
        "batchmock: call() got the coroutine function work, which nothing would await. Run it in a function: "
        "call(lambda context: asyncio.run(work(context)))."
    )


def test_parameters_that_are_not_a_mapping(batch_mock: BatchMock) -> None:
    """`load(parameters=[...])` says to pass values by name."""
    message = message_of(batch_mock.load, {"Resources": {}}, parameters=["Vpc"])
    assert "load(parameters=) is ['Vpc'], which is not a mapping. Pass values by name" in message


def test_right_kinds_stay_right(batch_mock: BatchMock, job_id: str) -> None:
    """Generators of lines and empty reasons are accepted."""
    lines = (f"line {number}" for number in range(2))
    batch_mock.script(succeed(logs=lines), batchmock.fail(reason="", status_reason=None))
    batch_mock.run()
    assert batch_mock.logs(job_id) == ["line 0", "line 1"]
