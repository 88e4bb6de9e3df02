// A list of stored events with what each one carries into the numbers, and what becomes of it there.
import { read } from "./api.js";
import { count, entityName, termOf } from "./words.js";
import { answered, chip, html, named, Rest, usePages } from "./parts.js";
import { ItemTable, Kind } from "./item.js";
import { carries, standings } from "./standing.js";

const MORE = 200;

export const asItem = (row) => ({ ...row, item: row.event, findings: row.warnings ?? [], outcome: "accepted" });

// Of a person with `several` ids each event says which one it named.
export function EventTable({ rows, caption, several = new Set(rows.map((row) => row.actor)).size > 1 }) {
  const standing = standings(rows);
  return html`<${ItemTable} caption=${caption} columns=${["Happened", "Type and action", ["Object"], "Carries", "In the numbers"]} rows=${rows.map((row, at) => {
    const { event } = row, { kind, reason } = standing[at];
    return {
      key: `event ${at}`, item: asItem(row), when: event.eventTime, said: termOf(event.type), standing: standing[at],
      cells: [
        html`<${Kind} item=${event} />${several && named(row.actor)}`,
        entityName(event.object),
        carries(event) || html`<span class="dim">–</span>`,
        html`<span title=${reason}>${chip(kind)}</span>${kind !== "counted" && html`<span class="sub">${reason}</span>`} ${row.warnings?.length > 0 && chip("warning", count(row.warnings.length, "warning"))}`,
      ],
    };
  })} />`;
}

// The events of a session, a run or a learner, by a selector of GET /events; the rest by a button.
export function EventList({ selector, caption }) {
  const answer = usePages(JSON.stringify(selector), "events", (cursor, signal) => read("/events", { ...selector, limit: MORE, cursor }, { signal }));
  return answered(answer, "Reading the events", (list) => (list.rows.length || list.cursor
    ? html`<${EventTable} rows=${list.rows} caption=${`${caption}: ${list.rows.length}${list.cursor ? " so far" : ""}`} /><${Rest} list=${list} />`
    : html`<p class="dim">No event of it is kept.</p>`));
}
