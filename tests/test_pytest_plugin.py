from __future__ import annotations

import pytest


def run(pytester: pytest.Pytester, *args: str) -> pytest.RunResult:
    """Run pytest within this process, without the plugin that would import Hypothesis each time."""
    return pytester.runpytest("-p", "no:hypothesispytest", *args)


def run_apart(pytester: pytest.Pytester) -> pytest.RunResult:
    """Run pytest in a new process, in which nothing has been imported yet."""
    return pytester.runpytest_subprocess("-p", "no:hypothesispytest")


def passes(pytester: pytest.Pytester, count: int = 1) -> None:
    """Check that this many tests pass and nothing else happens."""
    run(pytester, "-W", "error").assert_outcomes(passed=count)


def test_batch_mock(pytester: pytest.Pytester) -> None:
    """The fixture `batch_mock` is a started mock, a new one for each test."""
    pytester.makepyfile(
        """
        import boto3, pytest
        from batchmock import BatchMock

        @pytest.mark.parametrize("n", [1, 2])
        def test_it(batch_mock, n):
            assert isinstance(batch_mock, BatchMock)
            client = boto3.client("batch")
            assert client.describe_job_queues()["jobQueues"] == []
            batch_mock.provision()
            assert len(client.describe_job_queues()["jobQueues"]) == 1
        """
    )
    passes(pytester, 2)


def test_batch_client(pytester: pytest.Pytester) -> None:
    """The fixture `batch_client` is a client of the same mock, in us-east-1 unless set."""
    pytester.makepyfile(
        """
        import pytest

        def test_it(batch_client, batch_mock):
            batch_mock.provision()
            assert len(batch_client.describe_job_queues()["jobQueues"]) == 1
            assert batch_client.meta.region_name == "us-east-1"

        def test_alone(batch_client):
            assert batch_client.describe_job_queues()["jobQueues"] == []

        @pytest.mark.batch_mock(region="eu-west-1")
        def test_region(batch_client):
            assert batch_client.meta.region_name == "eu-west-1"
        """
    )
    passes(pytester, 3)


def test_mock_is_over_after_a_failed_test(pytester: pytest.Pytester) -> None:
    """A failing test does not prevent the cleanup."""
    pytester.makepyfile(
        """
        from batchmock.interception import hooks

        def test_fails(batch_mock):
            assert False

        def test_after():
            assert hooks._active == []
        """
    )
    run(pytester).assert_outcomes(passed=1, failed=1)


@pytest.mark.slow
def test_client_from_the_top_of_a_module(pytester: pytest.Pytester) -> None:
    """Clients created at import of the test module, before any mock, are answered."""
    pytester.makepyfile(
        """
        import boto3

        client = boto3.client("batch", region_name="us-east-1",
                              aws_access_key_id="key", aws_secret_access_key="secret")

        def test_it(batch_mock):
            batch_mock.provision()
            assert len(client.describe_job_queues()["jobQueues"]) == 1
        """
    )
    run_apart(pytester).assert_outcomes(passed=1)


def test_marker(pytester: pytest.Pytester) -> None:
    """The marker's options apply to the mock, and the nearest of several markers wins."""
    pytester.makepyfile(
        """
        import pytest

        pytestmark = pytest.mark.batch_mock(region="eu-west-1", account_id="111111111111", seed=1)

        def place(batch_mock):
            return batch_mock.provision().job_queue_arn.split(":")[3:5]

        def test_module(batch_mock):
            assert place(batch_mock) == ["eu-west-1", "111111111111"]

        @pytest.mark.batch_mock(account_id="222222222222")
        class TestClass:
            def test_class(self, batch_mock):
                assert place(batch_mock) == ["eu-west-1", "222222222222"]

            @pytest.mark.batch_mock(region="ap-south-1")
            def test_function(self, batch_mock):
                assert place(batch_mock) == ["ap-south-1", "222222222222"]

            @pytest.mark.batch_mock(region="ca-central-1")
            @pytest.mark.batch_mock(region="ap-south-1", account_id="333333333333")
            def test_two_markers(self, batch_mock):
                assert place(batch_mock) == ["ap-south-1", "333333333333"]
        """
    )
    passes(pytester, 4)


def test_marker_with_times(pytester: pytest.Pytester) -> None:
    """The marker accepts every option of `mock_batch`."""
    pytester.makepyfile(
        """
        import datetime, pytest

        @pytest.mark.batch_mock(start="2026-01-02T03:04:05Z", stage_seconds=10)
        def test_it(batch_mock, batch_client):
            batch_mock.provision()
            batch_client.submit_job(jobName="n", jobQueue="job-queue", jobDefinition="job-definition")
            (move,) = batch_mock.step()
            assert move.at.isoformat() == "2026-01-02T03:04:15+00:00"
        """
    )
    passes(pytester)


def test_marker_without_the_fixture(pytester: pytest.Pytester) -> None:
    """The marker alone activates the fixture: on functions, classes, parameters and test cases."""
    pytester.makeconftest(
        """
        import boto3, pytest

        @pytest.fixture
        def queues():
            return boto3.client("batch").describe_job_queues()["jobQueues"]

        def pytest_collection_modifyitems(items):
            for item in items:
                if item.name == "test_marked_later":
                    item.add_marker(pytest.mark.batch_mock(region="eu-west-1"))
        """
    )
    pytester.makepyfile(
        """
        import boto3, pytest, unittest

        @pytest.mark.batch_mock(region="eu-west-1")
        def test_function(queues):
            assert queues == []
            assert boto3.client("batch").meta.region_name == "eu-west-1"

        def test_marked_later(queues):
            assert queues == []

        @pytest.mark.batch_mock
        class TestClass:
            def test_method(self, queues):
                assert queues == []

        @pytest.mark.batch_mock
        class Case(unittest.TestCase):
            def test_it(self):
                assert boto3.client("batch").describe_job_queues()["jobQueues"] == []

        @pytest.mark.parametrize("n", [1, pytest.param(2, marks=pytest.mark.batch_mock)])
        def test_one_of_two(n, request):
            assert ("batch_mock" in request.node.fixturenames) is (n == 2)
        """
    )
    passes(pytester, 6)


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        (
            "batch_mock('eu-west-1')",
            "batchmock: the marker batch_mock got 'eu-west-1'. Pass options by name: "
            "@pytest.mark.batch_mock(region='eu-west-1').",
        ),
        (
            "batch_mock(regoin='eu-west-1')",
            "batchmock: mock_batch() has no option 'regoin'. Did you mean 'region'? It has region, *",
        ),
        (
            "batch_mock(account_id=1)",
            "batchmock: account_id is 1; AWS account ids are strings of twelve digits, *",
        ),
        (
            "batch_mock(start='soon')",
            "batchmock: start is 'soon', which is not a point in time. *",
        ),
    ],
)
def test_marker_misused(pytester: pytest.Pytester, marker: str, message: str) -> None:
    """A misused marker fails the test with only the message and no traceback."""
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.mark.{marker}
        def test_it(batch_mock): ...
        """
    )
    result = run(pytester)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([message.replace("[", "[[]")])
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*decorator.py*")


def test_ini_options(pytester: pytest.Pytester) -> None:
    """The ini options are defaults, which markers override."""
    pytester.makeini(
        "[pytest]\nbatchmock_region = eu-west-1\nbatchmock_account_id = 111111111111\n"
    )
    pytester.makepyfile(
        """
        import pytest

        def place(batch_mock):
            return batch_mock.provision().job_queue_arn.split(":")[3:5]

        def test_ini(batch_mock, batch_client):
            assert place(batch_mock) == ["eu-west-1", "111111111111"]
            assert batch_client.meta.region_name == "eu-west-1"

        @pytest.mark.batch_mock(region="ap-south-1")
        def test_marker(batch_mock):
            assert place(batch_mock) == ["ap-south-1", "111111111111"]
        """
    )
    passes(pytester, 2)


@pytest.mark.slow
def test_ini_option_for_time(pytester: pytest.Pytester) -> None:
    """`advance` can be set for a whole project and overridden by a test."""
    pytester.makeini("[pytest]\nbatchmock_advance = sleep\n")
    pytester.makepyfile(
        """
        import time
        import pytest

        def test_ini(batch_mock):
            time.sleep(60)
            assert batch_mock.sleeps == [60]

        @pytest.mark.batch_mock(advance="wall", speed=1000)
        def test_marker(batch_mock):
            time.sleep(0.001)
            assert batch_mock.sleeps == []
        """
    )
    passes(pytester, 2)


def test_ini_options_in_pyproject(pytester: pytest.Pytester) -> None:
    """The ini options can be set in pyproject.toml."""
    pytester.makepyprojecttoml('[tool.pytest.ini_options]\nbatchmock_region = "eu-west-1"\n')
    pytester.makepyfile(
        """
        def test_it(batch_client):
            assert batch_client.meta.region_name == "eu-west-1"
        """
    )
    passes(pytester)


def test_ini_option_with_no_such_value(pytester: pytest.Pytester) -> None:
    """An invalid value fails the tests that use the fixture, and only those."""
    pytester.makeini("[pytest]\nbatchmock_account_id = mine\n")
    pytester.makepyfile(
        """
        def test_with(batch_mock): ...

        def test_without(): ...
        """
    )
    result = run(pytester)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["batchmock: account_id is 'mine'; *"])


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("batchmock_seed = x", "the ini option batchmock_seed is 'x'; write a whole number."),
        (
            "batchmock_strict = maybe",
            "the ini option batchmock_strict is 'maybe'; write true or false.",
        ),
        (
            "batchmock_retention = week",
            "the ini option batchmock_retention is 'week'; write a number of *",
        ),
        (
            "batchmock_region = eu-wset-1",
            "region is 'eu-wset-1', and AWS has no regions of that name. *",
        ),
    ],
)
def test_ini_option_with_another_form(pytester: pytest.Pytester, option: str, message: str) -> None:
    """The error for an unreadable ini option says what to write."""
    pytester.makeini(f"[pytest]\n{option}\n")
    pytester.makepyfile("def test_it(batch_mock): ...")
    result = run(pytester)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"batchmock: {message}"])


def test_every_ini_option(pytester: pytest.Pytester) -> None:
    """Every option that can be written as text can be set in the ini file."""
    pytester.makeini(
        """
        [pytest]
        batchmock_start = 2026-01-02T03:04:05Z
        batchmock_stage_seconds = 10
        batchmock_resource_seconds = 5
        batchmock_advance = wall
        batchmock_speed = 1000
        batchmock_freeze = false
        batchmock_seed = 7
        batchmock_retention = 3600
        batchmock_visibility_lag = 1.5
        batchmock_stop_grace_seconds = 30
        batchmock_strict = yes
        batchmock_pass_logs = on
        """
    )
    pytester.makepyfile(
        """
        def test_it(batch_mock):
            options = batch_mock._options
            assert (options.start, options.stage_seconds, options.speed) == (
                "2026-01-02T03:04:05Z", 10, 1000)
            assert (options.seed, options.retention, options.visibility_lag) == (7, 3600, 1.5)
            assert (options.freeze, options.strict, options.pass_logs) == (False, True, True)
        """
    )
    passes(pytester)


def test_marker_is_known(pytester: pytest.Pytester) -> None:
    """`pytest --markers` explains the marker, and `--strict-markers` accepts it."""
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.batch_mock(region="eu-west-1")
        def test_it(batch_mock): ...
        """
    )
    run(pytester, "--strict-markers").assert_outcomes(passed=1)
    run(pytester, "--markers").stdout.fnmatch_lines(
        ["@pytest.mark.batch_mock(?[*]options): options of mock_batch for the batch_mock fixture*"]
    )


def test_fixtures_are_explained(pytester: pytest.Pytester) -> None:
    """`pytest --fixtures` explains the fixtures, and `--help` the ini options."""
    run(pytester, "--fixtures").stdout.fnmatch_lines(
        [
            "batch_mock*",
            "*A started `BatchMock`*",
            "batch_client*",
            "*A boto3 client of AWS Batch*",
        ]
    )
    run(pytester, "--help").stdout.fnmatch_lines(
        [
            "*batchmock_region (string):*",
            "*batchmock_account_id (string):*",
            "*batchmock_advance (string):*",
        ]
    )


def test_found_by_its_entry_point(pytester: pytest.Pytester) -> None:
    """The plugin is loaded where batchmock is installed, and can be disabled by its name."""
    pytester.makepyfile("def test_it(batch_mock): ...")
    run(pytester, "--strict-config").assert_outcomes(passed=1)
    off = run(pytester, "-p", "no:batchmock")
    off.assert_outcomes(errors=1)
    off.stdout.fnmatch_lines(["E       fixture 'batch_mock' not found"])


@pytest.mark.slow
def test_run_that_does_not_use_it(pytester: pytest.Pytester) -> None:
    """A run whose tests use no fixture of the plugin imports no heavy package."""
    pytester.makepyfile(
        """
        import sys

        def test_it():
            heavy = {"boto3", "botocore", "freezegun", "jsonschema", "jsonschema_rs"}
            assert heavy & set(sys.modules) == set()
            ours = {name for name in sys.modules if name.startswith("batchmock")}
            assert ours == {
                "batchmock", "batchmock.observe", "batchmock.observe.started", "batchmock.pytest_imports",
                "batchmock.pytest_plugin", "batchmock.pytest_report",
            }
        """
    )
    run_apart(pytester).assert_outcomes(passed=1)


def test_modules_are_not_rewritten(pytester: pytest.Pytester) -> None:
    """Modules of batchmock are not compiled again for pytest, as those of other plugins are."""
    pytester.makeconftest("import pytest; pytest.register_assert_rewrite('batchmock')")
    pytester.makepyfile(
        """
        import sys
        from importlib.machinery import SourceFileLoader

        def test_it(batch_mock):
            batch_mock.provision()
            loaders = {
                name: type(module.__loader__)
                for name, module in sys.modules.items()
                if name.startswith(("batchmock.mock", "batchmock.operations", "batchmock.simulation"))
            }
            assert len(loaders) > 50
            assert set(loaders.values()) == {SourceFileLoader}
        """
    )
    assert run_apart(pytester).parseoutcomes()["passed"] == 1


def test_scopes_of_a_users_own_fixture(pytester: pytest.Pytester) -> None:
    """A user's fixture can override the plugin's by its name and build on it."""
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture
        def batch_mock(batch_mock):
            batch_mock.provision(job_queue="mine")
            return batch_mock
        """
    )
    pytester.makepyfile(
        """
        def test_it(batch_client, batch_mock):
            assert len(batch_client.describe_job_queues()["jobQueues"]) == 1
        """
    )
    passes(pytester)


def test_test_of_the_first_screen(pytester: pytest.Pytester) -> None:
    """The test with which the documentation begins passes as printed."""
    pytester.makepyfile(
        """
        import boto3
        from batchmock import mock_batch, fail, succeed

        @mock_batch(region="us-east-1")
        def test_retries(batch_mock):
            batch_mock.provision(job_queue="queue", job_definition="train")
            reason = "OutOfMemoryError: Container killed due to memory usage"
            batch_mock.script("train-*", fail(137, reason=reason), succeed(after=30))

            client = boto3.client("batch")
            job_id = client.submit_job(jobName="train-1", jobQueue="queue", jobDefinition="train",
                                       retryStrategy={"attempts": 2})["jobId"]
            batch_mock.tick()
            batch_mock.run_until(job_id, "RUNNING")
            batch_mock.run()

            job = client.describe_jobs(jobs=[job_id])["jobs"][0]
            assert job["status"] == "SUCCEEDED"
            assert [a["container"]["exitCode"] for a in job["attempts"]] == [137, 0]
        """
    )
    passes(pytester)
