"""
Test tools: pytest and its plugins, debuggers, and modules that wait for other processes.

Their sleeps and clocks stay real, and their threads never hold simulated time up.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Collection
from types import FrameType
from typing import Final

#: Top-level modules that sleep and read clocks in real time.
TOOLS: Final = frozenset(
    {
        "_pydevd_bundle",
        "_pytest",
        "coverage",
        "debugpy",
        "execnet",
        "filelock",
        "hypothesis",
        "multiprocessing",
        "pydevd",
        "pytest_timeout",
        "subprocess",
        "xdist",
    }
)
#: Top-level modules whose threads are workers: an idle one only acts on request.
SERVERS: Final = frozenset(
    {
        "_pydevd_bundle",
        "coverage",
        "debugpy",
        "execnet",
        "ipykernel",
        "multiprocessing",
        "pydevd",
        "pytest_timeout",
        "socketserver",
        "tqdm",
        "xdist",
    }
)
#: Top-level modules whose threads show or report what others do, and never wait in simulated time.
OBSERVERS: Final = frozenset(
    {
        "alive_progress",
        "ddtrace",
        "newrelic",
        "opentelemetry",
        "posthog",
        "prometheus_client",
        "rich",
        "sentry_sdk",
        "tqdm",
        "yaspin",
    }
)
#: The functions of `multiprocessing.pool` that call what a worker was given.
_CALLS_WORK: Final = frozenset({"mapstar", "starmapstar", "worker"})

#: The packages whose handlers of signals are no work of the code under test.
_OTHER_HANDLERS: Final = TOOLS | {"_signal", "asyncio", "trio"}
#: The signals that programs handle.
_SIGNALS: Final = tuple(
    getattr(signal, name)
    for name in (
        "SIGINT",
        "SIGTERM",
        "SIGHUP",
        "SIGQUIT",
        "SIGALRM",
        "SIGCHLD",
        "SIGUSR1",
        "SIGUSR2",
    )
    if hasattr(signal, name)
)


def module_of(frame: FrameType) -> str:
    """Return the top-level module of a frame's code."""
    return str(frame.f_globals.get("__name__")).partition(".")[0]


def is_tool(frame: FrameType) -> bool:
    """Return whether the code of a frame belongs to a tool, which keeps real sleeps and clocks."""
    return module_of(frame) in TOOLS and not calls_work_of_a_pool(frame)


def calls_work_of_a_pool(frame: FrameType) -> bool:
    """Return whether a frame is that of a worker of `multiprocessing.pool`, which calls what it was given."""
    name = frame.f_globals.get("__name__")
    return name == "multiprocessing.pool" and frame.f_code.co_name in _CALLS_WORK


def interruptible_thread(asleep: Collection[int]) -> int | None:
    """
    Return the ident of the main thread if it sleeps and a signal may interrupt it.

    Return None in the main thread itself. Handlers of signals run there. Those of tools and event loops only
    wake it.
    """
    main = threading.main_thread().ident
    if main not in asleep or main == threading.get_ident():
        return None
    for number in _SIGNALS:
        handler = signal.getsignal(number)
        if callable(handler):
            module = getattr(handler, "__module__", None) or type(handler).__module__
            if module.partition(".")[0] not in _OTHER_HANDLERS:
                return main
    return None


def is_thread_of_a_server(thread: int) -> bool:
    """
    Return whether a thread was started by a tool or serves requests.

    This depends on the function that the thread was created from. Its frames are not read: it may be running.
    """
    made = _made(thread)
    if made is None or made is threading.main_thread():
        return False
    if type(made).__module__ == "multiprocessing.dummy":
        # A worker of `multiprocessing.pool.ThreadPool` runs functions of the test.
        return False
    functions = (getattr(made, name, None) for name in ("_target", "function"))
    modules = [type(made).__module__, *(getattr(each, "__module__", "") for each in functions)]
    return any(str(module).partition(".")[0] in SERVERS for module in modules)


def hands_on_items_of_a_pool(thread: int) -> bool:
    """Return whether a thread passes items to the workers of a pool, or to other processes, or results back."""
    target = getattr(_made(thread), "_target", None)
    return getattr(target, "__module__", None) in ("multiprocessing.pool", "multiprocessing.queues")


def _made(thread: int) -> threading.Thread | None:
    return next((each for each in threading.enumerate() if each.ident == thread), None)


def is_blocked_in_a_server(frame: FrameType) -> bool:
    """Return whether a blocked thread without a `Thread` object, such as execnet's, belongs to a tool."""
    current: FrameType | None = frame
    while current is not None:
        if module_of(current) in SERVERS:
            return True
        current = current.f_back
    return False
