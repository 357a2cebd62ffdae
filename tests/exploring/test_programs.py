"""The bugs of public issue trackers, each found in a small program, and not in its careful twin."""

import pytest

from batchmock import StuckError, explore

from . import programs

ALL = ("weather", "losses", "deaths", "crashes")


def kinds(exploration):
    """Return the kinds of all findings."""
    return [finding.kind for finding in exploration.findings]


def names(exploration):
    """Return the names of all adversities of all findings."""
    return [
        name
        for finding in exploration.findings
        for item in finding.adversities
        for name in item.names
    ]


def submit_and_poll(batch_mock):
    """Submit a job without care, and wait for it."""
    batch_mock.provision(job_queue="queue", job_definition="work")
    programs.poll_carefully(programs.submit())


def submit_once_and_poll(batch_mock):
    """Submit a job once, and wait for it."""
    batch_mock.provision(job_queue="queue", job_definition="work")
    programs.poll_carefully(programs.submit_carefully())


def list_unfinished(batch_mock):
    """Read the statuses of a job while it moves on."""
    _list_with(batch_mock, programs.unfinished)


def list_unfinished_carefully(batch_mock):
    """Read the statuses of a job in the order of its life."""
    _list_with(batch_mock, programs.unfinished_carefully)


def _list_with(batch_mock, unfinished):
    batch_mock.provision(job_queue="queue", job_definition="work")
    programs.submit_carefully()
    batch_mock.tick(2.5)
    assert unfinished() == ["report"]


def count_events(batch_mock):
    """Count each event."""
    _count_with(batch_mock, programs.Counter())


def count_events_once(batch_mock):
    """Count each job once."""
    _count_with(batch_mock, programs.CarefulCounter())


def _count_with(batch_mock, counter):
    batch_mock.provision(job_queue="queue", job_definition="work")
    batch_mock.subscribe(counter.handle)
    programs.submit_carefully()
    batch_mock.run()
    assert counter.count == 1


def keep_the_last_status(batch_mock):
    """Take the last event for the newest."""
    batch_mock.provision(job_queue="queue", job_definition="work")
    kept = programs.LastStatus()
    batch_mock.subscribe(kept.handle)
    programs.submit_carefully()
    batch_mock.run()
    assert kept.status == "SUCCEEDED"


SLEEP = {"advance": "sleep"}


@pytest.mark.parametrize("tiers", [("weather", "losses"), ALL])
def test_a_careful_program_has_no_findings(tiers):
    """Code that submits once, and tolerates jobs that are not shown, is clean in all tiers."""
    found = explore(submit_once_and_poll, options=SLEEP, tiers=tiers, seconds=120)

    assert str(found.findings) == "[]"
    assert found.stopped == ""


def test_polling_for_a_job_that_has_vanished(find, fails):
    """A loop that waits for a job which is gone waits for ever."""
    found = find(programs.poll_for_ever, tiers=("deaths",), without=("override",))

    assert kinds(found) == ["waits for ever"]
    assert names(found) == ["expire"]
    assert isinstance(found.findings[0].error, StuckError)
    assert isinstance(fails(found.findings[0]), StuckError)


def test_a_job_that_is_not_shown_yet(find, fails):
    """The first reply of DescribeJobs may lack a job that was just submitted."""
    found = find(programs.poll_first)

    assert kinds(found) == ["crashed"]
    assert names(found) == ["lag"]
    assert isinstance(fails(found.findings[0]), IndexError)


def test_a_job_is_submitted_twice_after_a_lost_reply(fails):
    """A client that tries again by itself submits a second job."""
    found = explore(submit_and_poll, options=SLEEP, depth=1, tiers=("losses",))

    assert kinds(found) == ["submitted twice"]
    assert sorted(names(found)) == ["inject", "lost_reply"]
    assert isinstance(fails(found.findings[0]), AssertionError)


def test_a_job_is_submitted_twice_after_the_program_was_killed(fails):
    """A program that is killed between submission and note submits again."""
    found = explore(submit_and_poll, options=SLEEP, depth=1, tiers=("crashes",))

    assert kinds(found) == ["submitted twice"]
    assert "program_killed" in names(found)
    assert isinstance(fails(found.findings[0]), AssertionError)


@pytest.mark.parametrize(
    ("function", "key"), [(programs.exit_code, "exitCode"), (programs.seconds, "startedAt")]
)
def test_keys_that_a_job_may_lack(find, fails, function, key):
    """A job that never started, or whose container was lost, lacks members."""
    found = find(function, tiers=("deaths",), without=("expire",))

    assert kinds(found) == ["crashed"]
    assert repr(found.findings[0].error) == f"KeyError({key!r})"
    assert repr(fails(found.findings[0])) == f"KeyError({key!r})"


def test_optional_keys_read_with_care(find):
    """Code that expects members to be missing is clean."""
    assert kinds(find(programs.exit_code_carefully, tiers=("deaths",))) == []


def test_a_failure_that_is_swallowed(find, fails):
    """Code that waits for the end of a job, and treats a failure as a success, is told so."""
    found = find(programs.wait_and_ignore, tiers=("deaths",))

    assert kinds(found) == ["swallowed a failure"]
    assert found.findings[0].error is None
    assert isinstance(fails(found.findings[0]), AssertionError)


def test_a_failure_that_is_raised_is_not_swallowed(find):
    """Code that raises after a failure is clean."""
    assert kinds(find(programs.poll_carefully, tiers=("deaths",))) == []


def test_a_throttle_that_kills_the_watcher(find, fails):
    """A client that never tries again dies of one throttled request, and its job goes on."""
    found = find(programs.watch, without=("connection_error",))

    assert kinds(found) == ["left running"]
    assert type(fails(found.findings[0])).__name__ in ("ClientError", "TooManyRequestsException")


def test_a_watcher_with_default_retries_survives(find):
    """The default retries of a client survive what the weather brings."""
    assert kinds(find(lambda job_id: programs.watch(job_id, None))) == []


def test_code_that_asks_again_at_once_is_impolite(find, fails):
    """A loop without a pause makes throttling worse."""
    found = find(programs.hammer)

    assert kinds(found) == ["impolite under throttling"]
    assert isinstance(fails(found.findings[0]), AssertionError)


def test_code_that_pauses_is_polite(find):
    """A loop that pauses after an error is clean."""
    assert kinds(find(programs.hammer_politely)) == []


def test_lists_read_status_by_status(fails):
    """A job that moves on between two requests is in neither list."""
    found = explore(list_unfinished, depth=1)

    assert kinds(found) == ["broke the test"]
    assert "slow_reply" in names(found)
    assert isinstance(fails(found.findings[0]), AssertionError)


def test_lists_read_in_the_order_of_life():
    """A job that moves on is in one of the lists at least."""
    assert kinds(explore(list_unfinished_carefully)) == []


def test_a_duplicate_event_is_counted_twice(fails):
    """EventBridge may deliver an event twice."""
    found = explore(count_events, depth=1)

    assert kinds(found) == ["broke the test"]
    assert names(found) == ["disturb_events"]
    assert isinstance(fails(found.findings[0]), AssertionError)


def test_an_event_that_overtakes_another(fails):
    """The last event need not be the newest."""
    found = explore(keep_the_last_status, depth=1)

    assert kinds(found) == ["broke the test"]
    assert "delay=" in str(found.findings[0].adversities[0])
    assert isinstance(fails(found.findings[0]), AssertionError)


def test_a_handler_that_counts_each_job_once():
    """A handler that knows its jobs is clean."""
    assert kinds(explore(count_events_once)) == []


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (programs.result, UnboundLocalError),
        (programs.next_status, StopIteration),
        (programs.average_seconds, ZeroDivisionError),
    ],
)
def test_crashes_on_what_is_not_there(find, function, error):
    """Errors of names, iterators and divisions are crashes, also after a job has failed or is gone."""
    found = find(function, tiers=("deaths",)).findings

    assert {(item.kind, type(item.error)) for item in found} == {("crashed", error)}


def test_a_job_that_is_never_submitted(fails):
    """A program that takes some of its jobs for all leaves out the others when it runs again."""

    def program(batch_mock):
        batch_mock.provision(job_queue="queue", job_definition="work")
        programs.submit_unless_any_is_there()

    (found,) = explore(program, tiers=("crashes",), depth=1).findings

    assert found.kind == "never submitted"
    assert found.words == "the program has run again, and 'part-2' was never submitted"
    assert "part-2" in str(fails(found))
