// A list of stored events with what each one carries into the numbers, and what becomes of it there.
import { html, useState } from "./view.js";
import { readText } from "./api.js";
import { entityName, termOf } from "./words.js";
import { Chip, Failure, Loading, Time, useAnswer } from "./parts.js";
import { OpenItem } from "./item.js";
import { carries, standings } from "./standing.js";

const MORE = 200;

export const asItem = (row) => ({ ...row, item: row.event, findings: row.warnings ?? [], outcome: "accepted" });

export function EventTable({ rows, caption }) {
  const [open, setOpen] = useState(new Set());
  const toggle = (at) => setOpen((before) => {
    const after = new Set(before);
    if (!after.delete(at)) after.add(at);
    return after;
  });
  const standing = standings(rows);
  return html`<div class="tableCard"><table class="arrivals"><caption>${caption}</caption>
    <thead><tr><th scope="col">Happened</th><th scope="col">Type and action</th><th scope="col">Object</th><th scope="col">Carries</th><th scope="col">In the numbers</th></tr></thead>
    <tbody>${rows.map((row, at) => {
      const { event } = row, id = `event-${at}`;
      return html`<tr class="row ${open.has(at) ? "isOpen" : ""}" onClick=${(press) => press.target.closest("a,button") ? null : toggle(at)}>
          <td><button type="button" class="expand" aria-expanded=${open.has(at)} aria-controls=${id} onClick=${() => toggle(at)}><span aria-hidden="true">${open.has(at) ? "▾" : "▸"}</span><span class="sr">Details of ${termOf(event.type)}, </span><${Time} at=${event.eventTime} /></button></td>
          <td>${termOf(event.type)}<span class="sub">${termOf(event.action)}</span></td>
          <td class="grow">${entityName(event.object)}</td>
          <td>${carries(event) || html`<span class="dim">–</span>`}</td>
          <td><span title=${standing[at].reason}><${Chip} kind=${standing[at].kind} /></span>${standing[at].kind !== "counted" && html`<span class="sub">${standing[at].reason}</span>`} ${row.warnings?.length > 0 && html`<${Chip} kind="warning" text=${`${row.warnings.length} warning${row.warnings.length === 1 ? "" : "s"}`} />`}</td></tr>
        ${open.has(at) && html`<tr class="details" id=${id}><td colspan="5"><${OpenItem} item=${asItem(row)} standing=${standing[at]} /></td></tr>`}`;
    })}</tbody></table></div>`;
}

// The events of a session, a run or a learner, by a selector of GET /events; the rest by a button.
export function EventList({ selector, caption, key: _ }) {
  const question = JSON.stringify(selector);
  const [rest, setRest] = useState({ of: question, rows: [], cursor: undefined, error: null });
  const more = rest.of === question ? rest : { of: question, rows: [], cursor: undefined, error: null };
  const { loading, error, data, again } = useAnswer(question, async (signal) => (await readText("/events", { ...selector, limit: MORE }, { signal })).body);
  if (loading) return html`<${Loading} what="Reading the events" />`;
  if (error) return html`<${Failure} error=${error} again=${again} />`;
  const rows = [...data.events, ...more.rows];
  const cursor = more.cursor === undefined ? data.cursor : more.cursor;
  const next = async () => {
    try {
      const { body } = await readText("/events", { ...selector, limit: MORE, cursor });
      setRest({ of: question, rows: [...more.rows, ...body.events], cursor: body.cursor, error: null });
    } catch (refused) {
      setRest({ ...more, cursor, error: refused });
    }
  };
  if (rows.length === 0 && !cursor) return html`<p class="dim">No event of it is kept.</p>`;
  return html`<${EventTable} rows=${rows} caption=${`${caption}: ${rows.length}${cursor ? " so far" : ""}`} />
    ${more.error && html`<${Failure} error=${more.error} />`}
    ${cursor && html`<p class="more"><button type="button" onClick=${next}>List more</button></p>`}`;
}
