"""The length of overrides is that of their JSON text."""

from __future__ import annotations

from json import dumps, loads

from hypothesis import given
from hypothesis import strategies as st

from batchmock.operations.jobs.submit import MAX_OVERRIDES_LENGTH, _are_too_long

ENTRIES = st.fixed_dictionaries({"name": st.text(max_size=3), "value": st.text(max_size=60)})


@given(
    entry=ENTRIES,
    times=st.integers(min_value=1, max_value=600),
    command=st.lists(st.text(max_size=20), max_size=20),
)
def test_length(entry: dict[str, str], times: int, command: list[str]) -> None:
    """Characters with six-character escapes in JSON, and repeated texts, count in full."""
    text = dumps({"environment": [entry] * times, "command": command}, separators=(",", ":"))
    # Decode the request, so that equal texts are distinct objects.
    assert _are_too_long(loads(text)) == (len(text) > MAX_OVERRIDES_LENGTH)
