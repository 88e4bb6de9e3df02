"""The bill of materials has every package of every lock, with its digests, and names no host of a registry."""

import base64
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


def test_a_python_package_is_told_in_full() -> None:
    lock = f"Some_Lib==2.0+local \\\n    --hash=sha256:{'a' * 64}\n\nother==1\n    --hash=sha256:{'b' * 64}\n"
    first, second = python_components(lock, scope="excluded")
    assert first == {
        "type": "library",
        "bom-ref": "pkg:pypi/some-lib@2.0%2Blocal",
        "name": "some-lib",
        "version": "2.0+local",
        "scope": "excluded",
        "purl": "pkg:pypi/some-lib@2.0%2Blocal",
        "hashes": [{"alg": "SHA-256", "content": "a" * 64}],
    }
    assert (second["name"], second["hashes"]) == ("other", [{"alg": "SHA-256", "content": "b" * 64}])


def test_a_node_package_is_told_in_full() -> None:
    digest = base64.b64encode(b"d" * 64).decode()
    packages = {
        "": {"version": "0"},
        "node_modules/linked": {"link": True},
        "node_modules/a/node_modules/@scope/b": {
            "version": "1.2",
            "integrity": f"sha512-{digest}",
            "license": "MIT",
            "dev": True,
        },
        "node_modules/c": {"version": "3", "license": ["MIT"]},
    }
    first, second = node_components({"packages": packages})
    assert first == {
        "type": "library",
        "bom-ref": "pkg:npm/%40scope/b@1.2",
        "name": "@scope/b",
        "version": "1.2",
        "scope": "excluded",
        "purl": "pkg:npm/%40scope/b@1.2",
        "hashes": [{"alg": "SHA-512", "content": (b"d" * 64).hex()}],
        "licenses": [{"expression": "MIT"}],
    }
    assert (second["name"], second["scope"], second["hashes"]) == ("c", "required", [])
    assert "licenses" not in second


def test_the_bill_says_what_it_is_of_and_lists_packages_in_order() -> None:
    bill = bill_of(ROOT, version="7.8")
    assert bill["version"] == 1
    assert bill["metadata"] == {
        "component": {"type": "application", "name": "caliper", "version": "7.8", "bom-ref": "caliper"}
    }
    references = [component["bom-ref"] for component in bill["components"]]
    assert references == sorted(references)
    assert len(references) > 100
