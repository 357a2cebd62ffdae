"""Explored tests with the marker xfail, and tests that skip themselves."""

import pytest

WATCHER = """
import boto3

def submit():
    return boto3.client("batch").submit_job(
        jobName="report", jobQueue="queue", jobDefinition="work"
    )["jobId"]

def status(job_id):
    return boto3.client("batch").describe_jobs(jobs=[job_id])["jobs"][0]["status"]
"""

EXPLORED = """
import pytest
import watcher

@pytest.mark.batch_explore(seconds=60, depth=1, without=("lost_reply", {without}))
@pytest.mark.xfail({arguments})
def test_status(batch_mock):
    batch_mock.provision(job_queue="queue", job_definition="work")
    assert watcher.status(watcher.submit()) == "{status}"
"""


@pytest.fixture
def explored(pytester):
    """Run an explored test with the marker xfail, and return the result."""
    pytester.makepyfile(watcher=WATCHER)
    pytester.syspathinsert()

    def run(arguments="", *options, status="SUBMITTED", without=""):
        text = EXPLORED.format(arguments=arguments, status=status, without=without)
        pytester.makepyfile(test_it=text)
        return pytester.runpytest_inprocess("-p", "no:hypothesispytest", *options)

    return run


@pytest.mark.parametrize(
    "arguments", ["", "strict=True", "raises=IndexError", "raises=(KeyError, IndexError)"]
)
def test_findings_are_an_expected_failure(explored, arguments):
    """A test that passes is explored, and its findings are what xfail expects."""
    result = explored(arguments)

    result.assert_outcomes(xfailed=1)
    result.stdout.fnmatch_lines(["test_it.py::test_status: batchmock: 1 finding in *"])


def test_findings_with_other_errors_than_expected(explored):
    """Findings are a failure if `raises` names another error."""
    result = explored("raises=KeyError")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*crashed: IndexError*"])


def test_the_option_runxfail(explored):
    """With `--runxfail`, findings are a failure."""
    explored("", "--runxfail").assert_outcomes(failed=1)


@pytest.mark.parametrize(
    ("arguments", "outcomes"), [("", {"xpassed": 1}), ("strict=True", {"failed": 1})]
)
def test_a_test_that_passes_unexpectedly(explored, arguments, outcomes):
    """A test without findings passes unexpectedly, like any other."""
    result = explored(arguments, without='"lag"')

    result.assert_outcomes(**outcomes)
    result.stdout.fnmatch_lines(["test_it.py::test_status: batchmock: no findings in *"])


def test_a_test_that_fails_as_expected(explored):
    """A test that fails by itself is not explored, and the summary tells."""
    result = explored("", status="SUCCEEDED")

    result.assert_outcomes(xfailed=1)
    result.stdout.fnmatch_lines(
        ["test_it.py::test_status: not explored, because the test fails, as xfail expects"]
    )


@pytest.mark.parametrize("ending", ["skip", "xfail"])
def test_a_test_that_ends_itself_when_something_goes_wrong(explored, pytester, ending):
    """A test may skip itself, or expect to fail, because of an adversity."""
    pytester.makepyfile(
        test_it=f"""
        import pytest
        import watcher

        @pytest.mark.batch_explore(seconds=60, depth=1, without=("lost_reply",))
        def test_status(batch_mock):
            batch_mock.provision(job_queue="queue", job_definition="work")
            try:
                watcher.status(watcher.submit())
            except IndexError:
                pytest.{ending}("the job is not shown yet")
        """
    )

    pytester.runpytest_inprocess("-p", "no:hypothesispytest").assert_outcomes(passed=1)
