"""`make alias` and `make aliases`: one pair or a file of them."""

import argparse
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from functions.core.apps import App
from functions.operate.errors import SchoolError
from functions.operate.outcome import Outcome
from functions.operate.school import alias_import
from functions.operate.school.alias_commands import SHOWN, change_alias, import_aliases
from functions.store import keys
from functions.store.people.aliases import ids_of
from functions.store.registry import Registry
from tests.fakes import MemoryTable

APP = App(
    app_id="https://learn.example.org/app", tenant=keys.tenant_of("https://learn.example.org/app"), name="Reading"
)


class School:
    """An operator over a registry in memory."""

    def __init__(self) -> None:
        self.table = MemoryTable()
        self.operator: Any = SimpleNamespace(registry_table=self.table, registry=Registry(self.table))
        self.operator.registry.add_app(APP, now_us=0)

    def alias(self, learner: str, alias: str = "", *, app: str = "Reading", remove: bool = False) -> Outcome:
        return change_alias(self.operator, argparse.Namespace(learner=learner, alias=alias, app=app, remove=remove))

    def aliases(self, path: Path, *, person: str = "{person}", alias: str = "{alias}", remove: bool = False) -> Outcome:
        options = argparse.Namespace(file=str(path), person=person, alias=alias, app="Reading", remove=remove)
        return import_aliases(self.operator, options)

    def ids(self, learner: str) -> set[str]:
        return set(ids_of(self.table, APP.tenant, learner))


@pytest.fixture
def school() -> School:
    return School()


def test_a_pair_is_said_shown_and_taken_back(school: School) -> None:
    assert school.alias("urn:a", "urn:b").data == {"person": "urn:a", "aliases": ["urn:b"]}
    assert school.alias("urn:b").text == "urn:a\n  alias urn:b"
    school.alias("urn:b", remove=True)
    assert school.alias("urn:b").data == {"person": "urn:b", "aliases": []}
    with pytest.raises(SchoolError, match="no alias"):
        school.alias("urn:b", remove=True)


def test_a_contradiction_is_refused(school: School) -> None:
    school.alias("urn:a", "urn:b")
    with pytest.raises(SchoolError, match="urn:a"):
        school.alias("urn:b", "urn:c")


def test_every_app_is_a_star(school: School) -> None:
    school.alias("urn:a", "urn:b", app="*")
    assert school.ids("urn:b") == {"urn:a", "urn:b"}
    assert school.alias("urn:b").data["aliases"] == []  # of this app alone


def test_a_file_of_pairs_is_read_line_by_line_and_says_what_contradicts(school: School, tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("person,alias,note\nurn:a,urn:b,\nurn:a,,new\nurn:c,urn:b,\nurn:a,urn:d,\n", encoding="utf-8-sig")
    outcome = school.aliases(path)
    assert outcome.data == {"aliases": 2, "without": 1, "refused": 1}
    assert not outcome.holds
    assert "line 4" in outcome.text
    assert school.ids("urn:d") == {"urn:a", "urn:b", "urn:d"}
    assert school.aliases(path, remove=True).data["aliases"] == 2
    assert school.ids("urn:d") == {"urn:d"}


def test_oneroster_users_give_pairs_by_templates(school: School, tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    path.write_text('sourcedId,userIds,username\ns-1,"{LTI:104},{Fed:x}",ada\ns-2,,ben\n')
    outcome = school.aliases(path, person="https://r.example/users/{sourcedId}", alias="urn:lti:{userIds.LTI}")
    assert outcome.data == {"aliases": 1, "without": 1, "refused": 0}
    assert school.ids("urn:lti:104") == {"urn:lti:104", "https://r.example/users/s-1"}


@pytest.mark.parametrize("template", ["{nothing}", "{userId}"])
def test_a_column_that_is_not_there_is_named(school: School, tmp_path: Path, template: str) -> None:
    path = tmp_path / "users.csv"
    path.write_text("sourcedId\ns-1\n")
    with pytest.raises(SchoolError, match="it has sourcedId"):
        school.aliases(path, person=template)


def test_a_file_that_cannot_be_read_is_named(school: School, tmp_path: Path) -> None:
    with pytest.raises(SchoolError, match=r"pairs\.csv"):
        school.aliases(tmp_path / "pairs.csv")
    (tmp_path / "pairs.csv").write_bytes(b"person,alias\n\xff\xfe,b\n")
    with pytest.raises(SchoolError, match="UTF-8"):
        school.aliases(tmp_path / "pairs.csv")


@pytest.mark.parametrize(
    "text",
    [
        "person,alias\r\nurn:a,urn:b\r\n",
        "person;alias\nurn:a;urn:b\n",
        "person\talias\nurn:a\turn:b",
        '"alias","note, with a comma","person"\n"urn:b","two\nlines","urn:a"\n',
        "person, alias \nurn:a, urn:b\n",
        "person,alias\nurn:a,urn:b,more,cells\nurn:c\n",
    ],
    ids=["CR LF", "semicolons", "tabs", "quotes", "blanks", "ragged"],
)
def test_a_file_is_read_as_spreadsheets_write_it(school: School, tmp_path: Path, text: str) -> None:
    for number, encoding in enumerate(("utf-8", "utf-8-sig")):
        path = tmp_path / f"{number}.csv"
        path.write_bytes(text.encode(encoding))
        assert school.aliases(path).data["aliases"] == 1
        assert school.ids("urn:b") == {"urn:a", "urn:b"}


def test_a_file_without_a_line_is_refused_and_one_without_rows_is_not(school: School, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(SchoolError, match="is empty"):
        school.aliases(tmp_path / "empty.csv")
    (tmp_path / "header.csv").write_text("person,alias\n")
    assert school.aliases(tmp_path / "header.csv").data == {"aliases": 0, "without": 0, "refused": 0}


def test_a_template_that_cannot_be_read_is_named(school: School, tmp_path: Path) -> None:
    (tmp_path / "pairs.csv").write_text("person,alias\nurn:a,urn:b\n")
    with pytest.raises(SchoolError, match="cannot be read"):
        school.aliases(tmp_path / "pairs.csv", person="{person")


def test_a_file_says_the_same_however_its_pairs_share_ids(school: School, tmp_path: Path) -> None:
    """A cycle, an alias of an alias, and two people with one alias: the earlier line holds."""
    pairs = [("a", "b"), ("b", "a"), ("b", "c"), ("d", "b"), ("e", "f"), ("f", "g"), ("d", "h")]
    (tmp_path / "pairs.csv").write_text("person,alias\n" + "".join(f"urn:{p},urn:{a}\n" for p, a in pairs))
    for known in (0, 3):  # the second time all is known
        outcome = school.aliases(tmp_path / "pairs.csv")
        assert outcome.data == {"aliases": 3, "without": 0, "refused": 4}, known
        assert [f"line {line}" in outcome.text for line in range(2, 9)] == [False, True, True, True, False, True, False]
    assert [school.ids(f"urn:{name}") for name in "ac"] == [{"urn:a", "urn:b"}, {"urn:c"}]


def test_many_pairs_cost_two_calls_each_and_hardly_any_when_they_are_known(school: School, tmp_path: Path) -> None:
    pairs = 400
    lines = (f"urn:p:{number},urn:a:{number}\n" for number in range(pairs))
    (tmp_path / "pairs.csv").write_text("person,alias\n" + "".join(lines))
    assert school.aliases(tmp_path / "pairs.csv").data["aliases"] == pairs
    first = school.table.calls.total
    assert school.aliases(tmp_path / "pairs.csv").data["aliases"] == pairs
    assert first <= 2.1 * pairs
    assert school.table.calls.total - first <= 0.02 * pairs + 3


def test_a_file_says_how_many_rows_name_no_two_ids_and_shows_only_some_of_many_contradictions(
    school: School, tmp_path: Path
) -> None:
    path = tmp_path / "pairs.csv"
    school.alias("urn:a", "urn:b")
    empty = ["urn:x,", ",urn:y", "urn:z,urn:z"]
    contradictions = [f"urn:other{number},urn:b" for number in range(SHOWN + 2)]
    path.write_text("\n".join(["person,alias", *empty, "urn:a,urn:c", *contradictions]) + "\n")
    outcome = school.aliases(path)
    assert outcome.data == {"aliases": 1, "without": 3, "refused": SHOWN + 2}
    assert not outcome.holds
    first, *lines, last = outcome.text.splitlines()
    assert first.startswith("1 aliases known; 3 rows")
    assert [line.partition(":")[0] for line in lines] == [f"line {6 + number}" for number in range(SHOWN)]
    assert last == "and 2 more"


def test_a_file_of_many_thousand_pairs_is_counted_whole(
    school: School, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are taken some at a time; what was known is counted as what is new."""
    monkeypatch.setattr(alias_import, "AT_ONCE", 3)
    path = tmp_path / "pairs.csv"
    path.write_text("person,alias\n" + "".join(f"urn:p:{number},urn:a:{number}\n" for number in range(7)))
    for _ in range(2):
        assert school.aliases(path).data == {"aliases": 7, "without": 0, "refused": 0}
    contradictions = "".join(f"urn:q:{number},urn:a:{number}\n" for number in range(7))
    path.write_text("person,alias\n" + contradictions)
    outcome = school.aliases(path)
    assert outcome.data == {"aliases": 0, "without": 0, "refused": 7}
    assert [line.partition(":")[0] for line in outcome.text.splitlines()[1:]] == [f"line {n}" for n in range(2, 9)]
    path.write_text("person,alias\n" + "".join(f"urn:p:{number},urn:a:{number}\n" for number in range(7)))
    assert school.aliases(path, remove=True).data["aliases"] == 7
    assert school.ids("urn:a:6") == {"urn:a:6"}
