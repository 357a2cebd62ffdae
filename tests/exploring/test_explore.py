"""The function `explore`, its arguments and its result."""

import asyncio
import itertools
from functools import partial

import pytest

from batchmock import BatchMockError
from batchmock import explore as explore_for_ten_seconds

from . import programs

# A loaded machine must not end an exploration.
explore = partial(explore_for_ten_seconds, seconds=300)

SLEEP = {"advance": "sleep"}


def poll(batch_mock):
    """Wait for a job that may not be shown yet."""
    batch_mock.provision(job_queue="queue", job_definition="work")
    programs.poll_first(programs.submit())


async def poll_async(batch_mock):
    """Wait for a job, in a coroutine."""
    poll(batch_mock)
    await asyncio.sleep(1)


def inline(batch_mock):
    """Do everything in the function itself."""
    import boto3

    batch_mock.provision(job_queue="queue", job_definition="work")
    batch = boto3.client("batch")
    job = batch.submit_job(jobName="report", jobQueue="queue", jobDefinition="work")
    batch.describe_jobs(jobs=[job["jobId"]])["jobs"][0]


def found_in(exploration):
    """Return what makes two explorations equal."""
    return [(item.kind, str(item.adversities), item.as_test()) for item in exploration.findings]


def test_equal_code_has_equal_findings():
    """Two explorations bounded by a number of runs are equal."""
    first, second = (explore(poll, options=SLEEP, runs=20) for _ in range(2))

    assert found_in(first) == found_in(second)
    assert [item.kind for item in first.findings] == ["submitted twice", "crashed"]
    assert first.runs == second.runs == 20
    assert first.is_deterministic
    assert first.stopped == "stopped after 20 runs"


def test_the_result_can_be_printed():
    """The text tells findings, lines, adversities, and how far the exploration got."""
    text = str(explore(poll, options=SLEEP, depth=1, without=("lost_reply", "throttled")))

    assert text.startswith("batchmock: 1 finding in ")
    assert "all " in text.splitlines()[0]
    assert "1. crashed: IndexError: list index out of range" in text
    assert "when 'report' is not shown until 1 s after its submission" in text
    assert '! lag("report", 1)' in text


def test_coroutine_functions(fails):
    """A coroutine function is explored, and its plain test runs it."""
    found = explore(poll_async, options=SLEEP, depth=1, without=("lost_reply",))

    assert [item.kind for item in found.findings] == ["crashed"]
    assert "asyncio.run(" in found.findings[0].as_test()
    assert isinstance(fails(found.findings[0]), IndexError)


def test_a_function_that_is_the_code_itself(fails):
    """If the function calls no other code, its own requests are disturbed."""
    found = explore(inline, depth=1)

    assert [item.kind for item in found.findings] == ["submitted twice", "crashed"]
    assert isinstance(fails(found.findings[1]), IndexError)


def test_functions_that_cannot_be_imported(fails):
    """The plain test of a lambda, or of a function inside another, contains its source."""
    name = "report"

    def program(batch_mock):
        batch_mock.provision(job_queue="queue", job_definition="work")
        programs.poll_first(programs.submit(name))

    found = explore(program, options=SLEEP, depth=1, without=("lost_reply",)).findings
    found += explore(
        lambda mock: program(mock), options=SLEEP, depth=1, without=("lost_reply",)
    ).findings

    assert [item.kind for item in found] == ["crashed", "crashed"]
    assert [type(fails(item)) for item in found] == [IndexError, IndexError]


def test_a_function_that_fails_undisturbed():
    """The error of an undisturbed run is raised as it is."""

    def program(batch_mock):
        raise KeyError("as it is")

    with pytest.raises(KeyError, match="as it is"):
        explore(program)


def test_a_function_that_is_not_deterministic():
    """The exploration stops, and tells both calls."""
    numbers = itertools.count()

    def program(batch_mock):
        batch_mock.provision(job_queue="queue", job_definition="work")
        programs.submit(f"report-{next(numbers)}")

    found = explore(program)

    assert not found.is_deterministic
    assert found.findings == []
    assert "not deterministic from call 1 on" in str(found)
    assert "report-0" in str(found)
    assert "report-1" in str(found)


def test_expected_errors():
    """`expected` names what code may raise, and other errors are findings then."""

    def program(batch_mock):
        batch_mock.provision(job_queue="queue", job_definition="work")
        programs.poll_carefully(programs.submit_carefully())

    arguments = {"options": SLEEP, "tiers": ("deaths",), "depth": 1}
    kinds = [
        [item.kind for item in explore(program, expected=expected, **arguments).findings]
        for expected in ((), (programs.JobFailed,), (ValueError,))
    ]

    assert kinds[:2] == [[], []]
    assert {*kinds[2]} == {"raised an error"}


def test_scripted_ends_are_kept():
    """An outcome that the function scripts is never overridden."""

    def program(batch_mock):
        from batchmock import succeed

        batch_mock.provision(job_queue="queue", job_definition="work")
        batch_mock.script("report", succeed(after=60))
        programs.wait_and_ignore(programs.submit_carefully())

    found = explore(program, options=SLEEP, tiers=("deaths",), depth=1, without=("expire",))

    assert found.levels == [(0, 0)]


def test_assertions_about_records_are_no_findings():
    """A retry changes the number of requests, and an assertion about that number is no finding."""

    def program(batch_mock):
        batch_mock.provision(job_queue="queue", job_definition="work")
        programs.poll_carefully(programs.submit_carefully())
        count = batch_mock.calls.count("DescribeJobs")
        assert count == 2
        assert batch_mock.sleeps == [30]

    assert explore(program, options=SLEEP, depth=1).findings == []


def test_adversities_can_be_sorted_and_printed():
    """A plan is data."""
    found = explore(poll, options=SLEEP, depth=1)
    adversities = [item for finding in found.findings for item in finding.adversities]

    assert sorted({*adversities}) == adversities
    assert [str(item) for item in adversities] == [
        'inject("SubmitJob", lost_reply())',
        'lag("report", 1)',
    ]


def test_the_time_is_bounded():
    """An exploration ends after `seconds`, and says so."""
    found = explore(poll, options=SLEEP, seconds=1e-9)

    assert found.runs == 2
    assert "stopped after 1e-09 s" in str(found)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"tier": ()}, r"explore\(\) has no argument 'tier'. Did you mean 'tiers'\?"),
        ({"tiers": "weather"}, r"pass a tuple of names: tiers=\('weather',\)"),
        ({"tiers": ()}, "nothing would go wrong"),
        ({"tiers": ("wether",)}, r"Did you mean 'weather'\?"),
        ({"without": ("lagg",)}, r"Did you mean 'lag'\?"),
        ({"expected": ("JobFailed",)}, "pass exception types"),
        ({"seconds": "10"}, "pass a number above zero"),
        ({"depth": 0}, "pass a whole number above zero"),
        ({"runs": 1.5}, "pass a whole number above zero"),
        ({"fork": 1}, "pass True or False"),
        ({"options": {"advanc": "sleep"}}, r"has no option 'advanc'. Did you mean 'advance'\?"),
        ({"options": "sleep"}, "pass a dict"),
    ],
)
def test_wrong_arguments(arguments, message):
    """A wrong argument is named."""
    with pytest.raises(BatchMockError, match=message):
        explore(poll, **arguments)


def test_a_function_that_cannot_be_called():
    """Something that is no function is named."""
    with pytest.raises(BatchMockError, match="can't be called"):
        explore("poll")


def test_functions_that_return_a_coroutine(fails):
    """The coroutine that a lambda returns is run, also by the plain test."""
    found = explore(lambda mock: poll_async(mock), options=SLEEP, depth=1, without=("lost_reply",))

    assert [item.kind for item in found.findings] == ["crashed"]
    assert isinstance(fails(found.findings[0]), IndexError)


def test_generators():
    """A generator function is refused, because none of its code would run."""

    def program(batch_mock):
        yield programs.submit()

    async def program_async(batch_mock):
        yield programs.submit()

    for function in (program, program_async, lambda mock: program(mock)):
        with pytest.raises(BatchMockError, match=r"a generator: none of its code has run\. Pass"):
            explore(function)


def test_a_coroutine_function_inside_a_running_loop():
    """A coroutine function is refused there, and explored in a thread."""

    async def main():
        with pytest.raises(BatchMockError, match=r"await asyncio\.to_thread\(explore, main\)"):
            explore(poll_async)
        return await asyncio.to_thread(explore, poll_async, options=SLEEP, depth=1)

    assert [item.kind for item in asyncio.run(main()).findings] == ["submitted twice", "crashed"]


def test_the_words_of_findings_have_no_instants():
    """The time of an explanation is relative to the start, which is that of the real clock."""

    def program(batch_mock):
        batch_mock.provision(job_queue="queue", job_definition="work")
        programs.poll_for_ever(programs.submit_carefully())

    (found,) = explore(program, options=SLEEP, tiers=("deaths",), depth=1).findings

    assert "has been SUCCEEDED since 4s after the start." in found.words
    assert "1 job, 4s from the start on" in found.timeline
    assert "since 4s after the start" in " ".join(found.as_test().split())
