"""Common mistakes of new users, each with its whole error message."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import boto3
import pytest

from batchmock import (
    BatchMock,
    BatchMockError,
    Policies,
    UnknownJobError,
    call,
    fail,
    mock_batch,
    succeed,
)

from .builders import submit


def message_of(function: Any, *args: Any, **kwargs: Any) -> str:
    """Return the message of the BatchMockError that a call raises."""
    with pytest.raises(BatchMockError) as caught:
        function(*args, **kwargs)
    return str(caught.value)


@pytest.fixture
def job_id(batch_mock: BatchMock) -> str:
    """A submitted job, named `train`."""
    batch_mock.provision("queue", "definition")
    return submit(boto3.client("batch", region_name="us-east-1"), "train")


class TestStarting:
    """Mocks that are started incorrectly."""

    def test_start_twice(self) -> None:
        """A second `start()` names where the first was and says what to do."""
        starter = mock_batch(region="us-east-1")
        starter.start()
        try:
            message = message_of(starter.start)
        finally:
            starter.stop()
        place = message.partition("since ")[2].partition(". Call")[0]
        assert message == (
            "batchmock: mock_batch(region='us-east-1') is already started, since "
            f"{place}. Call stop() first, or make a second mock with another mock_batch(); mocks may be "
            "nested."
        )
        assert place.rpartition(":")[0].endswith("test_mistakes.py")

    def test_with_without_parentheses(self) -> None:
        """`with mock_batch:` raises an error that names the missing parentheses."""
        entrance: Any = mock_batch
        assert message_of(entrance.__enter__) == (
            "batchmock: 'with mock_batch' has no mock to start: mock_batch without parentheses is only a "
            "decorator. Write with mock_batch() as batch_mock:"
        )

    def test_start_without_parentheses(self) -> None:
        """`mock_batch.start()` raises an error that names the missing parentheses."""
        entrance: Any = mock_batch
        assert message_of(entrance.start) == (
            "batchmock: 'mock_batch.start()' has no mock to start: mock_batch without parentheses is only "
            "a decorator. Write starter = mock_batch(); starter.start()"
        )

    def test_options_of_the_class(self) -> None:
        """The error of `BatchMock(region=...)` points to `mock_batch`."""
        kind: Any = BatchMock
        assert message_of(kind, region="eu-west-1", seed=1) == (
            "batchmock: BatchMock() takes no options by name. Use mock_batch(region='eu-west-1', seed=1), "
            "which makes a BatchMock and starts it."
        )

    @pytest.mark.parametrize(
        ("region", "right"),
        [
            ("us-esat-1", "us-east-1"),
            ("eu-westt-2", "eu-west-2"),
            ("us-gov-wset-1", "us-gov-west-1"),
        ],
    )
    def test_misspelt_region(self, region: str, right: str) -> None:
        """A misspelt direction in a region raises an error."""
        assert message_of(mock_batch, region=region) == (
            f"batchmock: region is {region!r}, and AWS has no regions of that name. Did you mean {right!r}?"
        )

    @pytest.mark.parametrize(
        "region",
        ["us-east-9", "mx-central-1", "us-iso-east-1", "eusc-de-east-1", "local", "test-1"],
    )
    def test_regions_to_come(self, region: str) -> None:
        """An unknown but well-formed region is accepted."""
        mock_batch(region=region)

    @pytest.mark.parametrize(
        ("policies", "arguments"),
        [
            ({"head_of_line_blocks": False}, "head_of_line_blocks=False"),
            ("strict", "substitute_inside_strings=True"),
        ],
    )
    def test_policies(self, policies: Any, arguments: str) -> None:
        """The error for policies given as a dict shows how to write them."""
        assert message_of(mock_batch, policies=policies) == (
            f"batchmock: policies is {policies!r}; pass a Policies: mock_batch(policies=Policies("
            f"{arguments})). It has {', '.join(item.name for item in fields(Policies))}."
        )


class TestJobs:
    """Other objects passed in place of a job."""

    def test_view(self, batch_mock: BatchMock, job_id: str) -> None:
        """The view of a job is accepted wherever its id is."""
        job = batch_mock.jobs.only()
        batch_mock.hold(job)
        batch_mock.run_until(job, "RUNNABLE")
        batch_mock.release(job)
        batch_mock.run_until(job, "SUCCEEDED")
        assert batch_mock.job(job) == job
        assert batch_mock.logs(job) == []

    def test_reply(self, batch_mock: BatchMock, job_id: str) -> None:
        """The reply of SubmitJob is not accepted as a job, and the error points to its id."""
        reply: Any = {"jobName": "train", "jobId": job_id}
        assert message_of(batch_mock.run_until, reply, "RUNNING") == (
            "batchmock: run_until() got a dict with 'jobId', 'jobName' instead of a job. Pass the id in it: "
            'run_until(reply["jobId"], ...).'
        )

    def test_several(self, batch_mock: BatchMock, job_id: str) -> None:
        """The error for a list of jobs says to wait for them one after another."""
        jobs: Any = [job_id, job_id]
        assert message_of(batch_mock.run_until, jobs, "RUNNING") == (
            "batchmock: run_until() got 2 jobs in a list, and takes one job. Call it once for each: "
            "for job in jobs: run_until(job, ...)."
        )

    def test_nothing(self, batch_mock: BatchMock, job_id: str) -> None:
        """None is not accepted as a job."""
        nothing: Any = None
        assert message_of(batch_mock.job, nothing) == (
            "batchmock: job() got None, which is not a job. Pass the jobId that submit_job returned, or a job "
            "of batch_mock.jobs."
        )

    def test_name(self, batch_mock: BatchMock, job_id: str) -> None:
        """A job's name is not accepted as an id, and the message shows the job's id."""
        with pytest.raises(UnknownJobError) as caught:
            batch_mock.job("train")
        assert str(caught.value) == (
            "batchmock: 'train' is the name of a job, not an id. Pass the jobId that submit_job returned, "
            f"here {job_id!r}, or find the job with batch_mock.jobs.named('train').only()."
        )

    def test_one_job(self, batch_mock: BatchMock, job_id: str) -> None:
        """The message counts `1 job` and not `1 jobs`."""
        assert message_of(batch_mock.job, "x").startswith(
            "batchmock: no job has the id 'x'. There is 1 job:\n"
        )

    def test_misspelt_name(self, batch_mock: BatchMock, job_id: str) -> None:
        """The error of `named("trian").only()` lists the existing names."""
        assert message_of(batch_mock.jobs.named("trian").only) == (
            "batchmock: only() found no job. None was named 'trian'. Did you mean 'train'? The names are "
            "'train'. Submit one first, or correct the name: jobs.named(glob).only()."
        )
        assert message_of(batch_mock.service_jobs.only) == (
            "batchmock: only() found no service job. None was submitted. Submit one first, or correct the "
            "name: service_jobs.named(glob).only()."
        )

    def test_misspelt_status(self, batch_mock: BatchMock, job_id: str) -> None:
        """A misspelt status raises an error that suggests the nearest."""
        status: Any = "SUCEEDED"
        assert message_of(batch_mock.run_until, job_id, status) == (
            "batchmock: 'SUCEEDED' is not a status of this kind of job. Did you mean 'SUCCEEDED'? Use one of "
            "SUBMITTED, PENDING, RUNNABLE, STARTING, RUNNING, SUCCEEDED, FAILED."
        )


class TestArguments:
    """Arguments that are valid Python but certainly mistaken."""

    @pytest.mark.parametrize("index", ["3", -1, 10_000, True, 1.0])
    def test_array_index(self, batch_mock: BatchMock, index: Any) -> None:
        """An index beyond any array child raises an error."""
        assert message_of(batch_mock.script, "*", succeed(), array_index=index) == (
            f"batchmock: script() got array_index={index!r}, and no child of an array job has that index. "
            "Pass a whole number, from 0 to 9,999."
        )

    @pytest.mark.parametrize("index", ["3", -1])
    def test_node_index(self, batch_mock: BatchMock, index: Any) -> None:
        """An index beyond any node raises an error."""
        assert message_of(batch_mock.script, "*", succeed(), node_index=index) == (
            f"batchmock: script() got node_index={index!r}, and no node of a multi-node job has that index. "
            "Pass a whole number, 0 or more."
        )

    def test_command_as_text(self, batch_mock: BatchMock) -> None:
        """A command must be a list of strings."""
        assert message_of(batch_mock.assert_submitted, command="run 5") == (
            "batchmock: assert_submitted() got command='run 5', and a command is a list of words. Pass "
            "command=['run', '5']."
        )

    def test_function_without_a_parameter(self) -> None:
        """A function passed to `call` must take the context."""
        kinds: dict[str, Any] = {"call": lambda: 0}
        assert message_of(call, kinds["call"]) == (
            "batchmock: call() got <lambda>(), which can't be called with one argument. Pass a function of "
            "one parameter, the CallContext: call(lambda context: main(context.command))."
        )

    def test_handlers_of_other_numbers_of_parameters(self, batch_mock: BatchMock) -> None:
        """A handler takes an event, or an event and a context."""
        kinds: dict[str, Any] = {"handler": lambda a, b, c: None}
        assert message_of(batch_mock.subscribe, kinds["handler"]) == (
            "batchmock: subscribe() got <lambda>(a, b, c), which can be called neither with an event nor "
            "with an event and a context. Pass a function of (event) or (event, context): "
            "lambda event: <lambda>(...)."
        )

    def test_handler_of_lambda(self, batch_mock: BatchMock) -> None:
        """A handler with two parameters is called with event and context, as AWS Lambda does."""
        contexts = []

        def handler(event: dict[str, Any], context: Any) -> None:
            contexts.append((event["id"], context))

        batch_mock.subscribe(handler, {"detail": {"status": ["SUCCEEDED"]}})
        batch_mock.provision("queue", "definition")
        submit(boto3.client("batch", region_name="us-east-1"))
        batch_mock.run()
        ((event_id, context),) = contexts
        assert context.aws_request_id == event_id
        assert context.function_name == "handler"
        assert context.get_remaining_time_in_millis() == 900_000

    def test_handler_with_a_default(self, batch_mock: BatchMock) -> None:
        """A second parameter with a default is not passed unless it has Lambda's name."""
        seen: list[Any] = []
        batch_mock.subscribe(lambda event, kept=seen: kept.append(event))
        batch_mock.subscribe(lambda event, context=None: seen.append(context.function_name))
        batch_mock.provision("queue", "definition")
        submit(boto3.client("batch", region_name="us-east-1"))
        batch_mock.run()
        assert seen[1::2] == ["<lambda>"] * 4

    @pytest.mark.parametrize(
        ("verb", "arguments", "message"),
        [
            (
                "script",
                {"job_que": "x"},
                "batchmock: BatchMock.script() has no parameter 'job_que'. Did you mean 'job_queue'? It has "
                "job_name, outcomes, job_queue, job_definition, array_index, node_index, compute_environment.",
            ),
            (
                "inject",
                {"time": 2},
                "batchmock: BatchMock.inject() has no parameter 'time'. Did you mean 'times'? It has "
                "operation, fault, times, skip.",
            ),
        ],
    )
    def test_misspelt_parameter(
        self, batch_mock: BatchMock, verb: str, arguments: dict[str, Any], message: str
    ) -> None:
        """A misspelt parameter raises a TypeError that names the right one."""
        with pytest.raises(TypeError) as caught:
            getattr(batch_mock, verb)(**arguments)
        assert str(caught.value) == message

    def test_misspelt_parameter_of_an_outcome(self) -> None:
        """Outcomes suggest the right parameter too."""
        outcome: Any = fail
        with pytest.raises(TypeError) as caught:
            outcome(exit_cod=3)
        assert str(caught.value).startswith(
            "batchmock: fail() has no parameter 'exit_cod'. Did you mean 'exit_code'? It has exit_code, "
        )

    def test_no_private_class_in_errors(self, batch_mock: BatchMock) -> None:
        """Python's own errors about arguments name `BatchMock`."""
        run: Any = batch_mock.run_until
        with pytest.raises(TypeError, match=r"^BatchMock\.run_until\(\) missing 2"):
            run()
        script: Any = batch_mock.script
        with pytest.raises(TypeError, match=r"batchmock: BatchMock\.script\(\)"):
            script(no=1)


def test_function_that_raises(batch_mock: BatchMock) -> None:
    """The last line of a job function's traceback appears in `explain()` and in the report."""

    def work(context: object) -> None:
        raise ValueError("no such file")

    batch_mock.provision("queue", "definition")
    batch_mock.script("train", call(work))
    submit(boto3.client("batch", region_name="us-east-1"), "train")
    batch_mock.run()
    explained = batch_mock.jobs.only().explain()
    assert "; its function raised ValueError: no such file)" in explained
    assert "ValueError: no such file" in batch_mock.report()


def test_events_that_cannot_be(batch_mock: BatchMock) -> None:
    """An unknown event name in a filter raises an error."""
    assert message_of(batch_mock.events.matching, {"detail": {"status": ["SUCEEDED"]}}) == (
        "batchmock: events.matching() got the status 'SUCEEDED', which no event has. Did you mean "
        "'SUCCEEDED'? Use one of SUBMITTED, PENDING, RUNNABLE, SCHEDULED, STARTING, RUNNING, SUCCEEDED, "
        "FAILED."
    )
    assert message_of(batch_mock.events.matching, {"detail-type": ["Batch Job Change"]}).startswith(
        "batchmock: events.matching() got the detail-type 'Batch Job Change', which no event has. Did you "
        "mean 'Batch Job State Change'?"
    )
    assert (
        len(batch_mock.events.matching({"detail-type": ["Other", "Batch Job State Change"]})) == 0
    )


def test_mistakes_with_pytest(pytester: pytest.Pytester) -> None:
    """Misused markers are errors at collection, and two mocks are an error of set-up."""
    pytester.makepyfile(
        test_marks="""
        import pytest

        @pytest.mark.batchmock(region="eu-west-1")
        def test_it(): ...
        """,
        test_class="""
        import pytest, unittest

        class Case(unittest.TestCase):
            @pytest.mark.mock_batch
            def test_it(self): ...
        """,
    )
    result = pytester.runpytest("-p", "no:hypothesispytest", "-W", "error", "--strict-markers")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines_random(
        [
            "batchmock: test_marks.py::test_it has the marker 'batchmock', which does nothing. Write "
            "@pytest.mark.batch_mock, with options if any: @pytest.mark.batch_mock(region='eu-west-1').",
            "batchmock: test_class.py::Case::test_it has the marker 'mock_batch', *",
        ]
    )


def test_marker_of_the_project(pytester: pytest.Pytester) -> None:
    """A project may have its own marker named `batchmock`."""
    pytester.makeini("[pytest]\nmarkers = batchmock: tests that are about jobs\n")
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.batchmock
        def test_it(batch_mock): ...
        """
    )
    pytester.runpytest("-p", "no:hypothesispytest", "-m", "batchmock").assert_outcomes(passed=1)


def test_decorator_beside_the_fixture(pytester: pytest.Pytester) -> None:
    """Combining the decorator and the fixture raises an error, since it would make two mocks."""
    pytester.makepyfile(
        """
        import pytest
        from batchmock import mock_batch

        @mock_batch(region="eu-west-1")
        def test_client(batch_client): ...

        @mock_batch
        class TestClass:
            def test_method(self, batch_client): ...

        @mock_batch
        def test_alone(batch_mock): ...

        def test_nested(batch_mock):
            with mock_batch():
                pass
        """
    )
    result = pytester.runpytest("-p", "no:hypothesispytest")
    result.assert_outcomes(passed=2, errors=2)
    result.stdout.fnmatch_lines_random(
        [
            "batchmock: test_client is decorated with mock_batch(region='eu-west-1') and uses the fixture "
            "batch_mock as well, directly or through batch_client or another fixture: that makes two mocks, "
            "and the client would belong to one and the test to the other. Remove the decorator and write "
            "@pytest.mark.batch_mock(region='eu-west-1') for its options.",
            "batchmock: test_method is decorated with mock_batch() and * write @pytest.mark.batch_mock for *",
        ]
    )
