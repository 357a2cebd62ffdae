"""
Choices where nothing is known of the real service, each with a name.

docs/fidelity.md lists them with their grade. A test that wants the other choice says so:
`mock_batch(policies=Policies(substitute_inside_strings=True))`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Policies:
    """What batchmock does where the real service's behaviour is unknown; all defaults are assumed."""

    #: Whether the three patterns of evaluateOnExit mind upper and lower case.
    case_sensitive_patterns: bool = True
    #: Whether a job that ends before STARTING shows `stoppedAt`.
    stopped_at_without_attempt: bool = True
    #: Whether a timed-out job shows `isTerminated`.
    timeout_sets_is_terminated: bool = False
    #: Whether `Ref::name` is replaced inside a longer string too, not just as a whole element.
    substitute_inside_strings: bool = False
    #: Whether DescribeJobs shows `parameters` merged with the definition's, or just the submitted ones.
    show_merged_parameters: bool = True
    #: Whether a job that does not fit holds back those behind it in its queue, and keeps the room that it
    #: waits for from queues of lower priority; otherwise whatever fits starts.
    head_of_line_blocks: bool = True
