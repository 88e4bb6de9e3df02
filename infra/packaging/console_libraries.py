"""The console's libraries: copied from node_modules into `functions/console/vendor`, which git ignores.

Their versions are pinned in package.json. A browser resolves no bare name in an import, so those become file names.
"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FROM = ROOT / "node_modules"
INTO = ROOT / "functions" / "console" / "vendor"
LIBRARIES = {
    "preact.js": "preact/dist/preact.mjs",
    "hooks.js": "preact/hooks/dist/hooks.mjs",
    "htm.js": "htm/dist/htm.mjs",
}
LICENSES = {"preact": "MIT", "htm": "Apache-2.0"}
_BARE_IMPORT = re.compile(r'from ?"preact"')
_SOURCE_MAP = re.compile(r"\n?//# sourceMappingURL=\S+")


def copy_console_libraries(into: Path = INTO) -> list[Path]:
    """Copy what the console imports, with the licences. Raises RuntimeError if npm has not installed it."""
    into.mkdir(parents=True, exist_ok=True)
    texts = {name: _library(FROM / source) for name, source in LIBRARIES.items()}
    texts["licenses.txt"] = "\n\n".join(_license(name) for name in LICENSES)
    copied = []
    for name, text in texts.items():
        path = into / name
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
        copied.append(path)
    return copied


def _library(path: Path) -> str:
    if not path.exists():
        raise RuntimeError(f"{path.relative_to(ROOT)} is missing: run `make setup`")
    text = _SOURCE_MAP.sub("", path.read_text())
    return _BARE_IMPORT.sub('from"./preact.js"', text)


def _license(name: str) -> str:
    folder = FROM / name
    return f"{name} ({LICENSES[name]})\n\n{(folder / 'LICENSE').read_text()}"
