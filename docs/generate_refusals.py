"""
Generate the tables in docs/reference/refusals.md: every refusal with its source.

The rows come from constraints.json, from the tables of rules, and from the texts of the operations. Run
`python docs/generate_refusals.py` after changing one of them. tests/test_refusals_page.py checks that the page
is up to date.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from batchmock.validation import texts
from batchmock.validation.constraints import constraints
from batchmock.validation.rules import RULES
from batchmock.validation.rules.job_definitions.containers import CONTAINER_RULES
from batchmock.validation.rules.job_definitions.ecs_tasks import TASK_RULES
from batchmock.validation.rules.job_definitions.eks_pods import POD_RULES
from batchmock.validation.rules.job_definitions.node_properties import NODE_RULES

DOCS: Final = Path(__file__).parent
PAGE: Final = DOCS / "reference" / "refusals.md"
OPERATIONS: Final = DOCS.parent / "batchmock" / "operations"

#: How the words of JSON Schema read in the table.
WORDS: Final = {
    "minimum": "less than {}",
    "maximum": "more than {}",
    "minLength": "shorter than {}",
    "maxLength": "longer than {}",
    "minItems": "fewer than {}",
    "maxItems": "more than {}",
    "maxProperties": "more than {} entries",
    "x-maxBytes": "more than {} bytes",
    "pattern": "another form",
    "enum": "other values than its own",
    "not": "reserved values",
    "anyOf": "other combinations",
    "oneOf": "other combinations",
    "allOf": "reserved values",
    "items": "items other than its own",
    "x-required": "a missing value",
}
PREFLIGHT_FOLDER: Final = r"(https://)?github\.com/badmintoncryer/cdk-preflight rules/batch/"
_BLOCKS: Final = (
    ("a container", CONTAINER_RULES),
    ("a task", TASK_RULES),
    ("a pod", POD_RULES),
    ("nodes", NODE_RULES),
)


def member_rows() -> Iterator[tuple[str, str, str]]:
    """Yield member, refused values and source of each entry of constraints.json that refuses values."""
    for key, entry in constraints().items():
        refused = list(dict.fromkeys(_refused_values(entry)))
        if refused:
            yield f"`{key}`", "; ".join(refused), _source(entry["source"])


def _refused_values(entry: dict[str, Any]) -> Iterator[str]:
    for word, phrase in WORDS.items():
        if word in entry and word not in entry.get("x-notInSchema", ()):
            value = entry[word]
            is_short = isinstance(value, int | float | str)
            yield phrase.format(str(value).replace("|", "\\|") if is_short else "")


def rule_rows() -> Iterator[tuple[str, str, str]]:
    """Yield place, rule and source of each rule across members."""
    for rule in RULES:
        if not rule.source.startswith("see the rows"):
            yield (
                ", ".join(f"`{name}`" for name in rule.operations),
                rule.name,
                _source(rule.source),
            )
    for place, table in _BLOCKS:
        for row in table:
            yield place, row.name, _source(row.source)


def state_rows() -> Iterator[tuple[str, str]]:
    """Yield text and source of each refusal that depends on what exists."""
    found = {row for path in sorted(OPERATIONS.rglob("*.py")) for row in _texts_of(path)}
    yield from sorted(found)


def _texts_of(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the texts that a module refuses with, each with the comment above it."""
    source = path.read_text(encoding="utf-8")
    tree, lines = ast.parse(source), source.splitlines()
    used = {name for node in ast.walk(tree) for name in _text_names(node)}
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") in used:
            value = node.value
            text = value.value if isinstance(value, ast.Constant) else ast.unparse(value or node)
            yield f"`{text}`".replace("|", "\\|"), _comment_above(lines, node.lineno - 1)


def _text_names(node: ast.AST) -> Iterator[str]:
    """Yield the constant that a ServiceError is made of."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ServiceError" and node.args:
        text = node.args[0]
        if isinstance(text, ast.Call) and isinstance(text.func, ast.Attribute):
            text = text.func.value
        if isinstance(text, ast.Name):
            yield text.id


def _comment_above(lines: list[str], index: int) -> str:
    """Return the nearest comment above a line, in its paragraph."""
    while index and lines[index - 1].strip() and not lines[index - 1].startswith("#"):
        index -= 1
    comment: list[str] = []
    while index and lines[index - 1].startswith("#"):
        index -= 1
        comment.insert(0, lines[index].lstrip("#: "))
    return " ".join(comment)


def _source(source: str) -> str:
    """Return a source as the table shows it."""
    source = re.sub(
        r"(https://)?github\.com/badmintoncryer/cdk-preflight rules/batch/",
        "cdk-preflight ",
        source,
    )
    source = source.replace("botocore service-2 doc text for this member", "API reference")
    source = re.sub(r"^model \(.*?\).*", "service model", source)
    return source.replace("|", "\\|")


def assumed_words() -> Iterator[tuple[str]]:
    """Yield the texts of the validation that no public source shows."""
    for name, text in vars(texts).items():
        if name.isupper():
            yield (f"`{text}`",)


def table(header: str, rows: Iterable[Iterable[str]]) -> str:
    """Return a table of Markdown."""
    columns = header.count("|") + 1
    lines = [f"| {header} |", f"|{' --- |' * columns}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def generated(page: str) -> str:
    """Return the page with its tables written anew."""
    tables = {
        "members": table("member | refused | why it is believed", member_rows()),
        "rules": table("where | rule | why it is believed", rule_rows()),
        "state": table("text | why it is believed", state_rows()),
        "words": table("text", assumed_words()),
    }
    for name, content in tables.items():
        marker = f"<!-- generated by docs/generate_refusals.py, {name}: {{}} -->\n"
        before, begin, rest = page.partition(marker.format("begin"))
        _, end, after = rest.partition(marker.format("end"))
        page = f"{before}{begin}\n{content}\n\n{end}{after}"
    return page


if __name__ == "__main__":
    PAGE.write_text(generated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
