"""The length of overrides is told by their JSON text, whatever is in them."""

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
    """What takes six characters in JSON, and what is there many times, counts in full."""
    text = dumps({"environment": [entry] * times, "command": command}, separators=(",", ":"))
    # Decoded, as requests are: equal texts are objects of their own then.
    assert _are_too_long(loads(text)) == (len(text) > MAX_OVERRIDES_LENGTH)
