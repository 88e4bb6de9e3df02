// One activity run: its numbers in all and by day, and the events that make it.
import { read } from "../api.js";
import { duration } from "../words.js";
import { html, ref, time } from "../parts.js";
import { EventList } from "../events.js";
import { numbers } from "../numbers.js";
import { CATEGORIES, DayBars, DayTable } from "../plots.js";
import { Lookup } from "./find.js";

const One = ({ run }) => html`
  <p class="summary">${run.actor && html`Learner ${ref("learner", run.actor)}. `}From ${time(run.firstActivityTime, true)} to ${time(run.lastActivityTime, true)}.</p>
  ${numbers(run)}
  <section class="pair card"><${DayBars} label="Time by day (UTC)" days=${run.days ?? []} series=${CATEGORIES} text=${duration} /><${DayTable} days=${run.days ?? []} caption="The run by day" /></section>
  ${run.sessions?.length > 0 && html`<p>In ${run.sessions.map((session, at) => html`${at > 0 && ", "}${ref("session", session, `session ${at + 1}`)}`)}.</p>`}`;

export function RunPage({ id }) {
  return html`<${Lookup} page="run" title="Run" id=${id} label="Run id" hint="The activity run that events name in extensions.runId." wait="Reading the run"
    ask=${(signal) => read("/runs", { id }, { signal })} nothing=${["There is no such run"]}>
    ${({ runs }) => (runs.length ? html`${runs.map((run) => html`<${One} run=${run} />`)}
      <h2>The events that make it</h2><${EventList} key=${id} selector=${{ run: id }} caption="Events of this run" />` : null)}<//>`;
}
