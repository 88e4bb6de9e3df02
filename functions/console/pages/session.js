// One session: its numbers, its sittings, what stands out, and the events that make it.
import { html } from "../view.js";
import { read } from "../api.js";
import { clockTime, duration, END_REASONS, hourMinute } from "../words.js";
import { Chip, Id, Table, Tile, Time } from "../parts.js";
import { EventList } from "../events.js";
import { Numbers } from "../numbers.js";
import { Timeline } from "../plots.js";
import { Insights } from "./insights.js";
import { Lookup } from "./find.js";

export const endOf = (one) => one.endedAtTime ?? one.lastActivityTime ?? one.startedAtTime;
export const spanSeconds = (one) => (Date.parse(endOf(one)) - Date.parse(one.startedAtTime)) / 1000;
export const reasonOf = (one) => END_REASONS[one.endedBy ?? one.endReason] ?? one.endedBy ?? one.endReason ?? "still open";

// Sittings if the answer has them; else the session is one. One that has not ended lasts until the last activity.
export const sittingsOf = (session) => (Array.isArray(session.sittings) && session.sittings.length
  ? session.sittings.map((one) => (one.endedAtTime ? one : { ...one, lastActivityTime: session.lastActivityTime })) : [session]);

// A session or a sitting as a band of a timeline.
export const bandOf = (one, tone) => ({
  start: Date.parse(one.startedAtTime), end: Date.parse(endOf(one)), tone,
  text: `${clockTime(one.startedAtTime)} to ${clockTime(endOf(one))}, ${duration(spanSeconds(one))}, ${reasonOf(one)}`,
});

export const SittingTable = ({ session }) => html`<${Table} label="Sittings" caption="Sittings: a pause longer than the idle timeout (30 minutes, if the app has no other) ends one" columns=${["Began", "Ended", "Lasted", ["How it ended"]]}
  rows=${sittingsOf(session).map((one) => [html`<${Time} at=${one.startedAtTime} />`, html`<${Time} at=${one.endedAtTime} />`, duration(spanSeconds(one)), reasonOf(one)])} />`;

function One({ session }) {
  const from = Date.parse(session.startedAtTime), to = Date.parse(endOf(session));
  return html`<p class="summary"><${Chip} kind=${session.state} /> ${session.kind === "auto" ? "Found by pauses between events that name no session." : "Named by its events."}
      ${session.actor && html` Learner <${Id} page="learner" id=${session.actor} />.`} ${session.edApp && html` In <code class="id">${session.edApp}</code>.`}</p>
    <${Numbers} of=${session.numbers} first=${html`<${Tile} label="Began" value=${hourMinute(from)} note=${html`<${Time} at=${session.startedAtTime} full=${true} />`} /><${Tile} label="Lasted" value=${duration(spanSeconds(session))} note=${session.state === "open" ? `no end yet; last activity ${hourMinute(to)}` : reasonOf(session)} />`} />
    <section class="pair card"><${Timeline} label="Sittings" from=${from} to=${to} lanes=${[{ name: "Sittings", items: sittingsOf(session).map((one) => bandOf(one, "active")) }]} /><${SittingTable} session=${session} /></section>
    <${Insights} found=${session.insights ?? []} />`;
}

export function SessionPage({ id }) {
  return html`<${Lookup} page="session" title="Session" id=${id} label="Session id" hint="An explicit session by the id that its events name, or an inferred one by the id that the API gives it." wait="Reading the session"
    ask=${(signal) => read("/sessions", { id }, { signal })} nothing=${["There is no such session", "No event of this app names it, or it is older than what is kept. Check the id, or find the learner."]}>
    ${({ sessions }) => (sessions.length ? html`${sessions.map((session) => html`<${One} session=${session} />`)}
      <h2>The events that make it</h2><${EventList} key=${id} selector=${{ session: id }} caption="Events of this session" />` : null)}<//>`;
}
