"""docs/fidelity.md: each behaviour with a grade, a source and its policy, if any."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import batchmock
from batchmock import Policies

from .documentation import DOCS, script

FIDELITY = script("generate_fidelity")
PAGE = (DOCS / "fidelity.md").read_text(encoding="utf-8")
ROWS = FIDELITY.graded_rows(PAGE)


def test_generated_parts_are_up_to_date() -> None:
    """The counts and the list of batchmock's own texts match the generator's output."""
    assert FIDELITY.generated(PAGE) == PAGE, "run python docs/generate_fidelity.py"


def test_counts_rows_of_each_grade() -> None:
    """A row counts towards the grade in its second column, and other tables and words do not count."""
    page = "\n".join(
        [
            "| behaviour | grade | source |",
            "| --- | --- | --- |",
            "| A job is captured. | assumed | |",
            "| A queue is. | documented | API, assumed |",
            "| A wait. | no time | an option |",
        ]
    )

    assert FIDELITY.counts(page).splitlines()[2:] == [
        "| captured | 0 |",
        "| documented | 1 |",
        "| inferred | 0 |",
        "| assumed | 1 |",
        "| all | 2 |",
    ]


def test_every_row_has_one_grade() -> None:
    """A row of a table of behaviours has exactly one of the four grades."""
    tables = re.findall(r"^\| behaviour \| grade \| source \|\n\| .*\n((?:\|.*\n)+)", PAGE, re.M)

    assert len(tables) > 15
    assert sum(table.count("\n") for table in tables) == len(ROWS)


def test_every_known_behaviour_names_its_source() -> None:
    """A captured or documented behaviour names its source, and an assumed one names at most a policy."""
    known = [row for row in ROWS if row[1] in ("captured", "documented")]

    assert [behaviour for behaviour, _, source in known if not source] == []
    assert {source for _, grade, source in ROWS if grade == "assumed"} <= {
        "",
        *(policy_link(field.name) for field in fields(Policies)),
    }


def test_every_policy_is_linked() -> None:
    """The row of a policy links to the options."""
    sources = [source for _, _, source in ROWS]

    assert [
        field.name
        for field in fields(Policies)
        if not any(policy_link(field.name) in source for source in sources)
    ] == []


def policy_link(name: str) -> str:
    """Return how a row names a policy."""
    return f"policy [`{name}`](reference/options.md#policies)"


def test_behaviours_are_sentences() -> None:
    """Each behaviour is a sentence, and no two are the same."""
    behaviours = [behaviour for behaviour, _, _ in ROWS]

    assert [text for text in behaviours if not re.match(r"[A-Z`].*\.$", text)] == []
    assert len(set(behaviours)) == len(behaviours)


def test_names_nothing_private() -> None:
    """The page names no module or private constant of the package."""
    modules = {
        path.stem
        for path in Path(str(batchmock.__file__)).parent.rglob("*.py")
        if "_" in path.stem and not path.stem.startswith("_")
    }
    graded = " ".join(" ".join(row) for row in ROWS)
    named = set(re.findall(r"`([^`]+)`", graded))

    assert named & modules == set()
    assert [
        name for name in sorted(named) if re.match(r"simulation|operations|observe", name)
    ] == []


def test_lists_assumed_texts(tmp_path: Path) -> None:
    """A constant's nearest comment applies, up to an empty line, and other constants are not texts."""
    module = tmp_path / "module.py"
    module.write_text(
        "# Assumed.\n"
        'FIRST: str = "The first text."\n'
        'SECOND = ("The second " "text.")\n'
        "NUMBER = 3\n"
        'CODE = "START"\n'
        "\n"
        'UNMARKED = "An unmarked text."\n'
        "# Captured.\n"
        'SEEN = "A text that was seen."\n',
        encoding="utf-8",
    )

    assert list(FIDELITY._assumed_texts(module)) == ["The first text.", "The second text."]
