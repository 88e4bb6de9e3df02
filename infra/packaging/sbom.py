"""`python -m infra.packaging.sbom FILE`: what is shipped, as a CycloneDX 1.6 bill of materials, made of the locks.

Components of the Lambdas and of the console are `required`, those of tools and tests `excluded`. Each has the digests
by which it is installed. Nothing is asked of a network, and the same locks make the same bill.
"""

import base64
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ("requirements.txt", "requirements-lake.txt")
TOOLS = "requirements-dev.txt"
NODE = "package-lock.json"
PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)")
DIGEST = re.compile(r"--hash=sha256:([0-9a-f]{64})")

type Json = dict[str, Any]


def python_components(lock: str, *, scope: str) -> Iterator[Json]:
    """The packages that a hashed requirements file pins."""
    component: Json | None = None
    for line in lock.splitlines():
        pinned = PINNED.match(line)
        if pinned:
            if component:
                yield component
            name, version = pinned[1].lower().replace("_", "-"), pinned[2]
            component = _component("pypi", name, version, scope)
        elif component and (digest := DIGEST.search(line)):
            component["hashes"].append({"alg": "SHA-256", "content": digest[1]})
    if component:
        yield component


def node_components(lock: Json) -> Iterator[Json]:
    """The packages that npm installs: of the console, and of tools."""
    for place, package in lock["packages"].items():
        if not place or package.get("link"):
            continue
        name = place.rpartition("node_modules/")[2]
        component = _component("npm", name, package["version"], "excluded" if package.get("dev") else "required")
        if "integrity" in package:
            digest = package["integrity"].removeprefix("sha512-")
            component["hashes"].append({"alg": "SHA-512", "content": base64.b64decode(digest).hex()})
        if isinstance(package.get("license"), str):
            component["licenses"] = [{"expression": package["license"]}]
        yield component


def bill_of(root: Path, *, version: str) -> Json:
    """The whole bill. A package that is shipped and used by tools is there once, as shipped."""
    components: dict[str, Json] = {}
    for file in SHIPPED:
        for component in python_components((root / file).read_text(), scope="required"):
            components.setdefault(component["bom-ref"], component)
    for component in python_components((root / TOOLS).read_text(), scope="excluded"):
        components.setdefault(component["bom-ref"], component)
    for component in node_components(json.loads((root / NODE).read_text())):
        components.setdefault(component["bom-ref"], component)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "caliper", "version": version, "bom-ref": "caliper"}},
        "components": [components[name] for name in sorted(components)],
    }


def _component(kind: str, name: str, version: str, scope: str) -> Json:
    purl = f"pkg:{kind}/{quote(name)}@{quote(version)}"
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "scope": scope,
        "purl": purl,
        "hashes": [],
    }


if __name__ == "__main__":
    (version,) = re.findall(r'^VERSION = "([^"]+)"', (ROOT / "functions/core/version.py").read_text(), re.MULTILINE)
    bill = bill_of(ROOT, version=version)
    Path(sys.argv[1]).write_text(json.dumps(bill, indent=2) + "\n")
    print(f"{sys.argv[1]}: {len(bill['components'])} components")
