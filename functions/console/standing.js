// What becomes of an event in the numbers, and why: counted, replaced, a duplicate, or one of a conflict.
import { entityName, idOf, termOf } from "./words.js";

const isBlank = (id) => typeof id !== "string" || /^(_:|https?:\/\/purl\.imsglobal\.org\/caliper\/|caliper:)/.test(id);
const without = (node) => (node !== null && typeof node === "object" && !Array.isArray(node) ? { ...node, id: undefined, "@id": undefined } : node);

// Equal values have equal text, whatever the order of their names.
const canonical = (value) => (Array.isArray(value) ? value.map(canonical)
  : value !== null && typeof value === "object" ? Object.fromEntries(Object.keys(value).sort().map((name) => [name, canonical(value[name])]))
  : value);
const textOf = (value) => JSON.stringify(canonical(value));

// Equal for exact copies (docs/sessions-and-numbers.md): with items what they say, else all but the event's own id.
export function copyKey({ event, actor, run }) {
  const { generated } = event;
  const alike = [Date.parse(event.eventTime), termOf(event.type), termOf(event.action), actor, run];
  if (Array.isArray(generated?.items)) {
    return textOf([...alike, idOf(event.object) ?? event.object, generated.attempt ?? 1, generated.items.map((item) => textOf(without(item))).sort()]);
  }
  const unnamed = generated !== null && typeof generated === "object" && (termOf(generated.type) !== "Attempt" || isBlank(idOf(generated)));
  return textOf([...alike, { ...without(event), generated: unnamed ? without(generated) : generated }]);
}

// What a grade is about: later grades of the same replace it.
function gradeKey({ event }) {
  const { generated } = event;
  if (termOf(event.type) !== "GradeEvent" || generated === null || typeof generated !== "object" || generated.scoreGiven === undefined) return null;
  const kind = termOf(generated.scoreType ?? generated.extensions?.scoreType), about = idOf(event.object) ?? idOf(generated.attempt);
  return isBlank(about) || kind === "–" ? null : `${kind.toUpperCase()} ${about}`;
}

const inOrder = (a, b) => Date.parse(a.event.eventTime) - Date.parse(b.event.eventTime) || (String(a.event.id) < String(b.event.id) ? -1 : 1);

const SECONDS = new Set(["active", "inactive", "waste", "unknown", "anti-pattern"]);

// The numbers in an event, as its sender wrote them.
export function carries(event) {
  const { generated } = event;
  if (generated === null || typeof generated !== "object") return "";
  if (Array.isArray(generated.items)) return generated.items.filter((item) => item?.value).map((item) => `${item.type} ${item.value}${SECONDS.has(item.type) ? " s" : ""}`).join(", ");
  if (generated.scoreGiven !== undefined) return `${termOf(generated.scoreType) === "–" ? "score" : termOf(generated.scoreType)} ${generated.scoreGiven}`;
  return "";
}

const CONFLICT = "This id was sent with other content, too.";

// For each row of GET /events, what becomes of it: `{ kind, reason }`. Copies and later grades are told among these rows.
export function standings(rows) {
  const copies = new Map(), grades = new Map();
  for (const row of [...rows].filter((one) => one.counted !== false).sort(inOrder)) {
    const key = copyKey(row);
    if (!copies.has(key)) copies.set(key, row);
    const grade = gradeKey(row);
    if (grade !== null && copies.get(key) === row) grades.set(grade, row);
  }
  return rows.map((row) => {
    const conflict = (row.warnings ?? []).some((warning) => warning.code === "id-conflict");
    if (conflict && row.counted === false) return { kind: "conflict", reason: `${CONFLICT} The other one counts: it has the lower digest.` };
    if (row.counted === false) {
      const emitted = termOf(row.event.action) === "TimedOut";
      return { kind: "ignored", reason: !emitted ? "Another person acted in the learner's name." : "This service emitted it: it is no work of the learner." };
    }
    const first = copies.get(copyKey(row));
    if (first !== row && first.event.id !== row.event.id) return { kind: "duplicate", reason: `An exact copy of ${first.event.id}: copies count once, whatever their ids.` };
    const grade = gradeKey(row), last = grade === null ? row : grades.get(grade);
    if (last !== row) return { kind: "replaced", reason: `A later grade of ${entityName(row.event.object)} stands: ${last.event.id}.` };
    if (conflict) return { kind: "conflict", reason: `${CONFLICT} This one counts: it has the lowest digest.` };
    return { kind: "counted", reason: carries(row.event) ? `It carries ${carries(row.event)}.` : "It carries no number, and counts as an event." };
  });
}
