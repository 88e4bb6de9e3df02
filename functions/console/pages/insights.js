// What stands out in sessions, each with the events that show it.
import { html } from "../view.js";
import { duration } from "../words.js";
import { Id, Time, Conflicts } from "../parts.js";

export function Insights({ found, heading = "Insights" }) {
  if (!found.length) return null;
  return html`<section class="card"><h2>${heading}</h2><ul class="insights">${found.map((one) => html`<li>
    <p><strong>${one.reason}</strong> <span class="dim">${one.insightType}</span></p>
    <p class="dim"><${Time} at=${one.startedAtTime} />, for ${duration(one.durationInSeconds)}${one.sessionId && html` · <${Id} page="session" id=${one.sessionId} text="its session" />`}</p>
    <${Conflicts} many=${one.conflicts} />
    ${one.evidence?.length > 0 && html`<p>Shown by ${one.evidence.slice(0, 12).map((id, at) => html`${at > 0 && ", "}<${Id} page="event" id=${id} text=${`event ${at + 1}`} />`)}</p>`}
  </li>`)}</ul></section>`;
}
