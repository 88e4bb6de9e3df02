// One session: its numbers, its sittings, what stands out, and the events that make it.
import { read } from "../api.js";
import { clockTime, duration, END_REASONS, hourMinute } from "../words.js";
import { chip, conflicts, html, ref, Table, time } from "../parts.js";
import { EventList } from "../events.js";
import { numbers } from "../numbers.js";
import { Timeline } from "../plots.js";
import { Lookup } from "./find.js";

export const endOf = (one) => one.endedAtTime ?? one.lastActivityTime ?? one.startedAtTime;
export const spanSeconds = (one) => (Date.parse(endOf(one)) - Date.parse(one.startedAtTime)) / 1000;
export const reasonOf = (one) => END_REASONS[one.endedBy] ?? "still open";

// Sittings if the answer has them; else the session is one. One that has not ended lasts until the last activity.
export const sittingsOf = (session) => (Array.isArray(session.sittings) && session.sittings.length
  ? session.sittings.map((one) => (one.endedAtTime ? one : { ...one, lastActivityTime: session.lastActivityTime })) : [session]);

// A session or a sitting as a band of a timeline.
export const bandOf = (one, tone) => ({
  start: Date.parse(one.startedAtTime), end: Date.parse(endOf(one)), tone,
  text: `${clockTime(one.startedAtTime)} to ${clockTime(endOf(one))}, ${duration(spanSeconds(one))}, ${reasonOf(one)}`,
});

export const SittingTable = ({ session }) => html`<${Table} label="Sittings" caption="Sittings: a pause longer than the idle timeout (30 minutes, if the app has no other) ends one" columns=${["Began", "Ended", "Lasted", ["How it ended"]]}
  rows=${sittingsOf(session).map((one) => [time(one.startedAtTime), time(one.endedAtTime), duration(spanSeconds(one)), reasonOf(one)])} />`;

function One({ session }) {
  const from = Date.parse(session.startedAtTime), to = Date.parse(endOf(session));
  return html`<p class="summary">${chip(session.state)} ${session.kind === "auto" ? "Found by pauses between events that name no session." : "Named by its events."}
      ${session.actor && html` Learner ${ref("learner", session.actor)}.`} ${session.edApp && html` In <code class="id">${session.edApp}</code>.`}</p>
    ${numbers(session.numbers, [
      ["Began", hourMinute(from), undefined, time(session.startedAtTime, true)],
      ["Lasted", duration(spanSeconds(session)), undefined, session.state === "open" ? `no end yet; last activity ${hourMinute(to)}` : reasonOf(session)],
    ])}
    <section class="pair card"><${Timeline} label="Sittings" from=${from} to=${to} lanes=${[{ name: "Sittings", items: sittingsOf(session).map((one) => bandOf(one, "active")) }]} /><${SittingTable} session=${session} /></section>
    <${Insights} found=${session.insights ?? []} />`;
}

// What stands out in sessions, each with the events that show it.
export function Insights({ found, heading = "Insights" }) {
  if (!found.length) return null;
  return html`<section class="card"><h2>${heading}</h2><ul class="insights">${found.map((one) => html`<li>
    <p><strong>${one.reason}</strong> <span class="dim">${one.insightType}</span></p>
    <p class="dim">${time(one.startedAtTime)}, for ${duration(one.durationInSeconds)}${one.sessionId && html` · ${ref("session", one.sessionId, "its session")}`}</p>
    ${conflicts(one.conflicts)}
    ${one.evidence?.length > 0 && html`<p>Shown by ${one.evidence.slice(0, 12).map((id, at) => html`${at > 0 && ", "}${ref("event", id, `event ${at + 1}`)}`)}</p>`}
  </li>`)}</ul></section>`;
}

export function SessionPage({ id }) {
  return html`<${Lookup} page="session" title="Session" id=${id} label="Session id" hint="An explicit session by the id that its events name, or an inferred one by the id that the API gives it." wait="Reading the session"
    ask=${(signal) => read("/sessions", { id }, { signal })} nothing=${["There is no such session"]}>
    ${({ sessions }) => (sessions.length ? html`${sessions.map((session) => html`<${One} session=${session} />`)}
      <h2>The events that make it</h2><${EventList} key=${id} selector=${{ session: id }} caption="Events of this session" />` : null)}<//>`;
}
