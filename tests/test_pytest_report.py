from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

#: The first lines of these test files.
HEAD = """
import boto3, pytest, unittest
from batchmock import fail, mock_batch

def submit(batch_mock, name="train-1"):
    batch_mock.provision(job_queue="queue", job_definition="train")
    return boto3.client("batch").submit_job(
        jobName=name, jobQueue="queue", jobDefinition="train")["jobId"]
"""


def report(pytester: pytest.Pytester, test: str, *args: str, **outcomes: int) -> str:
    """Run a test file, check its outcomes, and return pytest's output."""
    lines = test.split("\n")
    indent = len(lines[1]) - len(lines[1].lstrip())
    pytester.makepyfile(HEAD + "\n".join(line[indent:] for line in lines))
    result = pytester.runpytest("-p", "no:hypothesispytest", *args)
    result.assert_outcomes(**(outcomes or {"failed": 1}))
    return str(result.stdout)


def test_failed_test(pytester: pytest.Pytester) -> None:
    """The report of a failed test has the timeline, the calls, unfinished jobs and unused scripts."""
    printed = report(
        pytester,
        """
        @pytest.mark.batch_mock(start="2026-01-02T03:04:05Z")
        def test_it(batch_mock):
            batch_mock.script("tarin-*", fail())
            job_id = submit(batch_mock)
            batch_mock.tick(1.5)
            assert batch_mock.job(job_id).status == "SUCCEEDED"
        """,
    )
    section = printed.partition("-- batchmock --")[2]
    section = section.partition("=== short test")[0].strip("-\n=")
    first, unfinished, timeline, calls, scripts = section.split("\n\n")
    axis, job, legend = timeline.split("\n")
    assert first == "1 job, 1.5s from 2026-01-02 03:04:05 on"
    assert unfinished.startswith("Not finished:\n  1 × RUNNABLE: train-1\n      job 'train-1' (")
    assert unfinished.endswith("      It waits to be placed as attempt 1, at 2s.")
    assert axis.split() == ["job", "|0s", "|0.5s", "|1s", "|", "status", "ended"]
    assert job.split() == ["train-1", "," * 32 + "." * 17, "RUNNABLE"]
    assert legend == ", submitted   . runnable"
    assert calls == (
        "Calls:\n       0s  SubmitJob(jobName='train-1', jobQueue='queue', jobDefinition='train')"
    )
    assert scripts.startswith("Never used:\n  script('tarin-*', fail(1)): no attempt")


def test_passed_test(pytester: pytest.Pytester) -> None:
    """Tests that pass, are skipped, or fail as expected have no report."""
    printed = report(
        pytester,
        """
        def test_passes(batch_mock):
            submit(batch_mock)

        def test_skips(batch_mock):
            pytest.skip("not today")

        @pytest.mark.xfail
        def test_fails_as_expected(batch_mock):
            assert False
        """,
        "-rA",
        passed=1,
        skipped=1,
        xfailed=1,
    )
    assert "-- batchmock" not in printed


def test_failed_test_without_a_mock(pytester: pytest.Pytester) -> None:
    """A test without a mock has no report, even after a test with one."""
    printed = report(
        pytester,
        """
        def test_it(batch_mock):
            submit(batch_mock)

        def test_other():
            assert False
        """,
        failed=1,
        passed=1,
    )
    assert "-- batchmock" not in printed


@pytest.mark.parametrize(
    "test",
    [
        """
        def test_it():
            with mock_batch() as batch_mock:
                submit(batch_mock)
                assert False
        """,
        """
        def test_it():
            with mock_batch() as batch_mock:
                submit(batch_mock)
            assert False
        """,
        """
        @mock_batch
        def test_it(batch_mock):
            submit(batch_mock)
            assert False
        """,
        """
        @mock_batch
        class TestIt:
            def test_it(self):
                submit(self.batch_mock)
                assert False
        """,
        """
        @mock_batch
        class TestIt(unittest.TestCase):
            def test_it(self):
                submit(self.batch_mock)
                self.fail()
        """,
        """
        @pytest.fixture(scope="module")
        def shared():
            with mock_batch() as batch_mock:
                yield batch_mock

        def test_it(shared):
            submit(shared)
            assert False
        """,
    ],
    ids=["within", "behind", "decorator", "class", "TestCase", "module"],
)
def test_however_the_mock_is_started(pytester: pytest.Pytester, test: str) -> None:
    """The report covers a mock however it was started, even if it was stopped before."""
    printed = report(pytester, test)
    assert printed.count("-- batchmock --") == 1
    assert "\ntrain-1  ," in printed


def test_mock_shared_with_an_earlier_test(pytester: pytest.Pytester) -> None:
    """The report covers an active mock that an earlier test has started."""
    printed = report(
        pytester,
        """
        @pytest.fixture(scope="module", autouse=True)
        def shared():
            with mock_batch() as batch_mock:
                yield batch_mock

        def test_first(shared):
            submit(shared, "from-the-first")

        def test_second():
            assert False
        """,
        failed=1,
        passed=1,
    )
    assert "\nfrom-the-first  ," in printed


def test_nested_mocks(pytester: pytest.Pytester) -> None:
    """Each of several mocks has a section, in the order in which they were started."""
    printed = report(
        pytester,
        """
        def test_it(batch_mock):
            submit(batch_mock, "outer")
            with mock_batch() as inner:
                submit(inner, "inner")
                assert False
        """,
    )
    first, second = printed.partition(" batchmock 2 of 2 ")[::2]
    assert "\nouter  ," in first.partition(" batchmock 1 of 2 ")[2]
    assert "\ninner  ," in second


@pytest.mark.parametrize(
    ("failing", "message"),
    [
        ("batch_mock.run_until(job_id, 'FAILED')", "StuckError: batchmock: job 'train-1' ("),
        (
            "batch_mock.assert_submitted('other')",
            "AssertionError: batchmock: expected one or more jobs with",
        ),
        ("batch_mock.assert_scripts_used()", "AssertionError: batchmock: no attempt of any job"),
        (
            "batch_mock.assert_polite(calls_per_minute={'SubmitJob': 0})",
            "AssertionError: batchmock: the",
        ),
    ],
    ids=["stuck", "submitted", "scripts", "polite"],
)
def test_whatever_has_failed(pytester: pytest.Pytester, failing: str, message: str) -> None:
    """Errors of batchmock have the same report; its assertions hide their internals."""
    printed = report(
        pytester,
        f"""
        def test_it(batch_mock):
            batch_mock.script("none", fail())
            job_id = submit(batch_mock)
            {failing}
        """,
    )
    assert message in printed
    assert "\ntrain-1  ," in printed
    assert ("def assert_" in printed) is False


def test_set_up_and_teardown(pytester: pytest.Pytester) -> None:
    """An error in set-up or teardown has a report too."""
    printed = report(
        pytester,
        """
        @pytest.fixture
        def before(batch_mock):
            submit(batch_mock, "before")
            raise RuntimeError

        @pytest.fixture
        def after(batch_mock):
            submit(batch_mock, "after")
            yield
            raise RuntimeError

        def test_set_up(before): ...

        def test_teardown(after): ...
        """,
        errors=2,
        passed=1,
    )
    assert printed.count("-- batchmock --") == 2
    assert "\nbefore  ," in printed
    assert "\nafter  ," in printed


def test_subtests(pytester: pytest.Pytester) -> None:
    """A failed subtest has a report."""
    pytest.importorskip("_pytest.subtests")
    printed = report(
        pytester,
        """
        def test_it(batch_mock, subtests):
            submit(batch_mock)
            with subtests.test("first"):
                assert False
            with subtests.test("second"):
                pass
        """,
        failed=2,
    )
    assert printed.count("-- batchmock --") == 1


TWENTY_JOBS = """
        def test_it(batch_mock):
            for number in range(20):
                submit(batch_mock, f"job-{number}")
            assert False
        """


@pytest.mark.slow
def test_whole_report(pytester: pytest.Pytester) -> None:
    """With `-vv` the report is complete, and the short one names the option if it omits something."""
    short = report(pytester, TWENTY_JOBS)
    whole = report(pytester, TWENTY_JOBS, "-vv")
    assert "-- batchmock (all of it with -vv) --" in short
    assert "\n       0s  20 × SubmitJob(jobName='job-*'," in short
    assert short.count("has been SUBMITTED") == 1
    assert "-- batchmock --" in whole
    assert whole.count("has been SUBMITTED") == 20


@pytest.mark.parametrize(("extent", "explanations"), [("short", 1), ("whole", 20), ("none", 0)])
def test_extent(pytester: pytest.Pytester, extent: str, explanations: int) -> None:
    """The ini option `batchmock_report` makes the report short or complete, or omits it."""
    printed = report(pytester, TWENTY_JOBS, "-o", f"batchmock_report={extent}")
    assert printed.count("has been SUBMITTED") == explanations
    assert ("-- batchmock" in printed) == (extent != "none")


def test_unknown_extent(pytester: pytest.Pytester) -> None:
    """An unknown value of the ini option is one error, whatever the number of tests."""
    pytester.makepyfile("def test_one(): ...\ndef test_two(): ...")
    result = pytester.runpytest("-p", "no:hypothesispytest", "-o", "batchmock_report=long")
    errors = [line for line in result.stderr.lines if "batchmock_report" in line]
    assert errors == [
        "ERROR: batchmock: the ini option batchmock_report is 'long'. It takes one of short, whole, none."
    ]


@pytest.mark.parametrize(
    "workers", [(), pytest.param(("-n", "1"), id="xdist", marks=pytest.mark.slow)]
)
def test_lone_surrogates(pytester: pytest.Pytester, workers: tuple[str, ...]) -> None:
    """A lone surrogate is escaped: neither a terminal nor pytest-xdist could write it."""
    printed = report(
        pytester,
        r"""
        def test_it(batch_mock):
            body = rb'{"jobName": "a", "jobQueue": "\ud800", "jobDefinition": "b"}'
            batch_mock.reply_to("POST", "/v1/submitjob", {}, body)
            assert False
        """,
        *workers,
    )
    assert "\n           -> ClientException: JobQueue \\ud800 not found.\n" in printed


@pytest.mark.parametrize(
    ("workers", "columns"),
    [
        pytest.param((), 80, id="narrow"),
        pytest.param((), 200, id="wide"),
        pytest.param(("-n", "1"), 200, id="xdist", marks=pytest.mark.slow),
    ],
)
def test_width(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: tuple[str], columns: int
) -> None:
    """The report is as wide as the terminal, also under pytest-xdist."""
    monkeypatch.setenv("COLUMNS", str(columns))
    printed = report(
        pytester,
        """
        def test_it(batch_mock):
            submit(batch_mock)
            batch_mock.run()
            assert False
        """,
        *workers,
    )
    (row,) = [line for line in printed.split("\n") if line.startswith("train-1  ,")]
    assert row.index("SUCCEEDED") == columns - 20


def test_colour(pytester: pytest.Pytester) -> None:
    """The report is coloured if pytest's output is, and plain otherwise."""
    test = """
        def test_it(batch_mock):
            batch_mock.script("*", fail(3))
            submit(batch_mock)
            batch_mock.run()
            assert False
        """
    assert "\n\x1b[1;31mFailed:\x1b[0m\n" in report(pytester, test, "--color=yes", failed=1)
    assert "\nFailed:\n  1 × exit code 3, " in report(pytester, test, "--color=no", failed=1)


@pytest.mark.parametrize(
    "workers",
    [
        pytest.param((), id="one process"),
        pytest.param(("-n", "1"), id="xdist", marks=pytest.mark.slow),
    ],
)
def test_junit(pytester: pytest.Pytester, workers: tuple[str]) -> None:
    """JUnit XML has the report as plain text in system-out, with default settings, in each phase."""
    report(
        pytester,
        """
        @pytest.fixture(params=["call", "setup", "teardown"])
        def phase(request):
            return request.param

        @pytest.fixture
        def used(batch_mock, phase):
            batch_mock.script("*", fail(3, reason="\\x00 <bad> & worse"))
            submit(batch_mock)
            batch_mock.run()
            assert phase != "setup"
            yield
            assert phase != "teardown"

        def test_it(used, phase):
            assert phase != "call"
        """,
        "--junitxml=junit.xml",
        "--color=yes",
        *workers,
        failed=1,
        errors=2,
        passed=1,
    )
    written = ElementTree.parse(pytester.path / "junit.xml")
    cases = {f"{case.get('name')}": [*case.iter("system-out")] for case in written.iter("testcase")}
    assert sorted(cases) == ["test_it[call]", "test_it[setup]", "test_it[teardown]"]
    for name, (element,) in cases.items():
        text = element.text or ""
        assert text.startswith("batchmock\n1 job, 4s from "), name
        assert "\nFailed:\n  1 × exit code 3, \\x00 <bad> & worse: train-1\n" in text, name
        assert "\x1b" not in text, name


class TestPages:
    """`--batchmock-report` writes a page about each failed test that used a mock."""

    TESTS = """
        @pytest.mark.parametrize("name", ["a", "b/c"])
        def test_fails(batch_mock, name):
            submit(batch_mock, name)
            assert False

        def test_passes(batch_mock):
            submit(batch_mock)

        def test_no_mock():
            assert False
        """

    def test_failed_tests(self, pytester: pytest.Pytester) -> None:
        """Each failed test with a mock has a page, which the terminal and JUnit XML name."""
        arguments = ("--batchmock-report=out/pages", "--junitxml=junit.xml")
        printed = report(pytester, self.TESTS, *arguments, failed=3, passed=1)
        pages = sorted(path.name for path in (pytester.path / "out" / "pages").iterdir())
        assert len(pages) == 2
        junit = (pytester.path / "junit.xml").read_text("utf-8")
        for page in pages:
            path = str(Path("out", "pages", page))
            assert f"\nPage: {path}\n" in printed
            assert f"\nPage: {path}" in junit
        html = (pytester.path / "out" / "pages" / pages[0]).read_text("utf-8")
        assert "test_failed_tests.py::test_fails[a]</h1>" in html

    def test_all_tests(self, pytester: pytest.Pytester) -> None:
        """With `--batchmock-report-when=always`, passed tests have a page too."""
        arguments = ("--batchmock-report=out", "--batchmock-report-when=always")
        report(pytester, self.TESTS, *arguments, failed=3, passed=1)
        names = [path.name for path in (pytester.path / "out").iterdir()]
        assert len(names) == 3
        assert "test_all_tests.py-test_passes" in "".join(names)

    def test_without_a_report(self, pytester: pytest.Pytester) -> None:
        """Pages are written and named even if the report is omitted."""
        arguments = ("--batchmock-report=out", "-o", "batchmock_report=none")
        printed = report(pytester, self.TESTS, *arguments, failed=3, passed=1)
        assert printed.count("\nPage: out") == 2
        assert "SubmitJob(" not in printed.replace("submit(", "")

    def test_several_mocks(self, pytester: pytest.Pytester) -> None:
        """Each of several mocks has its page."""
        test = """
        def test_it(batch_mock):
            with mock_batch() as inner:
                submit(inner)
            assert False
        """
        printed = report(pytester, test, "--batchmock-report=out")
        assert len(list((pytester.path / "out").iterdir())) == 2
        assert printed.count("\nPage: out") == 2

    def test_folder_that_can_not_be_written(self, pytester: pytest.Pytester) -> None:
        """A page that cannot be written does not hide the test's failure."""
        (pytester.path / "out").write_text("a file")
        printed = report(pytester, self.TESTS, "--batchmock-report=out", failed=3, passed=1)
        assert printed.count("assert False") >= 3
        assert "could not be written: FileExistsError" in printed


def test_mock_that_can_not_tell(pytester: pytest.Pytester) -> None:
    """A mock that cannot report does not hide the test's failure."""
    printed = report(
        pytester,
        """
        def test_it(batch_mock):
            batch_mock._calls = None
            assert 1 == 2
        """,
    )
    assert "assert 1 == 2" in printed
    assert "\nbatchmock: the report failed: TypeError(" in printed
