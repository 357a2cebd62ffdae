"""
Print each sentence of botocore's Batch model that states a rule, a default, a limit or a shown value.

Use it when botocore changes, and compare the new sentences with batchmock and docs/fidelity.md:

    python docs/list_model_rules.py --since OLD/service-2.json.gz   # sentences that an older model lacks
    python docs/list_model_rules.py EvaluateOnExit JobDetail        # sentences about some shapes
    python docs/list_model_rules.py                                 # everything

A sentence that several members share is printed once, followed by its other places.
"""

from __future__ import annotations

import argparse
import gzip
import html
import json
import re
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import botocore.loaders

#: Tags that end a sentence even without a period.
BLOCK: Final = re.compile(r"</?(?:p|li|ul|ol|dl|dt|dd|note|important|h\d|pre)\b[^>]*>")
#: The whitespace between two sentences; "e.g." and "i.e." do not end one.
BETWEEN: Final = re.compile(r"(?<=[.!?:])(?<!e\.g\.)(?<!i\.e\.)\s+(?=[A-Z\"'(`])")
#: Words in sentences that do more than describe a member.
RULE: Final = re.compile(
    r"\b(?:must|can(?:'t|not)?|may not|should(?:n't)?|(?:is|are|do|does|has|have)(?:n't| not)"
    r"|only|never|always|defaults?|defaulted|required?|requires|optional|valid|invalid|allowed"
    r"|supported|limit(?:s|ed)?|maximum|minimum|at (?:least|most)|up to|between|(?:more|less) than"
    r"|fewer|greater|equal|range|length|ignored?|overrid(?:e|es|den)|replace[ds]?|merged|combined"
    r"|automatically|if|when|unless|until|once|after|before|sensitive|asterisk|order|first|sorted"
    r"|returned|present|reserved|fail(?:s|ed)?|match(?:es|ed)?|\d+)\b",
    re.IGNORECASE,
)


def sentences(documentation: str) -> Iterator[str]:
    """Yield the sentences of a member's documentation as plain text."""
    for block in BLOCK.split(documentation):
        text = html.unescape(re.sub(r"<[^>]*>", "", re.sub(r"</?code>", "`", block)))
        yield from filter(None, BETWEEN.split(" ".join(text.split())))


def rules(model: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the sentences that state a rule, each with the shapes and members that have it."""
    places: dict[str, list[str]] = {}
    for place, documentation in _documentation(model):
        for sentence in sentences(documentation):
            if RULE.search(sentence):
                places.setdefault(sentence, []).append(place)
    return places


def _documentation(model: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each operation, shape and member of a model with its documentation."""
    for kind in ("operations", "shapes"):
        for name, shape in model[kind].items():
            yield name, shape.get("documentation", "")
            for member, reference in shape.get("members", {}).items():
                yield f"{name}.{member}", reference.get("documentation", "")


def report(
    model: Mapping[str, Any], shapes: Collection[str] = (), since: Mapping[str, Any] | None = None
) -> Iterator[str]:
    """Yield the lines of the list, in the order of the model."""
    known = rules(since) if since else {}
    heading = None
    for sentence, places in rules(model).items():
        named = [place for place in places if not shapes or place.partition(".")[0] in shapes]
        if sentence in known or not named:
            continue
        if named[0] != heading:
            heading = named[0]
            yield f"\n{heading}"
        others = [place for place in places if place != heading]
        yield f"  - {sentence}" + (f" (also {', '.join(others)})" if others else "")


def read_model(path: str) -> Mapping[str, Any]:
    """Return the service model in a file of botocore, compressed or not."""
    content = Path(path).read_bytes()
    model: Mapping[str, Any] = json.loads(
        gzip.decompress(content) if path.endswith(".gz") else content
    )
    return model


def main() -> None:
    """Print the list for the installed botocore."""
    parser = argparse.ArgumentParser(description=str(__doc__).strip().partition("\n")[0])
    parser.add_argument("shapes", nargs="*", help="only these shapes or operations")
    parser.add_argument(
        "--since",
        type=read_model,
        metavar="MODEL",
        help="leave out the sentences of this older model",
    )
    arguments = parser.parse_args()
    model = botocore.loaders.Loader().load_service_model("batch", "service-2")
    listed = "\n".join(report(model, arguments.shapes, arguments.since))
    sys.stdout.write(f"{listed.lstrip()}\n")


if __name__ == "__main__":
    main()
