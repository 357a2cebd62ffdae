from __future__ import annotations

from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"


def test_the_examples_pass(pytester: pytest.Pytester) -> None:
    """The tests in `examples/` pass when a user runs them, whatever goes wrong."""
    for file in sorted(EXAMPLES.glob("*.py")):
        text = file.read_text(encoding="utf-8")
        pytester.path.joinpath(file.name).write_text(text, encoding="utf-8")
    pytester.syspathinsert()

    result = pytester.runpytest_inprocess(
        "-p",
        "no:cacheprovider",
        "-q",
        "-W",
        "error",
        "--batch-explore",
        "--batch-explore-seconds=0.3",
    )

    assert result.ret == 0
    assert result.parseoutcomes() == {"passed": 15}


def test_the_examples_are_shown() -> None:
    """A page contains each file below its name."""
    page = EXAMPLES.parent.joinpath("docs", "how-to", "three-programs.md").read_text(
        encoding="utf-8"
    )
    files = sorted(EXAMPLES.glob("*.py"))

    assert len(files) == 7
    assert [
        file.name
        for file in files
        if f"```python\n# {file.name}\n{file.read_text(encoding='utf-8')}```\n" not in page
    ] == []
