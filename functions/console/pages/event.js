// Everything that came under one id: contents, arrivals, rejections, and the exact bytes.
import { html } from "../view.js";
import { readText } from "../api.js";
import { exactText } from "../pointers.js";
import { count, termOf, utc } from "../words.js";
import { Chip, Copy, Empty, Failure, Loading, Page, Time, useAnswer } from "../parts.js";
import { OpenItem } from "../item.js";
import { asItem } from "../events.js";
import { standings } from "../standing.js";
import { Find } from "./find.js";

export function EventPage({ id }) {
  const { loading, error, data, again } = useAnswer(id, (signal) => readText("/events", { id }, { signal }));
  const find = html`<${Find} page="event" label="Event id" id=${id} hint="Looks up everything that came under an id: stored or refused." />`;
  if (!id) return html`<${Page} title="Event by id">${find}</${Page}>`;
  if (loading) return html`<${Page} title="Event by id">${find}<${Loading} what="Looking it up" /></${Page}>`;
  if (error) return html`<${Page} title="Event by id">${find}<${Failure} error=${error} again=${again} /></${Page}>`;
  const { body, text } = data;
  const rejections = body.rejections ?? [];
  if (!body.events.length && !rejections.length) {
    return html`<${Page} title="Event by id">${find}<${Empty} title="Nothing came under this id">It was not sent by this app, or it is older than what is kept. An event that was just sent shows some seconds later: look again then.</${Empty}></${Page}>`;
  }
  return html`<${Page} title="Event by id" lead=${html`<code class="id">${id}</code>`}>${find}
    <p class="summary">${body.conflict && html`<${Chip} kind="conflict" />`}
      ${body.arrivals && html`<span>It arrived <strong>${count(body.arrivals.count, "time")}</strong> since <span title=${utc(body.arrivals.since)}><${Time} at=${body.arrivals.since} full=${true} /></span>${body.arrivals.count > body.events.length ? "; the same content counts once" : ""}.</span>`}
      ${rejections.length > 0 && html`<span> ${count(rejections.length, "refused item")} carried this id.</span>`}</p>
    ${body.conflict && html`<p class="notice bad">This id was sent with ${body.events.length} contents. Each number counts one of them, the same one everywhere.</p>`}
    ${body.events.map((row, at, every) => html`<section class="card"><h2><${Chip} kind=${row.warnings?.length ? "warned" : "accepted"} /> ${termOf(row.event.type)} · ${termOf(row.event.action)}</h2>
      <p class="dim">Happened <${Time} at=${row.event.eventTime} full=${true} />, received <${Time} at=${row.receivedAt} full=${true} />.</p>
      <${OpenItem} item=${asItem(row)} standing=${standings(every)[at]} />
      <details><summary>The exact bytes that were sent</summary><div class="exact"><${Copy} label="Copy" text=${() => exactText(text, ["events", at, "event"]) ?? ""} /><pre class="json" tabindex="0">${exactText(text, ["events", at, "event"])}</pre></div></details></section>`)}
    ${rejections.map((row) => html`<section class="card"><h2><${Chip} kind="rejected" /> ${termOf(row.item?.type)} · ${termOf(row.item?.action)}</h2>
      <p class="dim">Received <${Time} at=${row.receivedAt} full=${true} />, item ${row.index + 1} of its envelope.</p>
      <${OpenItem} item=${{ ...row, outcome: "rejected" }} /></section>`)}
  </${Page}>`;
}
