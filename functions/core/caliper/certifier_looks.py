"""What a type of `certifier_types` cannot say, as the source of a function for each type and version.

The form of durations is looked at at once, while ids, times and IRIs are gathered for `Batch`. A look at an event tells
its small faults, or None where it is to be judged at length; one at an entity tells whether it is right.
"""

from functions.core.caliper.certifier_terms import HEADER_LOOKS
from functions.core.caliper.certifier_types import RARE, SLOT_NAMES, Tables, slot_allowed, slot_kind
from functions.core.caliper.contexts import V1P1, V1P2
from functions.core.caliper.events import NOT_APPLICABLE_1_1
from functions.core.caliper.vocabulary import ANY_ENTITY, Kind

# Events with deeper entities are judged at length, which knows what is too deep (an entity in a list is two levels).
_ENTITY_LEVELS = 24


def look_of(name: str, version: str, tables: Tables) -> str | None:
    """The source of `see_<version>_<name>`, for an entity or, with a _ behind its type, an event; None if unknown."""
    bound = f"iri=iri, time=time, see=see_{version}"  # a local is read faster than a global
    if name in tables.entities[version]:
        lines = [f"def see_{version}_{name}(x, level=1, {bound}):"]
        lines += [*_entity_looks(name, version, tables), "    return True"]
    elif name.removesuffix("_") in tables.events[version]:
        lines = [f"def see_{version}_{name}(x, {bound}):"]
        lines += [*HEADER_LOOKS, *_event_looks(name.removesuffix("_"), version, tables), "    return remarked"]
    else:
        return None
    return "\n".join(lines)


def _entity_looks(name: str, version: str, tables: Tables) -> list[str]:
    shape, newest = tables.entities[version][name], tables.entities[V1P2][name]
    lines: list[str] = []
    for key in newest.properties:
        if key in ("type", "@context") or key in RARE:
            continue
        if key not in shape.properties:
            lines.append(f"    if x.{key} is not None: return False")
            continue
        decoded = tables.decoded(name, key)
        lines += _looks(key, shape.properties[key], decoded, version, tables, required=key in newest.required)
        if key in shape.required and key not in newest.required:
            lines.append(f"    if x.{key} is None: return False")
    return lines


def _event_looks(name: str, version: str, tables: Tables) -> list[str]:
    event = tables.events[version][name]
    lines: list[str] = []
    source = tables.words[version].source
    for key, terms in (("action", tables.actions), ("profile", tables.profiles)):
        own = terms(version, name)
        if any(terms(each, name) - own for each in tables.knowing(name)):
            also = "None" if key == "profile" else ""
            lines.append(f"    if x.{key} not in {{{', '.join(map(repr, sorted(own)))}, {also}}}: return None")
    for slot in SLOT_NAMES:
        if version == V1P1 and NOT_APPLICABLE_1_1.get(name) == slot:
            lines.append(f"    if x.{slot} is not None: return None")
            continue
        required, allowed = slot in ("actor", "object"), slot_allowed(event, slot)
        decoded = tables.decoded_slot(name, slot)
        lines += _looks(slot, slot_kind(event, slot), decoded, version, tables, required=required, withheld="None")
        if required and allowed != ANY_ENTITY:
            lines += [
                f"    if type(v) is not str and type(v) not in {tables.set_of(tables.members(version, allowed))}:",
                "        if remarked and remarked[-1].code == 'wrong-entity-type': return None",
                f"        v = remarks.of_type(type(v).__name__, {allowed!r}, '/{slot}', {source!r})",
                "        remarked += (v,)",
            ]
    return lines


def _looks(
    key: str, kind: Kind, decoded: Kind, version: str, tables: Tables, *, required: bool, withheld: str = "False"
) -> list[str]:
    """The lines that look at one property beyond the type it was `decoded` as; none where that says all."""
    if kind.element is not None and decoded.element is not None:
        lines = _value_looks(kind.element, decoded.element, version, tables, withheld)
        lines = ["for v in v:", *_indented(lines)] if lines else []
    else:
        lines = _value_looks(kind, decoded, version, tables, withheld)
    if not lines:
        return []
    if not required:
        lines = ["if v is not None:", *_indented(lines)]
    return _indented([f"v = x.{key}", *lines])


def _value_looks(kind: Kind, decoded: Kind, version: str, tables: Tables, withheld: str) -> list[str]:
    if kind.family == "IRI":
        return ["iri(v)"]
    if kind.family == "DateTime":
        return ["time(v)"]
    if kind.family == "Duration":
        return [f"if not is_duration(v): return {withheld}"]
    if kind.family != "entity":
        return []
    right = "see[type(v)](v)"
    if withheld == "False":  # in an entity
        right = f"(level < {_ENTITY_LEVELS} and see[type(v)](v, level + 1))"
    lines = ["if type(v) is str:", "    iri(v)", f"elif not {right}: return {withheld}"]
    members = tables.members(version, kind.allowed)
    if (tables.members(V1P2, decoded.allowed) & tables.entities[version].keys()) - members:
        lines.append(f"if type(v) is not str and type(v) not in {tables.set_of(members)}: return {withheld}")
    return lines


def _indented(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]
