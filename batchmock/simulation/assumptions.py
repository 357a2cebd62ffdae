"""
Named choices where the behaviour of the real service is not known.

docs/fidelity.md lists them with their grade. A test selects another choice with
`mock_batch(policies=Policies(substitute_inside_strings=True))`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Policies:
    """What batchmock does where the behaviour of the real service is not known; all defaults are assumed."""

    #: Whether the three patterns of evaluateOnExit are case-sensitive.
    case_sensitive_patterns: bool = True
    #: Whether a job that ends before STARTING shows `stoppedAt`.
    stopped_at_without_attempt: bool = True
    #: Whether a timed-out job shows `isTerminated`.
    timeout_sets_is_terminated: bool = False
    #: Whether the entries of ListJobs with a filter lack `startedAt` and `statusReason`, as users report.
    filtered_lists_omit_start_and_reason: bool = True
    #: Whether `Ref::name` is also replaced inside a longer string, not only as a whole element.
    substitute_inside_strings: bool = False
    #: Whether DescribeJobs shows `parameters` merged with those of the definition, or only the submitted ones.
    show_merged_parameters: bool = True
    #: Whether a job that does not fit holds up the jobs behind it in its queue; otherwise every job that fits
    #: starts.
    head_of_line_blocks: bool = True
