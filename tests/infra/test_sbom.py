"""The bill of materials has every package of every lock, with its digests, and names no host of a registry."""

import json
import re

from infra.packaging.sbom import NODE, ROOT, SHIPPED, TOOLS, bill_of, node_components, python_components


def test_every_locked_package_is_in_it_once_with_its_digests() -> None:
    bill = bill_of(ROOT, version="1")
    components = {component["purl"]: component for component in bill["components"]}
    assert len(components) == len(bill["components"])
    for file in (*SHIPPED, TOOLS):
        pins = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", (ROOT / file).read_text(), re.MULTILINE)
        assert pins
        for name, version in pins:
            assert components[f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"]["hashes"]
    installed = [place for place in json.loads((ROOT / NODE).read_text())["packages"] if place]
    assert len(list(node_components(json.loads((ROOT / NODE).read_text())))) == len(installed)


def test_what_is_shipped_is_told_from_tools() -> None:
    scopes = {component["name"]: component["scope"] for component in bill_of(ROOT, version="1")["components"]}
    assert (scopes["pydantic"], scopes["duckdb"], scopes["preact"]) == ("required", "required", "required")
    assert (scopes["pytest"], scopes["aws-cdk"]) == ("excluded", "excluded")


def test_it_is_a_bill_of_cyclonedx_and_names_no_host() -> None:
    bill = bill_of(ROOT, version="1")
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    text = json.dumps(bill)
    assert "://" not in text
    assert bill == bill_of(ROOT, version="1")


def test_digests_and_markers_are_read_off_a_lock() -> None:
    lock = (
        f"a_b[x]==1.0 ; python_version > '3' \\\n    --hash=sha256:{'0' * 64} \\\n    --hash=sha256:{'1' * 64}\n# c\n"
    )
    (component,) = python_components(lock, scope="required")
    assert (component["name"], component["version"], len(component["hashes"])) == ("a-b", "1.0", 2)
