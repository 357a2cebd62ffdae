"""The containers of one task, as tables: when each starts and ends, and which ends the task."""

from __future__ import annotations

import pytest

from batchmock import call, fail, hang, out_of_memory, succeed, terminate_host
from batchmock.outcomes import Outcome
from batchmock.simulation.jobs.job import Container, ContainerRun, TaskContainer
from batchmock.simulation.jobs.tasks import (
    PlannedRun,
    TaskPlan,
    outcome_of_only,
    outcomes_by_container,
    plan_task,
    pod_reason,
)

STAGE_MS = 1000
IMAGE = Container("busybox")

APP = TaskContainer("app", IMAGE)
PROXY = TaskContainer("proxy", IMAGE)
SIDE = TaskContainer("side", IMAGE, essential=False)
SETUP = TaskContainer("setup", IMAGE, essential=False)
INIT_1 = TaskContainer("init-1", IMAGE, init=True)
INIT_2 = TaskContainer("init-2", IMAGE, init=True)

# What a line of a table says about a container: when it starts, when it ends, its exit code.
Line = tuple[int | None, int | None, int | None]


def after(container: TaskContainer, *dependencies: tuple[str, str]) -> TaskContainer:
    """Return a container that depends on others."""
    return container._replace(depends_on=dependencies)


def refuse(container: TaskContainer, called: Outcome) -> Outcome:
    """Fail the test: no function is expected to be called."""
    raise AssertionError(f"{container.name} was called")


def plan(
    containers: tuple[TaskContainer, ...], outcomes: dict[str, Outcome], *, is_pod: bool = False
) -> TaskPlan:
    """Plan a task whose containers have no functions."""
    return plan_task(containers, outcomes, STAGE_MS, is_pod=is_pod, call=refuse)


def lines(planned: TaskPlan) -> dict[str, Line]:
    """Return the plan as a table."""
    return {run.name: (run.starts_ms, run.ends_ms, run.outcome.exit_code) for run in planned.runs}


def end(planned: TaskPlan) -> tuple[str, int | None]:
    """Return the container that ends the task, and when."""
    return planned.decider, planned.ends_ms


def runs_at(planned: TaskPlan, elapsed_ms: int) -> list[tuple[str, int | None]]:
    """Return the exit codes of the containers when their task ends after this many milliseconds."""
    return [(run.name, run.after(elapsed_ms).exit_code) for run in planned.runs]


TASKS = [
    pytest.param(
        (APP,),
        {},
        {"app": (0, 1000, 0)},
        ("app", 1000),
        id="one container runs for a stage",
    ),
    pytest.param(
        (APP, SIDE),
        {},
        {"app": (0, 1000, 0), "side": (0, None, None)},
        ("app", 1000),
        id="the first essential one ends the task",
    ),
    pytest.param(
        (SIDE, APP),
        {},
        {"side": (0, None, None), "app": (0, 1000, 0)},
        ("app", 1000),
        id="whatever stands before it",
    ),
    pytest.param(
        (APP, PROXY),
        {},
        {"app": (0, 1000, 0), "proxy": (0, None, None)},
        ("app", 1000),
        id="one essential container of two",
    ),
    pytest.param(
        (APP, PROXY),
        {"proxy": fail(3, after=0.2)},
        {"app": (0, None, None), "proxy": (0, 200, 3)},
        ("proxy", 200),
        id="the one that is known of",
    ),
    pytest.param(
        (APP, PROXY),
        {"app": succeed(after=5), "proxy": fail(3, after=0.2)},
        {"app": (0, 5000, 0), "proxy": (0, 200, 3)},
        ("proxy", 200),
        id="the first of two to end",
    ),
    pytest.param(
        (APP, PROXY),
        {"app": succeed(after=1), "proxy": fail(3, after=1)},
        {"app": (0, 1000, 0), "proxy": (0, 1000, 3)},
        ("app", 1000),
        id="the first in the list if they end together",
    ),
    pytest.param(
        (APP, SIDE),
        {"side": fail(3, after=0.2)},
        {"app": (0, 1000, 0), "side": (0, 200, 3)},
        ("app", 1000),
        id="one that is not essential may fail",
    ),
    pytest.param(
        (APP, SIDE),
        {"app": hang(), "side": fail(3)},
        {"app": (0, None, None), "side": (0, 1000, 3)},
        ("app", None),
        id="a task that never ends",
    ),
    pytest.param(
        (APP, PROXY),
        {"proxy": hang()},
        {"app": (0, None, None), "proxy": (0, None, None)},
        ("proxy", None),
        id="the one that hangs stands for it",
    ),
    pytest.param(
        (after(APP, ("setup", "START")), SETUP),
        {},
        {"app": (0, 1000, 0), "setup": (0, None, None)},
        ("app", 1000),
        id="START waits for the start",
    ),
    pytest.param(
        (after(APP, ("setup", "COMPLETE")), SETUP),
        {},
        {"app": (1000, 2000, 0), "setup": (0, 1000, 0)},
        ("app", 2000),
        id="COMPLETE waits for the end",
    ),
    pytest.param(
        (after(APP, ("setup", "COMPLETE")), SETUP),
        {"setup": fail(3, after=0.2)},
        {"app": (200, 1200, 0), "setup": (0, 200, 3)},
        ("app", 1200),
        id="COMPLETE does not mind how",
    ),
    pytest.param(
        (after(APP, ("setup", "SUCCESS")), SETUP),
        {"setup": succeed(after=0.2)},
        {"app": (200, 1200, 0), "setup": (0, 200, 0)},
        ("app", 1200),
        id="SUCCESS waits for exit code 0",
    ),
    pytest.param(
        (after(APP, ("setup", "SUCCESS")), SETUP),
        {"setup": fail(3, after=0.2)},
        {"app": (None, 200, 143), "setup": (0, 200, 3)},
        ("app", 200),
        id="SUCCESS never comes: ECS stops the container with 143",
    ),
    pytest.param(
        (APP, after(SIDE, ("setup", "SUCCESS")), SETUP),
        {"setup": fail(3, after=0.2)},
        {"app": (0, 1000, 0), "side": (None, 200, 143), "setup": (0, 200, 3)},
        ("app", 1000),
        id="which does not matter if it is not essential",
    ),
    pytest.param(
        (after(APP, ("side", "START")), after(SIDE, ("setup", "SUCCESS")), SETUP),
        {"setup": fail(3, after=0.2)},
        {"app": (None, 200, 143), "side": (None, 200, 143), "setup": (0, 200, 3)},
        ("app", 200),
        id="nor is one started that waits for it",
    ),
    pytest.param(
        (after(APP, ("setup", "COMPLETE")), SETUP),
        {"setup": hang()},
        {"app": (None, None, 0), "setup": (0, None, None)},
        ("app", None),
        id="waiting for one that never ends",
    ),
    pytest.param(
        (after(APP, ("setup", "COMPLETE"), ("side", "COMPLETE")), SETUP, SIDE),
        {"setup": succeed(after=0.2), "side": succeed(after=0.3)},
        {"app": (300, 1300, 0), "setup": (0, 200, 0), "side": (0, 300, 0)},
        ("app", 1300),
        id="waiting for two",
    ),
    pytest.param(
        (after(APP, ("side", "SUCCESS")), after(SIDE, ("setup", "SUCCESS")), SETUP),
        {},
        {"app": (2000, 3000, 0), "side": (1000, 2000, 0), "setup": (0, 1000, 0)},
        ("app", 3000),
        id="one after the other",
    ),
    pytest.param(
        (APP, SIDE),
        {"side": terminate_host(after=0.2)},
        {"app": (0, 1000, 0), "side": (0, 200, None)},
        ("side", 200),
        id="a host that is lost takes all with it",
    ),
]

PODS = [
    pytest.param(
        (APP,),
        {},
        {"app": (0, 1000, 0)},
        ("app", 1000),
        id="one container runs for a stage",
    ),
    pytest.param(
        (APP, PROXY),
        {},
        {"app": (0, 1000, 0), "proxy": (0, None, None)},
        ("app", 1000),
        id="the second ends with the pod",
    ),
    pytest.param(
        (APP, PROXY),
        {"app": succeed(after=1), "proxy": succeed(after=3)},
        {"app": (0, 1000, 0), "proxy": (0, 3000, 0)},
        ("proxy", 3000),
        id="the last one ends the pod",
    ),
    pytest.param(
        (APP, PROXY),
        {"app": fail(3, after=1), "proxy": succeed(after=3)},
        {"app": (0, 1000, 3), "proxy": (0, 3000, 0)},
        ("app", 3000),
        id="one that fails decides, the last one ends the pod",
    ),
    pytest.param(
        (APP, PROXY),
        {"app": fail(3, after=2), "proxy": fail(4, after=1)},
        {"app": (0, 2000, 3), "proxy": (0, 1000, 4)},
        ("proxy", 2000),
        id="the first to fail decides",
    ),
    pytest.param(
        (APP, PROXY),
        {"app": fail(3), "proxy": hang()},
        {"app": (0, 1000, 3), "proxy": (0, None, None)},
        ("proxy", None),
        id="a pod that never ends",
    ),
    pytest.param(
        (INIT_1, INIT_2, APP),
        {},
        {"init-1": (0, 1000, 0), "init-2": (1000, 2000, 0), "app": (2000, 3000, 0)},
        ("app", 3000),
        id="init containers one after the other",
    ),
    pytest.param(
        (INIT_1, INIT_2, APP),
        {"init-1": fail(3)},
        {"init-1": (0, 1000, 3), "init-2": (None, None, 0), "app": (None, None, 0)},
        ("init-1", 1000),
        id="an init container that fails ends the pod",
    ),
    pytest.param(
        (INIT_1, APP),
        {"init-1": hang(), "app": fail(3)},
        {"init-1": (0, None, None), "app": (None, None, 0)},
        ("init-1", None),
        id="an init container that never ends",
    ),
    pytest.param(
        (APP, PROXY),
        {"app": hang(), "proxy": terminate_host(after=0.2)},
        {"app": (0, None, None), "proxy": (0, 200, None)},
        ("proxy", 200),
        id="a host that is lost takes all with it",
    ),
]


@pytest.mark.parametrize(("containers", "outcomes", "table", "ending"), TASKS)
def test_containers_of_a_task_on_ecs(
    containers: tuple[TaskContainer, ...],
    outcomes: dict[str, Outcome],
    table: dict[str, Line],
    ending: tuple[str, int | None],
) -> None:
    """On ECS the first essential container to end ends the task."""
    planned = plan(containers, outcomes)
    assert (lines(planned), end(planned)) == (table, ending)


@pytest.mark.parametrize(("containers", "outcomes", "table", "ending"), PODS)
def test_containers_of_a_pod(
    containers: tuple[TaskContainer, ...],
    outcomes: dict[str, Outcome],
    table: dict[str, Line],
    ending: tuple[str, int | None],
) -> None:
    """On Kubernetes, init containers run first, and the last container to end ends the pod."""
    planned = plan(containers, outcomes, is_pod=True)
    assert (lines(planned), end(planned)) == (table, ending)


def test_the_container_that_decides() -> None:
    """The plan returns the run of the container that decides."""
    planned = plan((APP, PROXY), {"proxy": fail(3, after=0.2)})
    assert planned.decided_by() == PlannedRun("proxy", 0, 200, fail(3, after=0.2))


@pytest.mark.parametrize(
    ("elapsed_ms", "exit_codes"),
    [
        (0, [("app", None), ("setup", 137)]),
        (199, [("app", None), ("setup", 137)]),
        (200, [("app", 9), ("setup", 0)]),
        (1199, [("app", 9), ("setup", 0)]),
        (1200, [("app", 3), ("setup", 0)]),
    ],
)
def test_what_has_become_of_containers_when_their_task_is_stopped(
    elapsed_ms: int, exit_codes: list[tuple[str, int | None]]
) -> None:
    """Ended containers have their exit code, running ones that for SIGTERM, and unstarted ones none."""
    planned = plan(
        (after(APP, ("setup", "SUCCESS")), SETUP),
        {"app": fail(3, on_sigterm=9), "setup": succeed(after=0.2)},
    )
    assert runs_at(planned, elapsed_ms) == exit_codes


def test_containers_of_which_nothing_is_known_stop_in_good_order() -> None:
    """An unscripted container that does not end the task exits with 0 when it is stopped."""
    assert runs_at(plan((APP, PROXY, SIDE), {"app": fail(3)}), 1000) == [
        ("app", 3),
        ("proxy", 0),
        ("side", 0),
    ]


def test_a_lost_host_leaves_no_exit_codes_but_those_that_were_there() -> None:
    """A container whose host is lost ends without an exit code."""
    planned = plan(
        (APP, SIDE, PROXY), {"app": terminate_host(after=0.5), "side": succeed(after=0.2)}
    )
    assert [run.after(500, host_is_lost=True) for run in planned.runs] == [
        ContainerRun("app"),
        ContainerRun("side", 0),
        ContainerRun("proxy"),
    ]


def test_logs_and_reason_of_a_container_that_has_ended() -> None:
    """The result of a container has its reason and its log lines."""
    planned = plan((APP,), {"app": fail(3, reason="why", logs=["one", "two"])})
    assert planned.runs[0].after(1000) == ContainerRun("app", 3, "why", ("one", "two"))


def test_logs_of_a_container_that_is_stopped() -> None:
    """A stopped container keeps its log lines and has no reason."""
    planned = plan((APP,), {"app": hang(logs=["one"])})
    assert planned.runs[0].after(1000) == ContainerRun("app", 137, None, ("one",))


def test_reason_of_a_container_whose_dependency_failed() -> None:
    """The reason of ECS names the dependency that could not be met."""
    planned = plan((after(APP, ("setup", "SUCCESS")), SETUP), {"setup": fail(3)})
    assert planned.runs[0].after(1000) == ContainerRun(
        "app",
        143,
        "CannotStartContainerError: dependency graph: failed to resolve container ordering "
        "dependency [setup] for target [app] as dependency did not exit successfully.",
    )


def test_functions_are_called_in_the_order_of_the_dependencies() -> None:
    """The function of a dependency is called first, whatever its place in the list."""
    order = []

    def note(container: TaskContainer, called: Outcome) -> Outcome:
        order.append((container.name, called.description))
        return succeed(after=called.after_ms)

    planned = plan_task(
        (after(APP, ("setup", "SUCCESS")), SETUP),
        {"app": call(print), "setup": call(print)},
        STAGE_MS,
        is_pod=False,
        call=note,
    )
    assert order == [("setup", "call(print)"), ("app", "call(print)")]
    assert lines(planned) == {"app": (1000, 2000, 0), "setup": (0, 1000, 0)}


def test_functions_of_containers_that_are_never_started_are_not_called() -> None:
    """The function of a container is called only if the container starts."""
    containers = (after(APP, ("setup", "SUCCESS")), SETUP)
    planned = plan(containers, {"app": call(print), "setup": fail(3)})
    assert lines(planned) == {"app": (None, 1000, 143), "setup": (0, 1000, 3)}


@pytest.mark.parametrize(
    ("exit_code", "reason", "shown"),
    [
        (0, None, "Completed"),
        (1, None, "Error"),
        (137, "OutOfMemoryError: Container killed due to memory usage", "OOMKilled"),
        (1, "why", "why"),
        (None, "CannotPullContainerError: no", "ImagePullBackOff"),
        (None, "FailedMount", "FailedMount"),
        (None, None, None),
    ],
)
def test_reasons_of_kubernetes(
    exit_code: int | None, reason: str | None, shown: str | None
) -> None:
    """Kubernetes has a reason for each way to terminate, and a scripted reason takes precedence."""
    assert pod_reason(exit_code, reason) == shown


@pytest.mark.parametrize(
    ("outcome", "reason", "status_reason"),
    [
        (succeed(), "Completed", None),
        (fail(3), "Error", None),
        (fail(3, reason="why", status_reason="because"), "why", "because"),
        (out_of_memory(), "OOMKilled", None),
        (terminate_host(), None, "Host EC2 (instance {instance}) terminated."),
    ],
)
def test_how_a_pod_says_why_it_ended(
    outcome: Outcome, reason: str | None, status_reason: str | None
) -> None:
    """Kubernetes has no essential containers, and states a reason for each container."""
    decider = plan((APP,), {"app": outcome}, is_pod=True).decided_by().outcome
    assert (decider.reason, decider.status_reason) == (reason, status_reason)


def test_a_plain_outcome_is_that_of_the_first_essential_container() -> None:
    """A plain outcome applies to the container that represents the job."""
    assert outcomes_by_container((INIT_1, SIDE, APP, PROXY), fail(3)) == {"app": fail(3)}


def test_an_outcome_by_names_of_a_job_of_one_container() -> None:
    """The only container is called `default`."""
    assert outcome_of_only(Outcome("containers", "", containers=(("default", fail(3)),))) == fail(3)
    assert outcome_of_only(fail(4)) == fail(4)
