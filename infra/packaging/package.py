"""The assets of the Lambdas: our source and the locked wheels, compiled, as a zip that is built once.

All Lambdas share one, except `lake`: it needs more than all the rest together, and no other cold start must grow by it.

Built by uv and the interpreter at hand, without Docker. Named by what goes into it, so a second synth finds it made.
boto3 is in it, though the runtime has one, because that one changes without a deployment: what was tested is what runs.
"""

import compileall
import hashlib
import os
import platform
import py_compile
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from uv import find_uv_bin

from infra.packaging.asset_contents import SERVICE_DATA, SHARED, Contents
from infra.packaging.console_libraries import copy_console_libraries

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "functions"
BUILD = ROOT / ".local" / "build"

LAMBDA_PYTHON = (3, 13)
AT_HAND = "at-hand"  # the interpreter and processor that run this: what the local emulator runs Lambdas with
TASK_ROOT = "/var/task"  # where Lambda unpacks it; written into the compiled files for tracebacks
FIRST_ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the same bytes give the same zip
RECIPE = "4"  # to be raised when what this module does to the same input changes


@dataclass(frozen=True, slots=True)
class Package:
    """A built zip and the digest of everything that went into it."""

    path: Path
    digest: str

    @classmethod
    def for_stage(cls, *, local: bool, contents: Contents = SHARED) -> "Package":
        """The package for AWS (arm64), or for the emulator, built if it is not there yet."""
        return build(AT_HAND if local else contents.platform, contents)


def build(target: str, contents: Contents = SHARED) -> Package:
    """Vendor, compile and zip for `target`; takes some seconds the first time, none after."""
    if sys.version_info[:2] != LAMBDA_PYTHON:
        wanted = ".".join(map(str, LAMBDA_PYTHON))
        raise RuntimeError(
            f"the Lambdas are compiled for Python {wanted}, this is {platform.python_version()}; run `make setup`"
        )
    copy_console_libraries()
    machine = (sys.implementation.cache_tag, platform.machine())
    wheels_digest = _digest(
        RECIPE, target, *machine, repr(contents.services), repr(contents.unused), contents.lock.read_text()
    )
    wheels = BUILD / f"wheels-{wheels_digest}"
    if not wheels.exists():
        _vendor(target, wheels, contents)
    digest = _digest(wheels_digest, *(f"{path.relative_to(ROOT)}\0{_file_digest(path)}" for path in _sources(contents)))
    package = BUILD / f"{contents.name}-{digest}.zip"
    if not package.exists():
        _zip(wheels, package, contents)
        _forget_old(f"{contents.name}-*.zip", keep=8)
    return Package(package, digest)


def _sources(contents: Contents) -> list[Path]:
    """Every file of ours that goes into the asset, in order."""
    return sorted(path for path in SOURCE.rglob("*") if path.is_file() and contents.ships(path.relative_to(SOURCE)))


def _vendor(target: str, out: Path, contents: Contents) -> None:
    partial = out.with_name(f"{out.name}.{os.getpid()}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    where = ["--python", sys.executable]
    if target != AT_HAND:
        where += ["--python-platform", target, "--python-version", ".".join(map(str, LAMBDA_PYTHON))]
    command = [find_uv_bin(), "pip", "install", "--quiet", "--target", str(partial), "--only-binary", ":all:"]
    done = subprocess.run(
        [*command, *where, "--require-hashes", "--requirements", str(contents.lock)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the Lambdas' packages could not be fetched for {target}:\n{done.stderr.strip()}")
    for service in list((partial / SERVICE_DATA).iterdir()):
        if service.is_dir() and service.name not in contents.services:
            shutil.rmtree(service)
    kept = {path for pattern in contents.kept for path in partial.glob(pattern)}
    for pattern in contents.unused:
        for path in set(partial.glob(pattern)) - kept:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    _compile(partial)
    try:
        partial.rename(out)
    except OSError:  # another process was first
        shutil.rmtree(partial)


def _compile(tree: Path) -> None:
    """Compile for good: the zip resets file times, and only hash-based files survive that (PEP 552)."""
    compiled = compileall.compile_dir(
        tree,
        quiet=1,
        stripdir=str(tree),
        prependdir=TASK_ROOT,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    if not compiled:
        raise RuntimeError("a Python file of the Lambda package does not compile (see above)")


def _zip(wheels: Path, package: Path, contents: Contents) -> None:
    stage = package.with_name(f"{package.name}.{os.getpid()}.partial")
    ours = stage.with_suffix(".source")
    shutil.rmtree(ours, ignore_errors=True)
    for path in _sources(contents):
        copy = ours / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    _compile(ours)
    with zipfile.ZipFile(stage, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for tree in (wheels, ours):
            for path in sorted(path for path in tree.rglob("*") if path.is_file()):
                entry = zipfile.ZipInfo(str(path.relative_to(tree)), FIRST_ZIP_DATE)
                entry.external_attr = (0o755 if path.suffix == ".so" else 0o644) << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, path.read_bytes())
    shutil.rmtree(ours)
    stage.rename(package)


def _forget_old(pattern: str, *, keep: int) -> None:
    newest_first = sorted(BUILD.glob(pattern), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in newest_first[keep:]:
        path.unlink(missing_ok=True)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def _file_digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
