"""
Check a built sdist and the wheel built from it: contents, metadata, long description, and a run of the wheel.

`tox -e package` builds both archives and calls this script with their folder. `python -m build` makes the
wheel from the sdist, so installing the sdist would build and run the same wheel again. The wheel is installed
into a new virtual environment that holds nothing else, and `python -m batchmock` runs there.
"""

from __future__ import annotations

import email
import io
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from email.message import Message
from pathlib import Path

from readme_renderer import markdown

#: Files that a build has to carry although no module imports them.
WHEEL_DATA = ("batchmock/py.typed", "batchmock/validation/constraints.json")
#: What a downstream packager needs to run the tests from the sdist.
SDIST_FILES = (
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "pyproject.toml",
    "tests/conftest.py",
    "tox.ini",
)


def main(folder: Path) -> None:
    """Check the only sdist and the only wheel in a folder."""
    (sdist,) = folder.glob("*.tar.gz")
    (wheel,) = folder.glob("*.whl")
    metadata = check_contents(sdist, wheel)
    check_description(metadata)
    check_run(wheel, metadata["Version"])
    print(f"{sdist.name}: checked\n{wheel.name}: checked, installed and run")


def check_contents(sdist: Path, wheel: Path) -> Message:
    """Check the files of both archives, and return their metadata, which has to be the same."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata_name,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        metadata = archive.read(metadata_name).decode()
    strangers = [name for name in names if not re.match(r"batchmock(-[\w.]+\.dist-info)?/", name)]
    require(not strangers, f"{wheel.name} holds more than the package: {strangers}")
    missing = [name for name in WHEEL_DATA if name not in names]
    require(not missing, f"{wheel.name} lacks {missing}")

    with tarfile.open(sdist) as source:
        members = {name.partition("/")[2]: name for name in source.getnames()}
        missing = [name for name in SDIST_FILES if name not in members]
        require(not missing, f"{sdist.name} lacks {missing}")
        information = source.extractfile(members["PKG-INFO"])
        require(information is not None, f"PKG-INFO of {sdist.name} is no file")
        require(information.read().decode() == metadata, "sdist and wheel differ in their metadata")
    return email.message_from_string(metadata)


def check_description(metadata: Message) -> None:
    """Check that the long description renders as a package index renders it, without dead links."""
    require(metadata["Description-Content-Type"] == "text/markdown", "the README is not Markdown")
    text = str(metadata.get_payload())
    warnings = io.StringIO()
    page = markdown.render(text, stream=warnings)
    require(page is not None, f"the long description does not render: {warnings.getvalue()}")
    dead = re.findall(r'(?:href|src)="(?!https?://|#)([^"]*)"', page)
    require(not dead, f"an index does not have these files: {dead}")


def check_run(wheel: Path, version: str) -> None:
    """Install a wheel into an empty environment, and run the demonstration there."""
    with tempfile.TemporaryDirectory() as scratch:
        # The environment needs no pip of its own, which would take seconds to install.
        builder = venv.EnvBuilder()
        python = builder.ensure_directories(scratch).env_exe
        builder.create(scratch)
        run(*installer("install", python), "--quiet", str(wheel), folder=scratch)
        run(*installer("check", python), folder=scratch)
        told = run(python, "-I", "-m", "batchmock", "--version", folder=scratch)
        require(told == f"batchmock {version}\n", f"{wheel.name} says that it is {told!r}")
        shown = run(python, "-I", "-m", "batchmock", folder=scratch)
        require("SUCCEEDED" in shown, f"{wheel.name} shows no finished job:\n{shown}")


def installer(command: str, python: str) -> tuple[str, ...]:
    """Return a command of pip, or of uv if tox uses it, for the environment of an interpreter."""
    if os.environ.get("BATCHMOCK_INSTALL", "").startswith("uv "):
        return ("uv", "pip", command, "--python", python)
    return (sys.executable, "-I", "-m", "pip", "--python", python, command)


def run(*command: str, folder: str) -> str:
    """Run a command outside the repository, and return what it prints."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    require(done.returncode == 0, f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def require(condition: bool, problem: str) -> None:
    """Stop with a message unless a condition holds."""
    if not condition:
        sys.exit(f"check_package: {problem}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
