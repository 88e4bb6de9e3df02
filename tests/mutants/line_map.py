"""The map from lines to tests: recorded once for each test file, and again only if that file changed."""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.mutants.areas import ROOT
from tests.mutants.recording import Recorder

FOLDER = ROOT / ".local" / "mutants"
RECORDS = FOLDER / "lines"
# The parent imported plugins of pytest before it.
_IMPORTED = ("-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning")
QUICKLY = ("-q", "--no-header", "-p", "no:cacheprovider", "--hypothesis-profile=fast", *_IMPORTED)


@dataclass(slots=True)
class LineMap:
    """`seconds` that each test takes; by path and line the tests that run it, and by path all that run any of it.

    `digests` of the sources as they were when each was recorded: of one that changed since, lines say nothing.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    by_line: dict[str, dict[int, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    by_path: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    importing: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # test files
    changed: set[str] = field(default_factory=set)

    def add(self, record: dict[str, object]) -> None:
        """What one test file recorded."""
        tests, seconds, lines, digests = (record[name] for name in ("tests", "seconds", "lines", "digests"))
        assert isinstance(tests, list)
        assert isinstance(seconds, list)
        assert isinstance(lines, dict)
        assert isinstance(digests, dict)
        self.seconds |= dict(zip(tests, seconds, strict=True))
        for path, numbers in lines.items():
            if digests[path] != digest(ROOT / path):
                self.changed.add(path)
            self.importing[path].add(str(record["file"]))
            for line, positions in numbers.items():
                names = {tests[position] for position in positions if position >= 0}
                self.by_path[path] |= names
                self.by_line[path][int(line)] |= names

    def tests_of(self, path: str, line: int) -> list[str]:
        """The tests that run a line: those of its own folder first, and of these the quickest. Of what runs at import,
        all that run anything of it, and those of the files that import it; of a module without functions, all that
        run anything of what imports it.
        """
        names = set() if path in self.changed else self.by_line[path][line]
        names = names or self.by_path[path] | self._of_importers(path)
        if path.startswith("infra/"):  # run by a fixture, on behalf of whichever test asks for it first
            files = self.importing[path]
            return self._file_by_file(name for name in self.seconds if name.partition("::")[0] in files)
        area = path.split("/")[1]
        return sorted(names, key=lambda name: (f"/{area}/" not in name, self.seconds[name], name))

    def _file_by_file(self, names: Iterable[str]) -> list[str]:
        """First the files that write a template out in full: they notice most. Tests of a file stay together, because
        its fixtures are thrown away when another one's turn comes, and a template takes seconds to build.
        """
        in_turn = sorted(names, key=lambda name: (self.seconds[name], name))
        return sorted(in_turn, key=lambda name: _place_of_file(name.partition("::")[0]))

    def is_run(self, path: str, line: int) -> bool:
        """Whether a test runs a line, as far as is known: what only imports run cannot be exchanged afterwards."""
        return path in self.changed or bool(self.by_line[path][line])

    def _of_importers(self, path: str) -> set[str]:
        """The tests of the files that import a module; if none runs it, also those of the files that import its
        importers, and those that run anything of these.
        """
        importers = _importers(path)
        names = {name for name in self.seconds if name.partition("::")[0] in importers}
        if self.by_path[path]:
            return names
        further = set[str]().union(*map(_importers, importers))
        names |= {name for name in self.seconds if name.partition("::")[0] in further}
        return names.union(*(self.by_path[importer] for importer in importers))


def _place_of_file(file: str) -> tuple[bool, bool, str]:
    return "tests/infra/" not in file, "_in_full" not in file, file


def _importers(path: str) -> set[str]:
    """The modules and test files that import a module."""
    module = ".".join(Path(path).with_suffix("").parts).removesuffix(".__init__")
    package, _, name = module.rpartition(".")
    names = rf"(?:[^\n(]*|\([^)]*)\b{name}\b"
    statement = re.compile(
        rf"^\s*(?:from {re.escape(module)} import |from {re.escape(package)} import {names})", re.MULTILINE
    )
    files = (file for folder in ("functions", "tests") for file in (ROOT / folder).rglob("*.py"))
    return {str(file.relative_to(ROOT)) for file in files if statement.search(file.read_text())}


def digest(path: Path) -> str:
    return hashlib.blake2b(path.read_bytes(), digest_size=12).hexdigest() if path.exists() else ""


def record_of(test_file: Path) -> Path:
    return RECORDS / f"{'+'.join(test_file.relative_to(ROOT / 'tests').with_suffix('').parts)}.json"


def is_recorded(test_file: Path) -> bool:
    record = record_of(test_file)
    return record.exists() and json.loads(record.read_text())["digest"] == digest(test_file)


def write(test_file: Path, recorder: Recorder) -> None:
    """Keep what was recorded of a test file."""
    RECORDS.mkdir(parents=True, exist_ok=True)
    recorded = recorder.as_json()
    recorded |= {"file": str(test_file.relative_to(ROOT)), "digest": digest(test_file)}
    recorded["digests"] = {path: digest(ROOT / path) for path in recorded["lines"]}
    record_of(test_file).write_text(json.dumps(recorded))


def read(test_files: Iterable[Path]) -> LineMap:
    """The map of what is recorded of these files."""
    lines = LineMap()
    for file in test_files:
        if record_of(file).exists():
            lines.add(json.loads(record_of(file).read_text()))
    return lines
