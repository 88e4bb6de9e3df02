// One activity run: its numbers in all and by day, and the events that make it.
import { html } from "../view.js";
import { read } from "../api.js";
import { duration } from "../words.js";
import { Id, Time } from "../parts.js";
import { EventList } from "../events.js";
import { Numbers } from "../numbers.js";
import { CATEGORIES, DayBars, DayTable } from "../plots.js";
import { Lookup } from "./find.js";

const One = ({ run }) => html`
  <p class="summary">${run.actor && html`Learner <${Id} page="learner" id=${run.actor} />. `}From <${Time} at=${run.firstActivityTime} full=${true} /> to <${Time} at=${run.lastActivityTime} full=${true} />.</p>
  <${Numbers} of=${run} />
  <section class="pair card"><${DayBars} label="Time by day (UTC)" days=${run.days ?? []} series=${CATEGORIES} text=${duration} /><${DayTable} days=${run.days ?? []} caption="The run by day" /></section>
  ${run.sessions?.length > 0 && html`<p>In ${run.sessions.map((session, at) => html`${at > 0 && ", "}<${Id} page="session" id=${session} text=${`session ${at + 1}`} />`)}.</p>`}`;

export function RunPage({ id }) {
  return html`<${Lookup} page="run" title="Run" id=${id} label="Run id" hint="The activity run that events name in extensions.runId." wait="Reading the run"
    ask=${(signal) => read("/runs", { id }, { signal })} nothing=${["There is no such run", "No event of this app names it, or it is older than what is kept. Check the id."]}>
    ${({ runs }) => (runs.length ? html`${runs.map((run) => html`<${One} run=${run} />`)}
      <h2>The events that make it</h2><${EventList} key=${id} selector=${{ run: id }} caption="Events of this run" />` : null)}<//>`;
}
