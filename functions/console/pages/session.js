// One session: its numbers, its sittings, what stands out, and the events that make it.
import { html } from "../view.js";
import { read } from "../api.js";
import { clockTime, duration, END_REASONS, hourMinute } from "../words.js";
import { Chip, Empty, Failure, Id, Loading, Page, Tile, Time, useAnswer } from "../parts.js";
import { EventList } from "../events.js";
import { Numbers } from "../numbers.js";
import { Timeline } from "../plots.js";
import { Insights } from "./insights.js";
import { Find } from "./find.js";

export const endOf = (one) => one.endedAtTime ?? one.lastActivityTime ?? one.startedAtTime;
export const spanSeconds = (one) => (Date.parse(endOf(one)) - Date.parse(one.startedAtTime)) / 1000;
export const reasonOf = (one) => END_REASONS[one.endedBy ?? one.endReason] ?? one.endedBy ?? one.endReason ?? "still open";

// Sittings if the answer has them; else the session is one. One that has not ended lasts until the last activity.
export const sittingsOf = (session) => (Array.isArray(session.sittings) && session.sittings.length
  ? session.sittings.map((one) => (one.endedAtTime ? one : { ...one, lastActivityTime: session.lastActivityTime })) : [session]);

export function SittingTable({ session }) {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Sittings"><table class="numbers"><caption>Sittings: a pause longer than the idle timeout (30 minutes, if the app has no other) ends one</caption>
    <thead><tr><th scope="col">Began</th><th scope="col">Ended</th><th scope="col">Lasted</th><th scope="col" class="words">How it ended</th></tr></thead>
    <tbody>${sittingsOf(session).map((one) => html`<tr><th scope="row"><${Time} at=${one.startedAtTime} /></th><td>${one.endedAtTime ? html`<${Time} at=${one.endedAtTime} />` : "–"}</td><td>${duration(spanSeconds(one))}</td><td class="words">${reasonOf(one)}</td></tr>`)}</tbody></table></div>`;
}

function One({ session }) {
  const from = Date.parse(session.startedAtTime), to = Date.parse(endOf(session));
  const bands = sittingsOf(session).map((one) => ({
    start: Date.parse(one.startedAtTime), end: Date.parse(endOf(one)), tone: "active",
    text: `${clockTime(one.startedAtTime)} to ${clockTime(endOf(one))}, ${duration(spanSeconds(one))}, ${reasonOf(one)}`,
  }));
  return html`<p class="summary"><${Chip} kind=${session.state} /> ${session.kind === "auto" ? "Found by pauses between events that name no session." : "Named by its events."}
      ${session.actor && html` Learner <${Id} page="learner" id=${session.actor} />.`} ${session.edApp && html` In <code class="id">${session.edApp}</code>.`}</p>
    <${Numbers} of=${session.numbers} first=${html`<${Tile} label="Began" value=${hourMinute(from)} note=${html`<${Time} at=${session.startedAtTime} full=${true} />`} /><${Tile} label="Lasted" value=${duration(spanSeconds(session))} note=${session.state === "open" ? `no end yet; last activity ${hourMinute(to)}` : reasonOf(session)} />`} />
    <section class="pair card"><${Timeline} label="Sittings" from=${from} to=${to} lanes=${[{ name: "Sittings", items: bands }]} /><${SittingTable} session=${session} /></section>
    <${Insights} found=${session.insights ?? []} />`;
}

export function SessionPage({ id }) {
  const { loading, error, data, again } = useAnswer(id, async (signal) => (id ? (await read("/sessions", { id }, { signal })).sessions : []));
  const find = html`<${Find} page="session" label="Session id" id=${id} hint="An explicit session by the id that its events name, or an inferred one by the id that the API gives it." />`;
  if (!id) return html`<${Page} title="Session">${find}</${Page}>`;
  return html`<${Page} title="Session" lead=${html`<code class="id">${id}</code>`}>${find}
    ${loading ? html`<${Loading} what="Reading the session" />`
      : error ? html`<${Failure} error=${error} again=${again} />`
      : data.length === 0 ? html`<${Empty} title="There is no such session">No event of this app names it, or it is older than what is kept. Check the id, or find the learner.</${Empty}>`
      : html`${data.map((session) => html`<${One} session=${session} />`)}<h2>The events that make it</h2><${EventList} key=${id} selector=${{ session: id }} caption="Events of this session" />`}
  </${Page}>`;
}
