"""The areas of the code that are sampled, and which test files may notice a fault in each."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OF_THE_LAPTOP = "sign_in_link"
AREAS = (
    *sorted(
        path.name
        for path in (ROOT / "functions").iterdir()
        if (path / "__init__.py").exists() and path.name != OF_THE_LAPTOP
    ),
    "infra",
)
# These are not deployed: they bring the stack up on a laptop, and only e2e tests see all that they do.
LEFT_OUT = ("infra/local",)
# Tests of the source text and of the tests themselves: no fault of the code is theirs to notice.
OF_THE_TEXT = ("test_layout.py", "test_makefile.py", "test_setup.py", "test_mutants.py")


def folder_of(area: str) -> Path:
    return ROOT / ("infra" if area == "infra" else f"functions/{area}")


def sources(area: str) -> list[Path]:
    """The modules of an area."""
    left_out = [ROOT / folder for folder in LEFT_OUT]
    return [
        path
        for path in sorted(folder_of(area).rglob("*.py"))
        if not any(path.is_relative_to(folder) for folder in left_out)
    ]


def files_with_tests() -> Iterator[Path]:
    """All test files that run without a stack, those of the infrastructure last: they take longest to begin."""
    for folder in ("unit", "integration", "infra"):
        for path in sorted((ROOT / "tests" / folder).rglob("test_*.py")):
            if path.name not in OF_THE_TEXT and "bench" not in folders_of(path):
                yield path


def folders_of(test_file: Path) -> tuple[str, ...]:
    """The folders that it is in, from `tests` on: what the checkout is called does not count."""
    return test_file.relative_to(ROOT / "tests").parent.parts
