"""`BatchMock`: one simulated AWS Batch, and the facade over everything below it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from batchmock.durations import Duration, milliseconds
from batchmock.errors import BatchMockError, ServiceError, StuckError, UnknownJobError
from batchmock.faults import Fault, Faults, PendingFault, check_injection
from batchmock.monitor import Monitor
from batchmock.observe.any_job import AnyJob
from batchmock.observe.calls import Call, Calls
from batchmock.observe.events import EventLog, EventPattern, Events, Handler, Subscription
from batchmock.observe.explain import NEVER_OF_AN_ARRAY_PARENT, clock_time, never_reaches
from batchmock.observe.jobs import Jobs, JobView
from batchmock.observe.logs import lines
from batchmock.observe.service_jobs import ServiceJobs, ServiceJobView
from batchmock.observe.service_jobs import never_reaches as service_job_never_reaches
from batchmock.observe.started import STARTED
from batchmock.observe.timeline import Timeline
from batchmock.options import Instant, Options, epoch_ms_of, make_options
from batchmock.outcomes import Outcome, Script, Scripts, make_script
from batchmock.simulation.clock import Clock
from batchmock.simulation.engine import Simulation
from batchmock.simulation.families import ArrayJob
from batchmock.simulation.holds import HOLDABLE
from batchmock.simulation.job import Job
from batchmock.simulation.lifecycle import JOB_STATUSES, Transition
from batchmock.simulation.service_jobs import SERVICE_JOB_STATUSES, ServiceJob
from batchmock.walltime.frozen import active_factory, frozen_ms
from batchmock.walltime.mock_time import LiveClock, MockTime
from batchmock.walltime.polling import PollsMoveTime, PollsOfAStillClock

if TYPE_CHECKING:
    from batchmock.interception.replies import HttpResponse, Reply
    from batchmock.interception.router import Router
    from batchmock.observe.log_requests import LogRequests
    from batchmock.operations.region import Region, Regions
    from batchmock.provisioning import Provisioned, ProvisionedServiceJobs


class BatchMock:
    """
    One simulated AWS Batch: its resources, its jobs, its clock.

    Made and started by `mock_batch`. While it is started, and no other inside it is, every Batch
    client of the process is answered by it. Numbers of time are seconds.

    Args:
        options: those of `mock_batch`.
    """

    def __init__(self, options: Options | None = None) -> None:
        self._options = options or make_options({})
        self._lock = Monitor()
        self._is_started = False
        self._start_ms = _start_ms(self._options)
        self._time = MockTime(
            self._lock, self._options.advance, self._options.speed, self._options.freeze
        )
        self._clock = LiveClock(self._time)
        self._begin()

    def _begin(self) -> None:
        self._scripts = Scripts()
        self._calls = Calls()
        self._faults = Faults()
        self._simulation = Simulation(
            start_ms=self._start_ms,
            stage_ms=self._options.milliseconds("stage_seconds"),
            stop_grace_ms=self._options.milliseconds("stop_grace_seconds"),
            retention_ms=self._options.milliseconds("retention"),
            seed=self._options.seed,
            scripts=self._scripts,
            policies=self._options.policies,
            visibility_lag_ms=self._options.milliseconds("visibility_lag"),
            opened=self._lock.opened,
        )
        self._time.begin(self._simulation, may_begin_elsewhere=self._options.start is None)
        self._polls = self._what_polls_do()
        self._events = EventLog(self._simulation, self._lock)
        # Made when first needed: what they import is more than a mock that is never called wants.
        self._parts: tuple[Regions, Router] | None = None
        self._log_requests: LogRequests | None = None

    def _what_polls_do(self) -> PollsMoveTime | PollsOfAStillClock | None:
        if self._options.advance == "poll":
            return PollsMoveTime(self._time, self._options.milliseconds("stage_seconds"))
        return PollsOfAStillClock(self._time) if self._options.advance == "manual" else None

    def __repr__(self) -> str:
        state = "started" if self._is_started else "stopped"
        return f"<BatchMock {state}, {len(self._simulation.jobs)} jobs, {self._simulation.clock!r}>"

    # Enter and leave

    def start(self) -> BatchMock:
        """
        Answer every Batch client of the process from now on.

        Raises:
            BatchMockError: it is started already.
        """
        from batchmock.interception import hooks

        if self._is_started:
            raise BatchMockError(
                "batchmock: this mock is started already. "
                "Stop it first, or make another with mock_batch()."
            )
        self._time.enter()
        try:
            hooks.activate(self, self._options.region)
        except BaseException:
            self._time.leave()
            raise
        self._is_started = True
        STARTED.enter(self)
        return self

    def stop(self) -> None:
        """
        Answer no more, and put everything back as it was.

        Raises:
            BatchMockError: it is not started.
        """
        from batchmock.interception import hooks

        if not self._is_started:
            raise BatchMockError(
                "batchmock: this mock is not started, so there is nothing to stop."
            )
        self._is_started = False
        STARTED.leave(self)
        try:
            hooks.deactivate(self)
        finally:
            self._time.leave()

    def attach(self, client: Any) -> None:
        """
        Intercept a client of Batch or of CloudWatch Logs that could not be found by itself.

        Raises:
            BatchMockError: it is a client of neither.
        """
        from batchmock.interception import hooks

        hooks.attach(client)

    def answer(
        self, operation_model: Any, body: bytes | str | None, region: str, account_id: str | None
    ) -> Reply | None:
        """Answer a request, or give None to have it sent; called by the event hooks."""
        self._time.catch_up()
        return self._made_parts()[1].answer(operation_model, body, region, account_id)

    def answer_try(
        self,
        try_number: int,
        url: str,
        operation_model: Any,
        body: bytes | str | None,
        region: str,
        account_id: str | None,
    ) -> HttpResponse:
        """Answer one try of a request that is sent; called by the event hooks."""
        self._time.catch_up()
        return self._made_parts()[1].answer_try(
            try_number, url, operation_model, body, region, account_id
        )

    def answer_logs(
        self, operation: str, request: dict[str, Any], region: str, account_id: str | None
    ) -> tuple[dict[str, Any] | ServiceError, str] | None:
        """Answer a request to CloudWatch Logs if it is about what jobs write; called by the event hooks."""
        self._time.catch_up()
        with self._lock:
            if self._log_requests is None:
                from batchmock.observe.log_requests import LogRequests

                self._log_requests = LogRequests(self._simulation, self._simulation.start_ms)
            account_id = account_id or self._options.account_id
            try:
                reply = self._log_requests.answer(operation, request, account_id, region)
            except ServiceError as refusal:
                return refusal, self._simulation.identifiers.uuid("logs request")
            if reply is None:
                return None
            return reply, self._simulation.identifiers.uuid("logs request")

    def _made_parts(self) -> tuple[Regions, Router]:
        with self._lock:
            if self._parts is None:
                from batchmock.interception.router import Router
                from batchmock.operations.region import Regions

                regions = Regions(self._simulation, self._options.milliseconds("resource_seconds"))
                router = Router(
                    self._simulation,
                    regions,
                    self._options.account_id,
                    self._lock,
                    self._faults,
                    self._note_call,
                )
                self._parts = (regions, router)
            return self._parts

    def _note_call(
        self,
        operation: str,
        body: bytes,
        response: dict[str, Any] | None,
        error: ServiceError | None,
        request_id: str | None,
        at_ms: int,
        fault: Fault | None,
        try_number: int,
    ) -> None:
        self._calls.add(
            Call(operation, body, response, error, request_id, at_ms, fault, try_number)
        )
        if self._polls is not None:
            self._polls.note(operation, body)

    def reset(self) -> None:
        """
        Forget everything: resources, jobs, scripts, holds, faults, calls; the clock is back at its start.

        Raises:
            BatchMockError: called from inside a function that is running as a job.
        """
        with self._lock.moving():
            self._check_not_busy("reset()")
            self._begin()

    # Time

    @property
    def clock(self) -> Clock:
        """The simulated clock, with `now` (an aware UTC `datetime`) and `epoch_ms` (an int)."""
        return self._clock

    @property
    def sleeps(self) -> list[float]:
        """The seconds of each sleep that moved the clock, oldest first; under `advance="sleep"` alone."""
        return list(self._time.sleeps)

    def tick(self, delta: Duration = 1.0) -> None:
        """
        Move time by seconds or a `timedelta`; everything due in between happens, in order.

        Raises:
            BatchMockError: the duration is negative, or time is being moved already.
        """
        with self._lock.moving():
            self._begin_move("tick()")
            self._simulation.move_to(self._time.now_ms + milliseconds(delta, "delta"))

    def move_to(self, when: Instant) -> None:
        """
        Move time forward to an instant: a `datetime` (UTC if naive), an ISO 8601 string, Unix seconds.

        Raises:
            BatchMockError: the instant is in the past, or none at all.
        """
        with self._lock.moving():
            self._begin_move("move_to()")
            target_ms = epoch_ms_of(when, "when")
            if target_ms < self._time.now_ms:
                raise BatchMockError(
                    f"batchmock: time can't go backwards. The clock is at "
                    f"{clock_time(self._time.now_ms)}, and move_to() was asked for "
                    f"{clock_time(target_ms)}. Give a later instant, or call reset()."
                )
            self._simulation.move_to(target_ms)

    def step(self) -> list[Transition]:
        """
        Move to the next thing due and let it happen.

        Returns:
            The transitions that it brought; empty when nothing is due, or what was due moved no job.
        """
        with self._lock.moving():
            self._begin_move("step()")
            before = len(self._simulation.transitions)
            self._simulation.step()
            return self._simulation.transitions[before:]

    def run(self) -> list[Transition]:
        """Let everything happen that will, and give the transitions; jobs that hang or are held stay."""
        with self._lock.moving():
            self._begin_move("run()")
            before = len(self._simulation.transitions)
            while self._simulation.step():
                pass
            return self._simulation.transitions[before:]

    def run_until(self, job_id: str, status: str) -> None:
        """
        Let things happen until a job has a status; no further, and not at all if it has it.

        Raises:
            StuckError: it never will; the message says why.
            UnknownJobError: there is no such job.
            BatchMockError: there is no such status.
        """
        with self._lock.moving():
            self._begin_move("run_until()")
            service_job = self._simulation.service_jobs.jobs.get(job_id)
            if service_job is not None:
                self._run_service_job_until(service_job, status)
                return
            job = self._find(job_id)
            _check_status(status, JOB_STATUSES)
            hopeless = isinstance(job, ArrayJob) and status in NEVER_OF_AN_ARRAY_PARENT
            while job.status != status:
                if hopeless or job.is_terminal or not self._simulation.step():
                    raise StuckError(never_reaches(job, status, self._time.now_ms))

    def _begin_move(self, what: str) -> None:
        self._check_not_busy(what)
        self._time.catch_up()

    def _run_service_job_until(self, job: ServiceJob, status: str) -> None:
        _check_status(status, SERVICE_JOB_STATUSES)
        while job.status != status:
            if job.is_terminal or not self._simulation.step():
                raise StuckError(service_job_never_reaches(job, status, self.clock.epoch_ms))

    def _check_not_busy(self, what: str) -> None:
        if self._simulation.is_busy:
            raise BatchMockError(
                f"batchmock: {what} was called while time is being moved, from a function that runs as "
                "a job or is handed an event. Give a job a length with call(function, after=seconds), "
                "and move time in the test itself."
            )

    # Outcomes

    def script(
        self,
        job_name: str | Outcome = "*",
        *outcomes: Outcome,
        job_queue: str | None = None,
        job_definition: str | None = None,
        array_index: int | None = None,
        node_index: int | None = None,
    ) -> None:
        """
        Say how the attempts of jobs end; the newest script that matches a job wins.

        Args:
            job_name: a name or a glob; an outcome here is one for all jobs.
            outcomes: one for each attempt, the last for all later ones.
            job_queue: only jobs in queues of this name or glob.
            job_definition: only jobs of this definition: a name, `name:revision`, or a glob of either.
            array_index: only this child of an array job.
            node_index: only this node of a multi-node job.

        Raises:
            BatchMockError: there is no outcome, or something that is none.
        """
        script = make_script(job_name, outcomes, job_queue, job_definition, array_index, node_index)
        self._time.catch_up()
        with self._lock:
            self._scripts.add(script)

    def hold(self, job: str, at: str = "RUNNABLE") -> None:
        """
        Keep jobs at a status until they are released, jobs still to be submitted included.

        Args:
            job: a job id, a job name, or a glob of names.
            at: SUBMITTED, PENDING, RUNNABLE, STARTING or RUNNING; of a service job SCHEDULED too.

        Raises:
            BatchMockError: no job can be kept there, or the job has that status behind it.
        """
        self._time.catch_up()
        with self._lock:
            _check_status(at, HOLDABLE)
            held = self._simulation.jobs.get(job) or self._simulation.service_jobs.jobs.get(job)
            if held is not None and _is_past(held, at):
                raise BatchMockError(
                    f"batchmock: job {held.name!r} ({held.id}) can't be held at {at}: it is "
                    f"{held.status} already. Hold it before it gets there, or by its name before it is "
                    "submitted."
                )
            self._simulation.hold(job, at)

    def release(self, job: str) -> None:
        """
        Let held jobs go on: those parked do at this very instant, once time is moved.

        Args:
            job: a job id, a job name, or a glob of names.

        Raises:
            BatchMockError: nothing so named is held.
        """
        self._time.catch_up()
        with self._lock:
            lifted = self._simulation.holds.patterns()
            released = self._simulation.release(job)
            if not released and lifted == self._simulation.holds.patterns():
                exists = ", ".join(repr(pattern) for pattern in lifted) or "nothing"
                raise BatchMockError(
                    f"batchmock: release({job!r}) found nothing to release. Held are: {exists}. "
                    'Hold a job first: hold("train-*", at="RUNNABLE").'
                )

    # Looking

    def job(self, job_id: str) -> JobView:
        """
        Give a read-only view of a job, of those too that the service no longer shows.

        Raises:
            UnknownJobError: there is no such job.
        """
        self._time.catch_up()
        with self._lock:
            return JobView(self._find(job_id), self.clock)

    @property
    def jobs(self) -> Jobs:
        """All jobs, in the order of submission; array children and nodes are their parents'."""
        self._time.catch_up()
        with self._lock:
            return Jobs(JobView(job, self.clock) for job in self._simulation.submitted)

    def service_job(self, job_id: str) -> ServiceJobView:
        """
        Give a read-only view of a service job, of those too that the service no longer shows.

        Raises:
            UnknownJobError: there is no such service job.
        """
        with self._lock:
            job = self._simulation.service_jobs.jobs.get(job_id)
            if job is None:
                count = len(self._simulation.service_jobs.jobs)
                raise UnknownJobError(
                    f"batchmock: there is no service job with the id {job_id!r}; there are {count} "
                    "service jobs. Give the jobId that submit_service_job returned; "
                    "service_jobs.named(glob) finds service jobs by name."
                )
            return ServiceJobView(job, self.clock)

    @property
    def service_jobs(self) -> ServiceJobs:
        """All service jobs, in the order of submission."""
        with self._lock:
            jobs = self._simulation.service_jobs.jobs.values()
            return ServiceJobs(ServiceJobView(job, self.clock) for job in jobs)

    @property
    def calls(self) -> Calls:
        """Every API call that was answered, oldest first."""
        return self._calls

    @property
    def transitions(self) -> list[Transition]:
        """Every transition of every job and service job, oldest first."""
        self._time.catch_up()
        with self._lock:
            return list(self._simulation.transitions)

    @property
    def events(self) -> Events:
        """The EventBridge events of all that has happened, oldest first, as a rule would deliver them."""
        self._time.catch_up()
        with self._lock:
            return self._events.events

    def subscribe(
        self, handler: Handler, pattern: EventPattern | None = None, duplicates: bool = False
    ) -> Subscription:
        """
        Hand each EventBridge event to a function from now on, as it happens in simulated time.

        Args:
            handler: is given the event, e.g. `lambda event: lambda_function.handler(event, None)`. It may
                use a Batch client, and may not move time. What it raises reaches the test, from what
                moved time; everything else goes on from there when time is moved again.
            pattern: which events, as an EventBridge rule says it, a dict or JSON; all if not given.
            duplicates: whether each event comes twice, the same one, as EventBridge may deliver it.

        Returns:
            What ends it again, by `cancel()` or as a context manager.

        Raises:
            BatchMockError: the pattern is one that EventBridge would refuse, or the handler no function.
        """
        with self._lock:
            return self._events.subscribe(handler, pattern, duplicates=duplicates)

    def logs(
        self, job_id: str, attempt: int | None = None, container: str | None = None
    ) -> list[str]:
        """
        Give the lines that an attempt (1 for the first; by default the latest) of a job has written.

        Args:
            job_id: the job.
            attempt: 1 for the first; the latest if not given.
            container: the name of one of several containers; by default the one that decides.

        Raises:
            UnknownJobError: there is no such job.
            BatchMockError: there is no such attempt, or no such container.
        """
        self._time.catch_up()
        with self._lock:
            job = self._simulation.service_jobs.jobs.get(job_id) or self._find(job_id)
            return lines(job, attempt, container, self.clock.epoch_ms)

    def timeline(self) -> Timeline:
        """Give a picture of all jobs, service jobs and calls over simulated time; print it."""
        self._time.catch_up()
        with self._lock:
            start_ms = self._simulation.start_ms
            return Timeline(self._jobs_of_both_kinds(), self._calls[:], start_ms, self._time.now_ms)

    def _jobs_of_both_kinds(self) -> list[AnyJob]:
        """Give all jobs and service jobs in the order of submission."""
        jobs: list[AnyJob] = [*self._simulation.submitted]
        service_jobs = self._simulation.service_jobs.jobs
        if service_jobs:
            jobs += service_jobs.values()
            jobs.sort(key=lambda job: job.created_at_ms)
        return jobs

    def report(self, *, whole: bool = False) -> str:
        """
        Tell what has happened so far, as the report of a failed test does.

        Args:
            whole: all jobs, calls and explanations, instead of what fits a screen.

        Returns:
            The timeline, the last calls, why unfinished jobs are where they are, and which scripts no
            attempt has matched.
        """
        from batchmock.observe.report import report

        self._time.catch_up()
        with self._lock:
            jobs, unused = self._jobs_of_both_kinds(), self._scripts.unused
            return report(
                self.timeline(), jobs, self._calls, unused, self._simulation.start_ms, whole=whole
            )

    # Asserting

    @property
    def unused_scripts(self) -> list[Script]:
        """The scripts that no attempt of any job has matched so far, in the order in which they were given."""
        with self._lock:
            return self._scripts.unused

    def assert_scripts_used(self) -> None:
        """
        Check that each script was for an attempt of some job.

        Raises:
            AssertionError: one was not; the message lists them, and the jobs that there are.
        """
        __tracebackhide__ = True
        unused = self.unused_scripts
        if unused:
            listed = "".join(f"\n  {script!r}" for script in unused)
            names = ", ".join(dict.fromkeys(repr(job.name) for job in self.jobs[:10])) or "none"
            raise AssertionError(
                f"batchmock: no attempt of any job has matched{listed}\nJobs that were submitted: "
                f"{names}. A script is matched when an attempt becomes RUNNABLE, and the newest that "
                "fits wins."
            )

    def assert_submitted(
        self,
        job_name: str = "*",
        *,
        job_queue: str | None = None,
        job_definition: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        command: Sequence[Any] | None = None,
        environment: Mapping[str, Any] | None = None,
        vcpus: float | None = None,
        memory_mib: int | None = None,
        gpus: int | None = None,
        depends_on: Iterable[str | JobView] | None = None,
        array_size: int | None = None,
        attempts: int | None = None,
        timeout_seconds: float | None = None,
        tags: Mapping[str, Any] | None = None,
        times: int | None = None,
    ) -> Jobs:
        """
        Check that a job was submitted, as Batch sees it: after overrides, parameters and defaults.

        What is not given may be anything; values may be anything that compares, `unittest.mock.ANY` for one.

        Args:
            job_name: a name or glob.
            job_queue: the name of its queue, or a glob.
            job_definition: a name, `name:revision`, or a glob of either.
            parameters: what its parameters hold at least.
            command: the whole command, after `Ref::` substitution.
            environment: what its environment holds at least.
            vcpus: what it asks for.
            memory_mib: what it asks for.
            gpus: what it asks for.
            depends_on: the ids or names of all jobs that it depends on, in any order.
            array_size: the size of the array job; 0 for a job that is none.
            attempts: of its retry strategy.
            timeout_seconds: the limit of each attempt.
            tags: what its tags hold at least.
            times: how many such jobs there are; once or more if not given.

        Returns:
            The jobs that match.

        Raises:
            AssertionError: there are none, or not so many; the message shows the nearest, in what it
                differs, and what was submitted.
            BatchMockError: `times` is no number of times.
        """
        from batchmock.observe.submissions import check_times, complaint, matching

        __tracebackhide__ = True
        asked = {
            "job_name": job_name,
            "job_queue": job_queue,
            "job_definition": job_definition,
            "parameters": parameters,
            "command": None if command is None else list(command),
            "environment": environment,
            "vcpus": vcpus,
            "memory_mib": memory_mib,
            "gpus": gpus,
            "depends_on": None if depends_on is None else list(depends_on),
            "array_size": array_size,
            "attempts": attempts,
            "timeout_seconds": timeout_seconds,
            "tags": tags,
        }
        expected = {name: value for name, value in asked.items() if value is not None}
        check_times(times)
        with self._lock:
            jobs = self._simulation.submitted
            found = matching(jobs, expected)
            if len(found) != times if times is not None else not found:
                raise AssertionError(
                    complaint(jobs, found, expected, times, self._simulation.start_ms)
                )
            return Jobs(JobView(job, self.clock) for job in found)

    def assert_polite(
        self,
        *,
        calls_per_minute: int | Mapping[str, int] | None = None,
        within: Duration = 1.0,
        unread_pages: bool = False,
    ) -> None:
        """
        Check that the calls would not be throttled, nor miss anything, in production.

        Impolite are three or more DescribeJobs in a row that fewer calls could have done; a page that
        nobody asked for; and more calls in a minute of simulated time than the budget.

        Args:
            calls_per_minute: the budget of each reading operation, or a mapping of budgets by operation.
                By default 60 for an operation that reads (pages that are read on, and DescribeJobs of as many
                ids as it takes, do not count), and the documented rates of SubmitJob (50 a second) and
                SubmitServiceJob (5 a second).
            within: seconds; DescribeJobs that are no further apart belong to one loop.
            unread_pages: whether it is polite not to ask for the next page.

        Raises:
            AssertionError: the calls are impolite; the message shows which, and when.
            BatchMockError: a budget is no number of calls, or `within` is negative.
        """
        from batchmock.observe.politeness import impoliteness

        __tracebackhide__ = True
        with self._lock:
            found = impoliteness(
                self._calls,
                self._simulation.start_ms,
                calls_per_minute=calls_per_minute,
                within_ms=milliseconds(within, "within"),
                unread_pages=unread_pages,
            )
        if found:
            raise AssertionError(found)

    def _find(self, job_id: str) -> Job:
        jobs = self._simulation.jobs
        job = jobs.get(job_id)
        if job is not None:
            return job
        listed = "".join(f"\n  {job.id} {job.name!r}" for job in list(jobs.values())[:10])
        more = f"\n  and {len(jobs) - 10} more" if len(jobs) > 10 else ""
        there_is = (
            f"There are {len(jobs)} jobs:{listed}{more}" if jobs else "There are no jobs yet."
        )
        raise UnknownJobError(
            f"batchmock: there is no job with the id {job_id!r}. {there_is}\n"
            "Give the jobId that submit_job returned; jobs.named(glob) finds jobs by name."
        )

    # Setting up and breaking

    def inject(self, operation: str, fault: Fault, times: int = 1) -> None:
        """
        Let a fault befall the next requests of an operation; what is injected first comes first.

        A client's own retries run as ever, and each of its tries is a request.

        Args:
            operation: AWS's name of it, e.g. `SubmitJob`, or `*` for all of them.
            fault: what befalls them, e.g. `throttled()` or `lost_reply()`.
            times: how many requests.

        Raises:
            BatchMockError: there is no such operation, no such fault, or no such number.
        """
        from batchmock.interception.service import operation_names

        check_injection(operation, fault, times, operation_names())
        with self._lock:
            self._faults.add(operation, fault, times)

    @property
    def pending_faults(self) -> list[PendingFault]:
        """The injected faults that no request has met yet, with how many times each is still to come."""
        with self._lock:
            return list(self._faults.pending)

    def provision(
        self,
        job_queue: str = "job-queue",
        job_definition: str = "job-definition",
        compute_environment: str = "compute-environment",
        max_vcpus: int = 1_000_000,
        fargate: bool = False,
        vcpus: float = 1,
        memory_mib: int = 128,
        *,
        region: str | None = None,
        instance_types: Sequence[str] = ("optimal",),
        shares: Mapping[str, float] | None = None,
        consumable_resources: Mapping[str, int] | None = None,
    ) -> Provisioned:
        """
        Make the three things that a SubmitJob needs, and what goes with them; what exists already is kept.

        Args:
            job_queue: the name of the queue.
            job_definition: the name of the job definition.
            compute_environment: the name of the environment that the queue uses.
            max_vcpus: the environment's `maxvCpus`; the default has room for all jobs of a test.
            fargate: whether environment and definition are of Fargate instead of EC2.
            vcpus: what the definition asks for.
            memory_mib: what the definition asks for; on Fargate the next size that goes with `vcpus`.
            region: where, if not in the mock's own region.
            instance_types: those of the environment; not with `fargate`.
            shares: share identifiers, or prefixes that end with `*`, each with its weight factor: makes
                the queue a fair-share queue, by a scheduling policy of the queue's name. Empty for
                one where all shares have the same weight.
            consumable_resources: consumable resources to make, by name, each with its total quantity.

        Returns:
            The names and ARNs of the three.

        Raises:
            BatchMockError: AWS Batch would refuse one of these; nothing has been made.
        """
        from batchmock.provisioning import provision

        with self._lock:
            return provision(
                self._region(region),
                job_queue=job_queue,
                job_definition=job_definition,
                compute_environment=compute_environment,
                max_vcpus=max_vcpus,
                fargate=fargate,
                vcpus=vcpus,
                memory_mib=memory_mib,
                instance_types=instance_types,
                shares=shares,
                consumable_resources=consumable_resources or {},
            )

    def provision_service_jobs(
        self,
        job_queue: str = "service-job-queue",
        service_environment: str = "service-environment",
        max_instances: int = 256,
        instance_type: str | None = None,
        quota_shares: Mapping[str, int] | None = None,
        *,
        region: str | None = None,
    ) -> ProvisionedServiceJobs:
        """
        Make what a SubmitServiceJob needs: an environment and a queue; what exists already is kept.

        Args:
            job_queue: the name of the queue, of type SAGEMAKER_TRAINING.
            service_environment: the name of the environment that the queue uses.
            max_instances: how many instances all service jobs may use together.
            instance_type: of which type, e.g. `ml.m5.large`; of whatever type if not given.
            quota_shares: names of quota shares, each with its number of instances of `instance_type`;
                they lend and borrow, and preempt within themselves. The queue is managed by quotas then.
            region: where, if not in the mock's own region.

        Returns:
            The names and ARNs of what was made or found.

        Raises:
            BatchMockError: a name, a type or a number is one that AWS Batch would refuse.
        """
        from batchmock.provisioning import provision_service_jobs

        with self._lock:
            return provision_service_jobs(
                self._region(region),
                job_queue=job_queue,
                service_environment=service_environment,
                max_instances=max_instances,
                instance_type=instance_type,
                quota_shares=quota_shares or {},
            )

    # Breaking

    def exhaust(self, compute_environment: str, *, region: str | None = None) -> None:
        """
        Let EC2 have no instances left for a compute environment: it starts no more jobs until `restore`.

        What runs there goes on. A job that waits at the head of its queue for nothing else shows
        `CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY` after a while.

        Args:
            compute_environment: its name or ARN.
            region: where, if not in the mock's own region.

        Raises:
            BatchMockError: there is no such compute environment.
        """
        from batchmock.operations.environment_mishaps import exhaust

        with self._lock:
            exhaust(self._region(region), compute_environment)

    def invalidate(
        self,
        compute_environment: str,
        reason: str = "CLIENT_ERROR - Clusters can not be blank.",
        *,
        region: str | None = None,
    ) -> None:
        """
        Let a compute environment be INVALID, as after a mistake in its roles: it starts no more jobs.

        Args:
            compute_environment: its name or ARN.
            reason: the `statusReason` that it shows.
            region: where, if not in the mock's own region.

        Raises:
            BatchMockError: there is no such compute environment, or it is being modified.
        """
        from batchmock.operations.environment_mishaps import invalidate

        with self._lock:
            invalidate(self._region(region), compute_environment, reason)

    def restore(self, compute_environment: str, *, region: str | None = None) -> None:
        """
        Undo `exhaust` and `invalidate`: jobs that wait for the compute environment go on.

        Args:
            compute_environment: its name or ARN.
            region: where, if not in the mock's own region.

        Raises:
            BatchMockError: there is no such compute environment.
        """
        from batchmock.operations.environment_mishaps import restore

        with self._lock:
            restore(self._region(region), compute_environment)

    def _region(self, name: str | None) -> Region:
        options = self._options
        return self._made_parts()[0].of(options.account_id, name or options.region)


def _start_ms(options: Options) -> int:
    """Give the clock's first instant; a time that is frozen is asked for itself, to the millisecond."""
    factory = active_factory() if options.start is None else None
    return options.start_ms() if factory is None else frozen_ms(factory)


def _check_status(status: str, possible: tuple[str, ...]) -> None:
    if status not in possible:
        raise BatchMockError(
            f"batchmock: {status!r} is no status for this. There are {', '.join(possible)}."
        )


def _is_past(job: Job | ServiceJob, status: str) -> bool:
    order = SERVICE_JOB_STATUSES
    return job.is_terminal or order.index(job.status) > order.index(status)
