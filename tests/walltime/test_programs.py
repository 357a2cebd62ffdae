"""Jobs whose function is a program: it submits jobs, sleeps, and waits for them."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
import trio

from batchmock import (
    BatchMock,
    BatchMockError,
    BatchMockWarning,
    CallContext,
    ProgramKilled,
    StuckError,
    call,
    hang,
    in_containers,
    mock_batch,
    succeed,
)
from batchmock.walltime.sleepers import sleepers

from ..builders import (
    START_MS,
    needs_todays_model,
    provisioned_mock,
    requirements,
    status_of,
    submit,
)
from ..operations.service_requests import submit as submit_service_job
from .polling import submit_and_wait

#: Seconds from the submission of a job to RUNNING.
STAGES = 3


def seconds(batch_mock: BatchMock) -> float:
    """Return the simulated seconds since the start."""
    return (batch_mock.clock.epoch_ms - START_MS) / 1000


def lasted(batch_mock: BatchMock, job_id: str) -> float:
    """Return how many seconds a job was RUNNING."""
    at = {move.to_status: move.at for move in batch_mock.job(job_id).history}
    return (batch_mock.job(job_id).stopped_at - at["RUNNING"]).total_seconds()


def sleeping(*lengths: float) -> Callable[[CallContext], None]:
    """Return a function that sleeps several times."""

    def function(context: CallContext) -> None:
        for length in lengths:
            time.sleep(length)

    return function


def alive() -> list[str]:
    """Return the names of the threads of programs."""
    return [each.name for each in threading.enumerate() if "attempt" in each.name]


@pytest.fixture
def head(batch_mock: BatchMock, client: Any) -> Callable[[CallContext], None]:
    """A program that submits three jobs of ten minutes and polls them each minute."""

    def run(context: CallContext) -> None:
        ids = [submit(client, f"child-{number}") for number in range(3)]
        sys.stdout.write(f"submitted {len(ids)}\n")
        while not all(status_of(client, job_id) == "SUCCEEDED" for job_id in ids):
            time.sleep(60)
        sys.stdout.write("done\n")

    batch_mock.script("head", call(run))
    batch_mock.script("child-*", succeed(after=600))
    return run


@pytest.mark.usefixtures("head")
class TestAProgramThatWaitsForJobs:
    """A program submits jobs and waits for them."""

    def test_as_the_test_moves_time(self, batch_mock: BatchMock, client: Any) -> None:
        """`run()` moves through the sleeps of the program, which end its attempt."""
        job_id = submit(client, "head")
        batch_mock.run()

        assert batch_mock.job(job_id).status == "SUCCEEDED"
        assert lasted(batch_mock, job_id) == 660
        assert batch_mock.logs(job_id) == ["submitted 3", "done"]

    def test_as_other_code_sleeps(self, batch_mock: BatchMock, client: Any) -> None:
        """Code that polls the program by sleeping moves through its sleeps."""
        assert submit_and_wait(client, "head", poll_every=30) == "SUCCEEDED"
        assert seconds(batch_mock) == 690

    def test_until_a_status(self, batch_mock: BatchMock, client: Any) -> None:
        """`run_until()` stops in the middle of the program."""
        job_id = submit(client, "head")
        batch_mock.run_until(job_id, "RUNNING")
        children = [job.id for job in batch_mock.jobs if job.id != job_id]
        batch_mock.run_until(children[0], "SUCCEEDED")

        assert len(children) == 3
        assert seconds(batch_mock) == STAGES + STAGES + 600
        assert batch_mock.job(job_id).status == "RUNNING"

    def test_tick_by_tick(self, batch_mock: BatchMock, client: Any) -> None:
        """`tick()` moves the program as far as the tick goes."""
        job_id = submit(client, "head")
        batch_mock.tick(STAGES + 59)
        assert batch_mock.sleeps == [60]
        batch_mock.tick(1)
        assert batch_mock.sleeps == [60, 60]
        for _ in range(70):
            batch_mock.tick(10)

        assert lasted(batch_mock, job_id) == 660

    def test_while_nobody_moves_time(self, batch_mock: BatchMock, client: Any) -> None:
        """A thread that waits for the program without sleeping lets its time pass."""
        ended = threading.Event()
        batch_mock.subscribe(
            lambda event: ended.set() if event["detail"]["status"] == "SUCCEEDED" else None,
            {"detail": {"jobName": ["head"]}},
        )
        job_id = submit(client, "head")
        batch_mock.run_until(job_id, "RUNNING")
        ended.wait()

        assert batch_mock.job(job_id).status == "SUCCEEDED"
        assert lasted(batch_mock, job_id) == 660

    def test_many_at_once(self, batch_mock: BatchMock, client: Any) -> None:
        """A hundred programs wait side by side, each in a thread of its own."""
        ids = [submit(client, "head") for _ in range(100)]
        batch_mock.run()

        assert {lasted(batch_mock, job_id) for job_id in ids} == {660}
        assert Counter(job.status for job in batch_mock.jobs) == {"SUCCEEDED": 400}
        assert alive() == []


def story(rounds: int) -> list[Any]:
    """Run programs that race one another; return all that happened."""

    def run(context: CallContext) -> int:
        for number in range(rounds):
            time.sleep(1 + (len(context.job_id) + number) % 3)
            submit(client, f"{context.job_name}-child")
        return int(context.job_name[-1])

    with provisioned_mock(advance="sleep") as (mock, client):
        mock.script("racer-?", call(run))
        for number in range(8):
            submit(client, f"racer-{number}")
        mock.run()
        return [*mock.transitions, *((each.at, each.request_id) for each in mock.calls)]


def test_programs_take_turns() -> None:
    """Programs that wake at the same instant submit their jobs in the same order in each run."""
    first = story(10)
    assert [story(10) == first for _ in range(5)] == [True] * 5


class TestTheLengthOfAnAttempt:
    """An attempt lasts as long as its function sleeps."""

    def test_sleeps(self, batch_mock: BatchMock, client: Any) -> None:
        """The attempt ends when the function returns, after the sum of its sleeps."""
        batch_mock.script("job", call(sleeping(10, 0.5, 20)))
        job_id = submit(client)
        batch_mock.run()

        assert lasted(batch_mock, job_id) == 30.5
        assert batch_mock.sleeps == [10, 0.5, 20]

    def test_no_sleep(self, batch_mock: BatchMock, client: Any) -> None:
        """A function that does not sleep is an attempt of the default length."""
        batch_mock.script("job", call(sleeping()))
        job_id = submit(client)
        batch_mock.run()

        assert lasted(batch_mock, job_id) == 1

    def test_a_given_length(self, batch_mock: BatchMock, client: Any) -> None:
        """With `after` the attempt has that length, and the sleeps take no time."""
        batch_mock.script("job", call(sleeping(3600), after=10))
        job_id = submit(client)
        batch_mock.run()

        assert lasted(batch_mock, job_id) == 10
        assert batch_mock.sleeps == []

    def test_a_returned_length(self, batch_mock: BatchMock, client: Any) -> None:
        """An outcome that the function returns may make the attempt longer, but not shorter."""
        for name, after in (("longer", 100), ("shorter", 5)):
            ending = succeed(after=after)
            batch_mock.script(name, call(lambda _, ending=ending: time.sleep(30) or ending))
        ids = [submit(client, name) for name in ("longer", "shorter")]
        batch_mock.run()

        assert [lasted(batch_mock, job_id) for job_id in ids] == [100, 30]

    def test_asyncio(self, batch_mock: BatchMock, client: Any) -> None:
        """The sleeps and timeouts of a loop count."""

        async def main() -> str:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(asyncio.sleep(500), 30)
            await asyncio.gather(asyncio.sleep(40), asyncio.to_thread(time.sleep, 50))
            return "done"

        results = []
        batch_mock.script("job", call(lambda _: results.append(asyncio.run(main()))))
        job_id = submit(client)
        batch_mock.run()

        assert results == ["done"]
        assert lasted(batch_mock, job_id) == 80

    def test_trio(self, batch_mock: BatchMock, client: Any) -> None:
        """The sleeps of a run of trio count."""
        batch_mock.script("job", call(lambda _: trio.run(trio.sleep, 500)))
        job_id = submit(client)
        batch_mock.run()

        assert lasted(batch_mock, job_id) == 500

    def test_threads(self, batch_mock: BatchMock, client: Any) -> None:
        """The sleeps of threads that the function waits for count."""

        def run(context: CallContext) -> None:
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(time.sleep, [10, 20, 30]))

        batch_mock.script("job", call(run))
        job_id = submit(client)
        batch_mock.run()

        assert lasted(batch_mock, job_id) == 40

    def test_timed_waits(self, batch_mock: BatchMock, client: Any) -> None:
        """A wait with a timeout is a sleep from the start of the function."""
        batch_mock.script("job", call(lambda _: threading.Event().wait(25) or None))
        job_id = submit(client)
        batch_mock.run()

        assert lasted(batch_mock, job_id) == 25

    def test_a_signal_of_the_test(self, batch_mock: BatchMock, client: Any) -> None:
        """A function that waits for the test lasts until the test lets it go on."""
        signal = threading.Event()
        batch_mock.script("job", call(lambda _: signal.wait() and None))
        job_id = submit(client)
        batch_mock.tick(100)
        signal.set()
        batch_mock.run()

        assert lasted(batch_mock, job_id) == 100 - STAGES

    def test_its_log(self, batch_mock: BatchMock, client: Any) -> None:
        """Each line has the time at which it was printed, while the job runs too."""

        def run(context: CallContext) -> None:
            sys.stdout.write("first\n")
            time.sleep(60)
            sys.stdout.write("second")
            time.sleep(60)
            sys.stdout.write(" line\n")

        batch_mock.script("job", call(run))
        job_id = submit(client)
        batch_mock.tick(STAGES + 61)
        assert batch_mock.logs(job_id) == ["first", "second"]
        batch_mock.run()
        assert batch_mock.logs(job_id) == ["first", "second line"]

    def test_an_array(self, batch_mock: BatchMock, client: Any) -> None:
        """Each child of an array runs in a thread of its own, with a log of its own."""

        def run(context: CallContext) -> None:
            index = context.array_index or 0
            for number in range(index + 1):
                time.sleep(10)
                sys.stdout.write(f"{index}: {number}\n")

        batch_mock.script("array", call(run))
        job_id = submit(client, "array", arrayProperties={"size": 5})
        batch_mock.run()

        children = [f"{job_id}:{index}" for index in range(5)]
        assert [lasted(batch_mock, child) for child in children] == [10, 20, 30, 40, 50]
        assert batch_mock.logs(children[2]) == ["2: 0", "2: 1", "2: 2"]


class TestEnds:
    """What ends an attempt ends its function, and the other way round."""

    def test_an_exception(self, batch_mock: BatchMock, client: Any) -> None:
        """An exception after a sleep is exit code 1 at that instant, with a traceback in the log."""

        def run(context: CallContext) -> None:
            time.sleep(60)
            sys.stdout.write("half")
            raise ValueError("broken")

        batch_mock.script("job", call(run))
        job_id = submit(client)
        batch_mock.run()

        assert batch_mock.job(job_id).attempts[0].exit_code == 1
        assert lasted(batch_mock, job_id) == 60
        first, second, *_, last = batch_mock.logs(job_id)
        assert (first, second) == ("half", "Traceback (most recent call last):")
        assert last == "ValueError: broken"

    def test_what_ends_the_test(self, batch_mock: BatchMock, client: Any) -> None:
        """A KeyboardInterrupt after a sleep is raised where time is moved, and the job succeeds."""

        def run(context: CallContext) -> None:
            time.sleep(60)
            raise KeyboardInterrupt

        batch_mock.script("job", call(run))
        job_id = submit(client)
        with pytest.raises(KeyboardInterrupt):
            batch_mock.run()
        assert seconds(batch_mock) == STAGES + 60
        batch_mock.run()
        assert batch_mock.job(job_id).status == "SUCCEEDED"

    def test_retries(self, batch_mock: BatchMock, client: Any) -> None:
        """Each attempt runs the function anew."""

        def run(context: CallContext) -> int:
            time.sleep(60)
            return context.attempt % 3

        batch_mock.script("job", call(run))
        job_id = submit(client, retryStrategy={"attempts": 3})
        batch_mock.run()

        assert [attempt.exit_code for attempt in batch_mock.job(job_id).attempts] == [1, 2, 0]

    def test_terminated(self) -> None:
        """A program sleeps through the grace of a TerminateJob, and is told at its end."""
        told: list[float] = []

        def run(context: CallContext) -> None:
            try:
                time.sleep(3600)
            except ProgramKilled:
                told.append(seconds(mock))
                raise

        with provisioned_mock(advance="sleep", stop_grace_seconds=30) as (mock, client):
            mock.script("job", call(run))
            job_id = submit(client)
            mock.run_until(job_id, "RUNNING")
            client.terminate_job(jobId=job_id, reason="enough")
            mock.run()

            assert told == [STAGES + 30]
            assert (mock.job(job_id).status, alive()) == ("FAILED", [])
            assert lasted(mock, job_id) == 30

    def test_a_call_after_the_end(self, batch_mock: BatchMock, client: Any) -> None:
        """A program that did not sleep when its attempt ended is told by its next call of Batch."""
        told: list[str] = []
        signal = threading.Event()

        def run(context: CallContext) -> None:
            signal.wait()
            try:
                client.list_jobs(jobQueue="queue")
            except ProgramKilled as error:
                told.append(str(error))

        batch_mock.script("job", call(run))
        submit(client, timeout={"attemptDurationSeconds": 60})
        batch_mock.run()
        signal.set()
        batch_mock.tick(1)

        assert told == [
            "batchmock: call(run) of job 'job' was killed: its attempt ended 60 seconds after its start, "
            "before the function returned. Clean up in a finally clause, without sleeping and without "
            "calling Batch."
        ]

    def test_timed_out(self, batch_mock: BatchMock, client: Any) -> None:
        """A time limit ends the attempt and the program."""
        batch_mock.script("job", call(sleeping(3600), stops_after=0))
        job_id = submit(client, timeout={"attemptDurationSeconds": 60})
        batch_mock.run()

        assert (batch_mock.job(job_id).status, alive()) == ("FAILED", [])
        assert lasted(batch_mock, job_id) == 60

    def test_an_end_at_the_limit(self, batch_mock: BatchMock, client: Any) -> None:
        """A program that returns at the instant of its time limit has succeeded."""
        batch_mock.script("job", call(sleeping(30, 30)))
        job_id = submit(client, timeout={"attemptDurationSeconds": 60})
        batch_mock.run()

        assert batch_mock.job(job_id).status == "SUCCEEDED"
        assert lasted(batch_mock, job_id) == 60

    def test_a_lost_host(self, batch_mock: BatchMock, client: Any) -> None:
        """The loss of its host ends a program, and the retry runs the function anew."""
        began = []

        def run(context: CallContext) -> None:
            began.append(seconds(batch_mock))
            time.sleep(600)

        batch_mock.script("job", call(run))
        job_id = submit(client, retryStrategy={"attempts": 2})
        batch_mock.tick(STAGES + 100)
        batch_mock.lose_host(batch_mock.job(job_id).host.instance_id)
        batch_mock.run()

        assert batch_mock.job(job_id).status == "SUCCEEDED"
        assert (len(began), began[0], alive()) == (2, STAGES, [])

    def test_a_program_that_clings(self, batch_mock: BatchMock, client: Any) -> None:
        """Each further sleep of a program that goes on after its end is refused."""
        refused = []

        def cling() -> None:
            with pytest.raises(ProgramKilled):
                time.sleep(3600)
            refused.append(seconds(batch_mock))

        def run(context: CallContext) -> None:
            for _ in range(3):
                cling()

        batch_mock.script("job", call(run, stops_after=0))
        submit(client, timeout={"attemptDurationSeconds": 60})
        batch_mock.run()

        assert refused == [STAGES + 60] * 3

    @pytest.mark.parametrize(
        "run",
        [
            sleeping(3600),
            lambda _: asyncio.run(asyncio.sleep(3600)),
            lambda _: threading.Event().wait(3600),
            lambda _: ThreadPoolExecutor(1).submit(time.sleep, 3600).result(),
        ],
        ids=["sleep", "loop", "wait", "pool"],
    )
    def test_the_end_of_the_mock(self, run: Callable[[CallContext], Any]) -> None:
        """A program that still sleeps when its mock stops is ended with it."""
        with provisioned_mock(advance="sleep") as (mock, client):
            mock.script("job", call(run))
            job_id = submit(client)
            mock.run_until(job_id, "RUNNING")
            mock.tick(10)
            assert len(alive()) == 1
        assert alive() == []

    def test_a_reset(self, batch_mock: BatchMock, client: Any) -> None:
        """A reset ends the programs."""
        batch_mock.script("job", call(sleeping(3600)))
        submit(client)
        batch_mock.tick(10)
        batch_mock.reset()

        assert alive() == []

    def test_a_program_that_does_not_end(self) -> None:
        """A program that waits for something real when its mock stops is named in a warning."""
        signal = threading.Event()
        mock = mock_batch(region="us-east-1", advance="sleep").start()
        mock.provision(job_queue="queue", job_definition="definition")
        mock.script("job", call(lambda _: signal.wait() and None))
        submit(boto3.client("batch", region_name="us-east-1"))
        mock.tick(10)
        with pytest.warns(BatchMockWarning, match=r"call\(<lambda>\) of job 'job' has not ended"):
            mock.stop()
        signal.set()


class TestOtherKinds:
    """Programs as containers, nodes and service jobs."""

    def test_several_containers(self, batch_mock: BatchMock, client: Any) -> None:
        """The first essential container that returns ends the task, and the functions of the others."""
        ended = []

        def side(context: CallContext) -> None:
            try:
                time.sleep(3600)
            finally:
                ended.append(seconds(batch_mock))

        containers = [
            {"name": name, "image": "busybox", "resourceRequirements": requirements(1, 128)}
            for name in ("app", "side")
        ]
        properties = {"taskProperties": [{"containers": containers}]}
        client.register_job_definition(
            jobDefinitionName="task", type="container", ecsProperties=properties
        )
        batch_mock.script("job", in_containers({"app": call(sleeping(60)), "side": call(side)}))
        job_id = submit(client, jobDefinition="task")
        batch_mock.run()

        assert batch_mock.job(job_id).status == "SUCCEEDED"
        assert (lasted(batch_mock, job_id), ended, alive()) == (60, [STAGES + 60], [])

    @needs_todays_model
    def test_a_service_job(self, batch_mock: BatchMock, client: Any) -> None:
        """A service job lasts as long as its function sleeps."""
        batch_mock.provision_service_jobs(job_queue="training", max_instances=1)
        batch_mock.script("train", call(sleeping(600)))
        job_id = submit_service_job(client, "train", jobQueue="training")
        batch_mock.run()

        at = {move.to_status: move.at_ms for move in batch_mock.service_job(job_id).history}
        assert at["SUCCEEDED"] - at["RUNNING"] == 600_000


class TestMistakes:
    """Programs that can't work as they are."""

    def test_waiting_in_vain(self, batch_mock: BatchMock, client: Any) -> None:
        """A program that polls a job for ever ends with an error that explains the job."""

        def run(context: CallContext) -> None:
            job_id = submit(client, "hung")
            while status_of(client, job_id) != "SUCCEEDED":
                time.sleep(60)

        batch_mock.script("job", call(run))
        batch_mock.script("hung", hang())
        submit(client)
        with pytest.raises(StuckError, match=r"waits in vain: (.|\n)*job 'hung'"):
            batch_mock.run()

    def test_a_program_without_end(self) -> None:
        """A program that sleeps for ever ends with an error after a hundred times as many rounds."""

        def run(context: CallContext) -> None:
            while True:
                time.sleep(60)

        with provisioned_mock(advance="sleep", stuck_after=3) as (mock, client):
            mock.script("job", call(run))
            submit(client)
            with pytest.raises(StuckError, match="time was moved 300 times"):
                mock.run()

    def test_a_program_that_waits_for_the_test(self, batch_mock: BatchMock, client: Any) -> None:
        """What waits for a program is told what the program does."""
        batch_mock.script("job", call(sleeping(5, 3600)))
        job_id = submit(client)
        batch_mock.tick(10)
        assert (
            "Attempt 1 of 1 runs a function that has not returned and sleeps until 2026-01-02 04:04:13."
            in batch_mock.job(job_id).explain()
        )

    def test_what_waits_behind_a_program(self) -> None:
        """A job that waits for the capacity of a program is explained, and the program goes on."""
        with provisioned_mock(advance="sleep") as (mock, client):
            mock.provision(
                job_queue="small", job_definition="big", compute_environment="small", max_vcpus=1
            )
            mock.script("head", call(sleeping(600)))
            members = {"jobQueue": "small", "jobDefinition": "big"}
            head, waiting = (submit(client, name, **members) for name in ("head", "next"))
            mock.tick(60)
            assert "has been RUNNABLE" in mock.job(waiting).explain()
            assert len(alive()) == 1
            mock.run()

            assert lasted(mock, head) == 600
            assert mock.job(waiting).status == "SUCCEEDED"

    def test_a_long_program_does_not_wait_in_vain(self, batch_mock: BatchMock, client: Any) -> None:
        """A program that only works may sleep as often as it likes."""
        batch_mock.script("*", call(sleeping(*[1] * 1500)))
        job_id = submit(client)
        array_id = submit(client, "array", arrayProperties={"size": 2})
        batch_mock.run()

        assert lasted(batch_mock, job_id) == lasted(batch_mock, f"{array_id}:1") == 1500

    def test_moving_time(self, batch_mock: BatchMock, client: Any) -> None:
        """A program may not move time itself, before a sleep and after it."""
        errors = []

        def run(context: CallContext) -> None:
            for _ in range(2):
                try:
                    batch_mock.tick(5)
                except BatchMockError as error:
                    errors.append(str(error))
                time.sleep(5)

        batch_mock.script("job", call(run))
        submit(client)
        batch_mock.run()

        assert len(errors) == 2
        assert "tick() was called while time is being moved" in errors[0]


def test_an_end_between_two_looks() -> None:
    """The thread that moves time ends if programs stop right before it begins to wait."""
    looks = []

    def is_over() -> bool:
        looks.append(len(looks))
        if len(looks) == 1:
            # Nobody waits yet, so that this notification reaches nobody.
            sleepers.time_has_moved()
            return False
        return True

    driver = threading.Thread(target=sleepers.drive, args=(is_over, looks.append), daemon=True)
    driver.start()
    driver.join(timeout=30)
    assert not driver.is_alive()
