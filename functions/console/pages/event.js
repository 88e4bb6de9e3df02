// Everything that came under one id: contents, arrivals, rejections, and the exact bytes.
import { readText } from "../api.js";
import { exactText } from "../pointers.js";
import { count, termOf, utc } from "../words.js";
import { chip, Copy, html, time } from "../parts.js";
import { OpenItem } from "../item.js";
import { asItem } from "../events.js";
import { standings } from "../standing.js";
import { Lookup } from "./find.js";

const Received = ({ kind, item, standing, about, children }) => html`<section class="card"><h2>${chip(kind)} ${termOf(item.item?.type)} · ${termOf(item.item?.action)}</h2>
  <p class="dim">${about}</p><${OpenItem} item=${item} standing=${standing} />${children}</section>`;

function Contents({ body, text }) {
  const { events, arrivals, conflict } = body, rejections = body.rejections ?? [];
  const standing = standings(events);
  return html`<p class="summary">${conflict && chip("conflict")}
      ${arrivals && html`<span>It arrived <strong>${count(arrivals.count, "time")}</strong> since <span title=${utc(arrivals.since)}>${time(arrivals.since, true)}</span>${arrivals.count > events.length ? "; the same content counts once" : ""}.</span>`}
      ${rejections.length > 0 && html`<span> ${count(rejections.length, "refused item")} carried this id.</span>`}</p>
    ${conflict && html`<p class="notice bad">This id was sent with ${events.length} contents. Each number counts one of them, the same one everywhere.</p>`}
    ${events.map((row, at) => html`<${Received} kind=${row.warnings?.length ? "warned" : "accepted"} item=${asItem(row)} standing=${standing[at]} about=${html`Happened ${time(row.event.eventTime, true)}, received ${time(row.receivedAt, true)}.`}>
      <details><summary>The exact bytes that were sent</summary><div class="exact"><${Copy} label="Copy" text=${() => exactText(text, ["events", at, "event"]) ?? ""} /><pre class="json" tabindex="0">${exactText(text, ["events", at, "event"])}</pre></div></details><//>`)}
    ${rejections.map((row) => html`<${Received} kind="rejected" item=${{ ...row, outcome: "rejected" }} about=${html`Received ${time(row.receivedAt, true)}, item ${row.index + 1} of its envelope.`} />`)}`;
}

export function EventPage({ id }) {
  return html`<${Lookup} page="event" title="Event by id" id=${id} label="Event id" hint="Looks up everything that came under an id: stored or refused." wait="Looking it up"
    ask=${(signal) => readText("/events", { id }, { signal })}
    nothing=${["Nothing came under this id", "It was not sent by this app, or it is older than what is kept. An event that was just sent shows some seconds later: look again then."]}>
    ${({ body, text }) => (body.events.length || body.rejections?.length ? html`<${Contents} body=${body} text=${text} />` : null)}<//>`;
}
