"""Exploring tests of pytest."""

from textwrap import dedent

import pytest

POLLER = """
import boto3

def submit():
    return boto3.client("batch").submit_job(
        jobName="report", jobQueue="queue", jobDefinition="work"
    )["jobId"]

def wait(job_id):
    batch = boto3.client("batch")
    while (job := batch.describe_jobs(jobs=[job_id])["jobs"][0])["status"] != "SUCCEEDED":
        pass
    return job["status"]

async def wait_async(job_id):
    return wait(job_id)
"""

HEAD = """
import watcher
import pytest

pytestmark = [pytest.mark.batch_mock(advance="poll"), pytest.mark.batch_explore(seconds=60, depth=1)]
LAG = pytest.mark.batch_explore(without=("lost_reply",))

@pytest.fixture
def job_id(batch_mock):
    batch_mock.provision(job_queue="queue", job_definition="work")
    return watcher.submit()

"""


@pytest.fixture
def explored(pytester):
    """Run tests of a poller, and return the result."""
    pytester.makepyfile(watcher=POLLER)
    pytester.syspathinsert()

    def run(text, *args):
        pytester.makepyfile(test_it=text)
        return pytester.runpytest_inprocess("-p", "no:hypothesispytest", *args)

    return run


def test_a_finding_fails_the_test(explored, pytester):
    """A finding tells the line, the adversity, and a plain test, which fails by itself."""
    result = explored(
        HEAD + "@LAG\ndef test_wait(job_id):\n    assert watcher.wait(job_id) == 'SUCCEEDED'\n"
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*1 finding in * all * singles*",
            "*crashed: IndexError: list index out of range",
            "*at watcher.py:10, in wait",
            "*when 'report' is not shown until 1 s after its submission",
            "*report *SUCCEEDED*",
            '*! lag("report", 1)',
            "*def batch_mock(batch_mock):",
            '*batch_mock.lag("report", 1)',
            "*test_it.test_wait(job_id=job_id)",
            "*batchmock explore*",
            "test_it.py::test_wait: batchmock: 1 finding*",
        ]
    )
    assert_plain_test_fails(result, pytester)


def assert_plain_test_fails(result, pytester):
    """Check that the plain test of the first finding fails by itself, in a file of its own."""
    shown = result.stdout.str().split("A plain test that fails:\n\n")[1]
    lines = [line for line in shown.splitlines() if line.startswith("    ") or not line]
    pytester.makepyfile(test_plain=dedent("\n".join(lines)))
    plain = pytester.runpytest_inprocess("-p", "no:hypothesispytest", "test_plain.py")
    plain.assert_outcomes(failed=1)
    plain.stdout.fnmatch_lines(["*IndexError: list index out of range"])


def test_a_clean_test_passes(explored):
    """A test without findings passes, and the summary tells how far the exploration got."""
    result = explored(
        HEAD + "@pytest.mark.batch_explore(without=('lag', 'lost_reply'))\n"
        "def test_wait(job_id):\n    assert watcher.wait(job_id) == 'SUCCEEDED'\n"
    )

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["test_it.py::test_wait: batchmock: no findings in * runs and * s: all *"]
    )


def test_function_scoped_fixtures_are_made_anew(explored):
    """Each run has new function-scoped fixtures, and keeps those of wider scopes."""
    result = explored(
        HEAD
        + """
counts = {"module": 0, "function": 0, "ended": 0}

@pytest.fixture(scope="module", autouse=True)
def wide():
    counts["module"] += 1
    yield
    counts["ended"] += 1
    assert counts["ended"] == 1
    assert counts["function"] > 5

@pytest.fixture(autouse=True)
def narrow():
    counts["function"] += 1

@pytest.mark.batch_explore(without=("lost_reply",))
def test_wait(job_id):
    assert counts["module"] == 1
    assert counts["ended"] == 0
    batch_mock = watcher.boto3.client("batch")
    assert len(batch_mock.list_jobs(jobQueue="queue", jobStatus="SUBMITTED")["jobSummaryList"]) == 1

def test_after():
    assert counts["module"] == 1
"""
    )

    result.assert_outcomes(passed=2)


@pytest.mark.parametrize(
    "test",
    [
        "class TestWait:\n    count = 0\n    @LAG\n    def test_wait(self, job_id):\n"
        "        self.count += 1\n        assert self.count == 1\n        watcher.wait(job_id)\n",
        "@LAG\n@pytest.mark.parametrize('status', ['SUCCEEDED'])\ndef test_wait(job_id, status):\n"
        "    assert watcher.wait(job_id) == status\n",
        "import unittest\n@LAG\nclass WaitTest(unittest.TestCase):\n    @pytest.fixture(autouse=True)\n"
        "    def use(self, job_id):\n        self.job_id = job_id\n"
        "    def test_wait(self):\n        watcher.wait(self.job_id)\n",
        "from batchmock import mock_batch\n@pytest.mark.batch_explore(without=('lost_reply',))\n"
        "@mock_batch(advance='poll')\ndef test_wait(batch_mock):\n"
        "    batch_mock.provision(job_queue='queue', job_definition='work')\n"
        "    watcher.wait(watcher.submit())\n",
    ],
    ids=["class", "parametrized", "unittest", "decorated"],
)
def test_all_kinds_of_tests(explored, pytester, test):
    """Classes, parametrized and decorated tests, and test cases of unittest are explored."""
    head = (
        HEAD.replace('pytest.mark.batch_mock(advance="poll"), ', "")
        if "mock_batch(" in test
        else HEAD
    )
    result = explored(head + test)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*crashed: IndexError*", "*A plain test that fails:"])
    assert_plain_test_fails(result, pytester)


def test_async_tests(explored):
    """Tests of pytest-asyncio are explored."""
    result = explored(
        HEAD
        + "@LAG\n@pytest.mark.asyncio\nasync def test_wait(job_id):\n    await watcher.wait_async(job_id)\n",
        "-p",
        "pytest_asyncio.plugin",
        "-o",
        "asyncio_default_fixture_loop_scope=function",
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*crashed: IndexError*", "*asyncio.run(test_it.test_wait(job_id=job_id))"]
    )


def test_workers_of_xdist(explored):
    """Each worker of pytest-xdist explores its own tests."""
    result = explored(HEAD + "@LAG\ndef test_wait(job_id):\n    watcher.wait(job_id)\n", "-n", "1")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*crashed: IndexError*", "test_it.py::test_wait: batchmock: 1 finding*"]
    )


def test_forked_runs(explored):
    """With fork=True each run has a process of its own, so that state in modules does not matter."""
    text = HEAD + (
        "watcher.count = 0\n@pytest.mark.batch_explore(fork=True, without=('lost_reply',))\n"
        "def test_wait(job_id):\n    watcher.count += 1\n    assert watcher.count == 1\n"
        "    watcher.wait(job_id)\n"
    )
    result = explored(text)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*crashed: IndexError*"])


def test_the_option_explores_every_test_with_a_mock(explored):
    """--batch-explore explores tests without the marker, and only those that use a mock."""
    text = HEAD.replace("pytestmark =", "unused =") + (
        "@pytest.mark.batch_mock(advance='poll')\ndef test_wait(job_id):\n    watcher.wait(job_id)\n\n"
        "def test_plain():\n    pass\n"
    )
    result = explored(text, "--batch-explore", "--batch-explore-tiers=weather")

    result.assert_outcomes(failed=1, passed=1)
    result.stdout.no_fnmatch_line("test_it.py::test_plain: *")


def test_a_test_that_fails_undisturbed_fails_once(explored):
    """A test that fails by itself fails as itself."""
    result = explored(
        HEAD + "def test_wait(job_id):\n    assert watcher.wait(job_id) == 'FAILED'\n"
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*AssertionError: assert 'SUCCEEDED' == 'FAILED'*"])
    result.stdout.no_fnmatch_line("*finding*")


def test_a_test_that_is_not_deterministic(explored):
    """A test whose runs differ fails with the two calls that differ."""
    result = explored(
        HEAD + "watcher.names = []\n\ndef test_wait(job_id):\n    watcher.names.append(1)\n"
        "    watcher.boto3.client('batch').list_jobs(jobQueue='queue', maxResults=len(watcher.names))\n"
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*not deterministic from call 2 on: the first run made ListJobs(*"]
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("tier=('weather',)", "*explore() has no argument 'tier'. Did you mean 'tiers'?*"),
        ("tiers=('wether',)", "*'wether' is none of weather, losses, deaths, crashes.*"),
        ("without=('lagg',)", "*Did you mean 'lag'?*"),
        ("expected=('JobFailed',)", "*pass exception types*"),
        ("seconds=0", "*seconds=0; pass a number above zero*"),
        ("'weather'", "*Pass arguments by name*"),
    ],
)
def test_wrong_arguments_of_the_marker(explored, arguments, message):
    """Wrong arguments are named."""
    text = f"import pytest\n@pytest.mark.batch_explore({arguments})\ndef test_it(batch_mock):\n    pass\n"
    result = explored(text)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([message])


def test_calls_of_the_test_itself_are_not_disturbed(explored):
    """A test that calls the client itself has nothing to disturb."""
    text = """
import pytest

@pytest.mark.batch_explore
def test_it(batch_mock, batch_client):
    batch_mock.provision(job_queue="queue", job_definition="work")
    batch_client.submit_job(jobName="report", jobQueue="queue", jobDefinition="work")
    assert len(batch_mock.jobs) == 1
"""
    explored(text).assert_outcomes(passed=1)


def test_crashes_run_again_on_the_same_world(explored):
    """After a crash the test runs again with the same mock."""
    result = explored(
        HEAD + "@pytest.mark.batch_explore(tiers=('crashes',))\n"
        "def test_wait(batch_mock):\n"
        "    batch_mock.provision(job_queue='queue', job_definition='work')\n"
        "    watcher.wait(watcher.submit())\n"
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*submitted twice: 2 jobs 'report' were submitted instead of 1",
            "*with contextlib.suppress(ProgramKilled):",
            "*test_it.test_wait(batch_mock=batch_mock)  # run again",
            '*batch_mock.assert_submitted("report", times=1)',
        ]
    )


def test_the_findings_are_in_the_html_pages(explored, pytester):
    """Each finding has a page in the folder of --batchmock-report."""
    result = explored(
        HEAD + "@LAG\ndef test_wait(job_id):\n    watcher.wait(job_id)\n",
        "--batchmock-report=pages",
    )

    result.assert_outcomes(failed=1)
    (page,) = pytester.path.joinpath("pages").iterdir()
    assert "crashed: IndexError" in page.read_text(encoding="utf-8")


def test_temporary_folders_differ(explored):
    """Folders of pytest, which differ in each run, are no difference."""
    result = explored(
        HEAD + "@pytest.mark.batch_explore(without=('lag', 'lost_reply'))\n"
        "def test_wait(batch_mock, tmp_path):\n"
        "    batch_mock.provision(job_queue='queue', job_definition='work')\n"
        "    watcher.boto3.client('batch').submit_job(jobName='report', jobQueue='queue',\n"
        "        jobDefinition='work', parameters={'folder': str(tmp_path)})\n"
        "    watcher.wait(watcher.submit())\n"
    )

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*test_wait: batchmock: no findings in *"])


def test_state_that_is_kept_between_runs(explored):
    """A test that passes only once is not deterministic, and the message names fork=True."""
    result = explored(
        HEAD
        + "seen = []\n\ndef test_wait(job_id):\n    seen.append(1)\n    assert len(seen) == 1\n"
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*not deterministic: the first undisturbed run passed, and the second raised*"]
    )
