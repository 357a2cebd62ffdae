"""docs/list_model_rules.py: the sentences of the service model that state a rule."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from .documentation import script

RULES = script("list_model_rules")
OLD: dict[str, Any] = {
    "operations": {"StopJob": {"documentation": "<p>Stops a job. It must be RUNNING.</p>"}},
    "shapes": {
        "Job": {
            "members": {
                "name": {"documentation": "<p>The name. It can be up to 9 letters long.</p>"},
                "label": {"documentation": "<p>The label. It can be up to 9 letters long.</p>"},
            }
        }
    },
}
NEW: dict[str, Any] = {
    "operations": OLD["operations"],
    "shapes": {
        **OLD["shapes"],
        "Stop": {
            "documentation": "A stop.",
            "members": {
                "grace": {
                    "documentation": "<p>Seconds.<note>If <code>grace</code> isn't given, e.g. by "
                    "mistake,\n the default is 30.</note> Jobs wait&#39;</p>"
                }
            },
        },
    },
}


def test_prints_sentences_that_state_a_rule() -> None:
    """Purely descriptive sentences are omitted, and a shared sentence is printed once."""
    assert list(RULES.report(OLD)) == [
        "\nStopJob",
        "  - It must be RUNNING.",
        "\nJob.name",
        "  - It can be up to 9 letters long. (also Job.label)",
    ]


def test_prints_what_an_older_model_lacks() -> None:
    """Sentences are plain text without tags, entities and line breaks."""
    assert list(RULES.report(NEW, since=OLD)) == [
        "\nStop.grace",
        "  - If `grace` isn't given, e.g. by mistake, the default is 30.",
    ]


def test_prints_what_some_shapes_say() -> None:
    """A shape requested by name also prints sentences that it shares with an earlier one."""
    assert list(RULES.report(OLD, ["StopJob"])) == ["\nStopJob", "  - It must be RUNNING."]


def test_reads_models_as_botocore_packs_them(tmp_path: Path) -> None:
    """An older model can be compressed, as botocore ships it, or plain."""
    plain, packed = tmp_path / "service-2.json", tmp_path / "service-2.json.gz"
    plain.write_text(json.dumps(OLD), encoding="utf-8")
    packed.write_bytes(gzip.compress(json.dumps(OLD).encode()))

    assert RULES.read_model(str(plain)) == OLD
    assert RULES.read_model(str(packed)) == OLD
