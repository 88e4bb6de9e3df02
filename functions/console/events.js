// A list of stored events with what each one carries into the numbers, and what becomes of it there.
import { html, useState } from "./view.js";
import { read } from "./api.js";
import { count, entityName, termOf } from "./words.js";
import { Answered, Chip, Failure, More, useAnswer } from "./parts.js";
import { ItemTable, Kind } from "./item.js";
import { carries, standings } from "./standing.js";

const MORE = 200;

export const asItem = (row) => ({ ...row, item: row.event, findings: row.warnings ?? [], outcome: "accepted" });

export function EventTable({ rows, caption }) {
  const standing = standings(rows);
  return html`<${ItemTable} caption=${caption} columns=${["Happened", "Type and action", ["Object"], "Carries", "In the numbers"]} rows=${rows.map((row, at) => {
    const { event } = row, { kind, reason } = standing[at];
    return {
      key: `event ${at}`, item: asItem(row), time: event.eventTime, said: termOf(event.type), standing: standing[at],
      cells: [
        html`<${Kind} item=${event} />`,
        entityName(event.object),
        carries(event) || html`<span class="dim">–</span>`,
        html`<span title=${reason}><${Chip} kind=${kind} /></span>${kind !== "counted" && html`<span class="sub">${reason}</span>`} ${row.warnings?.length > 0 && html`<${Chip} kind="warning" text=${count(row.warnings.length, "warning")} />`}`,
      ],
    };
  })} />`;
}

// The events of a session, a run or a learner, by a selector of GET /events; the rest by a button.
export function EventList({ selector, caption }) {
  const question = JSON.stringify(selector);
  const none = { of: question, rows: [], cursor: undefined, error: null };
  const [rest, setRest] = useState(none);
  const more = rest.of === question ? rest : none;
  const answer = useAnswer(question, (signal) => read("/events", { ...selector, limit: MORE }, { signal }));
  return html`<${Answered} answer=${answer} wait="Reading the events">${(data) => {
    const rows = [...data.events, ...more.rows];
    const cursor = more.cursor === undefined ? data.cursor : more.cursor;
    const next = async () => {
      try {
        const body = await read("/events", { ...selector, limit: MORE, cursor });
        setRest({ of: question, rows: [...more.rows, ...body.events], cursor: body.cursor, error: null });
      } catch (refused) {
        setRest({ ...more, cursor, error: refused });
      }
    };
    if (rows.length === 0 && !cursor) return html`<p class="dim">No event of it is kept.</p>`;
    return html`<${EventTable} rows=${rows} caption=${`${caption}: ${rows.length}${cursor ? " so far" : ""}`} />
      ${more.error && html`<${Failure} error=${more.error} />`}
      ${cursor && html`<${More} act=${next} />`}`;
  }}<//>`;
}
