// One activity run: its numbers in all and by day, and the events that make it.
import { html } from "../view.js";
import { read } from "../api.js";
import { Empty, Failure, Id, Loading, Page, Time, useAnswer } from "../parts.js";
import { EventList } from "../events.js";
import { Numbers } from "../numbers.js";
import { CATEGORIES, DayBars, DayTable } from "../plots.js";
import { duration } from "../words.js";
import { Find } from "./find.js";

export function RunPage({ id }) {
  const { loading, error, data, again } = useAnswer(id, async (signal) => (id ? (await read("/runs", { id }, { signal })).runs : []));
  const find = html`<${Find} page="run" label="Run id" id=${id} hint="The activity run that events name in extensions.runId." />`;
  if (!id) return html`<${Page} title="Run">${find}</${Page}>`;
  return html`<${Page} title="Run" lead=${html`<code class="id">${id}</code>`}>${find}
    ${loading ? html`<${Loading} what="Reading the run" />`
      : error ? html`<${Failure} error=${error} again=${again} />`
      : data.length === 0 ? html`<${Empty} title="There is no such run">No event of this app names it, or it is older than what is kept. Check the id.</${Empty}>`
      : html`${data.map((run) => html`
          <p class="summary">${run.actor && html`Learner <${Id} page="learner" id=${run.actor} />. `}From <${Time} at=${run.firstActivityTime} full=${true} /> to <${Time} at=${run.lastActivityTime} full=${true} />.</p>
          <${Numbers} of=${run} />
          <section class="pair card"><${DayBars} label="Time by day (UTC)" days=${run.days ?? []} series=${CATEGORIES} text=${duration} /><${DayTable} days=${run.days ?? []} caption="The run by day" /></section>
          ${run.sessions?.length > 0 && html`<p>In ${run.sessions.map((session, at) => html`${at > 0 && ", "}<${Id} page="session" id=${session} text=${`session ${at + 1}`} />`)}.</p>`}`)}
        <h2>The events that make it</h2><${EventList} key=${id} selector=${{ run: id }} caption="Events of this run" />`}
  </${Page}>`;
}
