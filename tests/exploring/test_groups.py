"""Code whose errors arrive in exception groups, as from task groups."""

import asyncio
import sys

import anyio
import pytest
import trio

from batchmock import explore

from . import programs

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup, ExceptionGroup

needs_task_groups = pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.TaskGroup")


async def read_seconds(job_id):
    """Wait for a job, and read a start that it may lack."""
    programs.seconds(job_id)


def in_asyncio(job_id):
    """Watch in a task group of asyncio, inside another one."""

    async def main():
        async with asyncio.TaskGroup() as outer, asyncio.TaskGroup() as inner:
            outer.create_task(asyncio.sleep(0))
            inner.create_task(read_seconds(job_id))

    asyncio.run(main())


def in_anyio(job_id):
    """Watch in a task group of anyio."""

    async def main():
        async with anyio.create_task_group() as group:
            group.start_soon(read_seconds, job_id)

    anyio.run(main)


def in_trio(job_id):
    """Watch in a nursery of trio, which wraps errors."""

    async def main():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(read_seconds, job_id)

    trio.run(main, strict_exception_groups=True)


@pytest.mark.parametrize(
    "watch", [pytest.param(in_asyncio, marks=needs_task_groups), in_anyio, in_trio]
)
def test_a_crash_in_a_task_group(find, watch):
    """A crash of a task is found at its own line, also where a failed job is no finding."""
    found = find(watch, tiers=("deaths",), without=("expire",)).findings

    assert [(item.kind, item.place.function) for item in found] == [("crashed", "seconds")]
    assert isinstance(found[0].error, KeyError)


def test_the_most_serious_member_of_a_group(find):
    """Of several errors in a group, the crash is reported, and a failed job is none."""

    def watch(job_id):
        try:
            programs.poll_carefully(job_id)
        except programs.JobFailed as failed:
            try:
                programs.exit_code(job_id)
            except KeyError as crash:
                raise ExceptionGroup("watchers", [failed, crash]) from None
            raise

    found = find(watch, tiers=("deaths",), without=("expire",)).findings

    assert {(item.kind, type(item.error)) for item in found} == {("crashed", KeyError)}


@pytest.mark.parametrize(
    ("expected", "kinds"),
    [
        (programs.JobFailed, set()),
        (ExceptionGroup, set()),
        (ValueError, {"raised an error"}),
    ],
)
def test_expected_errors_in_a_group(find, expected, kinds):
    """A group is expected if its type is, or those of its members."""

    def watch(job_id):
        try:
            programs.poll_carefully(job_id)
        except programs.JobFailed as error:
            raise ExceptionGroup("watchers", [error]) from None

    found = find(watch, tiers=("deaths",), expected=expected).findings

    assert {item.kind for item in found} == kinds


def test_a_member_that_was_never_raised(find):
    """A member that the code has only created is reported where its group was raised."""

    def watch(job_id):
        try:
            programs.poll_carefully(job_id)
        except programs.JobFailed:
            raise ExceptionGroup("watchers", [KeyError("created")]) from None

    found = find(watch, tiers=("deaths",)).findings

    assert [(item.kind, item.place.function) for item in found] == [("crashed", "watch")]


@needs_task_groups
def test_a_program_that_is_killed_in_a_task_group():
    """A program that is killed in a task runs again, and may submit its job twice."""

    async def submit():
        programs.submit()

    async def program(batch_mock):
        batch_mock.provision(job_queue="queue", job_definition="work")
        async with asyncio.TaskGroup() as group:
            group.create_task(submit())

    found = explore(program, tiers=("crashes",), depth=1).findings

    assert [item.kind for item in found] == ["submitted twice"]


@pytest.mark.parametrize("last", [1, 2, 3])
def test_an_interrupt_in_a_group(last):
    """Ctrl-C ends an exploration, even if it arrives in a group."""
    runs = []

    def program(batch_mock):
        batch_mock.provision(job_queue="queue", job_definition="work")
        programs.submit()
        runs.append(batch_mock)
        if len(runs) == last:
            raise BaseExceptionGroup("nursery", [KeyboardInterrupt()])

    with pytest.raises(BaseExceptionGroup):
        explore(program)

    assert len(runs) == last
