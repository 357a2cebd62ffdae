"""
`explore`: run code again and again, with one thing going wrong at a time.

An undisturbed run shows where something could go wrong. Each further run carries out one plan of adversities,
and is judged relative to the undisturbed run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from batchmock.exploring.findings import Exploration, Finding

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from batchmock.exploring.settings import ExploreSettings
    from batchmock.mock import BatchMock

__all__ = ["Exploration", "Finding", "explore"]


def explore(
    function: Callable[[BatchMock], object],
    *,
    options: Mapping[str, Any] | None = None,
    **settings: Unpack[ExploreSettings],
) -> Exploration:
    """
    Run a function undisturbed, and then with one adversity at a time, and report how the code misbehaves.

    Use it without pytest; with pytest, mark a test with `@pytest.mark.batch_explore`. Only the requests of the
    code that the function calls are disturbed, unless the function is the code itself.

    Args:
        function: a function or coroutine function of one parameter, a started mock.
        options: the options of the mock, as for `mock_batch`.
        settings: `tiers`, by default `("weather", "losses")`, also `"deaths"` and `"crashes"`; `expected`,
            exception types that the code may raise; `seconds`, the longest time, by default 10, or 600 with
            `runs`; `depth`, the most adversities in one run, 2 by default; `without`, faults, outcomes and
            methods to leave out; `runs`, the most runs; `fork`, whether each run has a process of its own.

    Returns:
        The findings, the likeliest culprits first. Equal code has equal findings, unless `seconds` ends it.

    Raises:
        BatchMockError: an argument is wrong.
        BaseException: whatever the undisturbed function raises.
    """
    # Imported here, because a test run that only imports the name needs no botocore for it.
    from batchmock.exploring.programs import FunctionProgram
    from batchmock.exploring.runner import Runner
    from batchmock.exploring.search import Search
    from batchmock.exploring.settings import make_settings

    checked = make_settings(settings)
    runner = Runner(FunctionProgram(function, {} if options is None else options), checked)
    return Search(runner, checked).explore()
