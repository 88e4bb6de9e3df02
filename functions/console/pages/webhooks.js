// The webhooks of an app: where its events are sent on, what holds them back, how the last deliveries went, and a way to
// send one again.
import { read, send } from "../api.js";
import { base } from "../session.js";
import { amount, count, shortId } from "../words.js";
import { answered, chip, Empty, failure, html, labelled, loading, Page, Snippet, Table, time, useAnswer, useDeed, useEffect, useState } from "../parts.js";

const EVERY_MS = 5000;
const DISABLED = { gone: "its target answered 410", failing: "its target failed for five days" };
const WITHOUT_ANSWER = {
  timeout: "no answer within ten seconds",
  "host-unknown": "the name of its host is unknown",
  "address-not-public": "its address is not public",
  tls: "its certificate was not accepted",
  connection: "the connection failed",
};

const reasonOf = (attempt) => (attempt.status ? `answered ${attempt.status}` : WITHOUT_ANSWER[attempt.error] ?? attempt.error ?? "no answer");
const place = (webhook, rest) => `/webhooks/${encodeURIComponent(webhook.id)}/${rest}`;

const example = (app) => `curl ${base}/webhooks/ -H "Authorization: Bearer $TOKEN" -d '{
  "name": "Warehouse", "targetUrl": "https://events.example.org/caliper",
  "secret": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "active": true }'  # a token of ${app.name || app.id}`;

// The attempts, asked for again every few seconds while the page is visible.
function useAttempts(webhook) {
  const answer = useAnswer(webhook.id, (signal) => read(place(webhook, "attempts"), {}, { signal }));
  useEffect(() => {
    const timer = setInterval(() => document.hidden || answer.again(), EVERY_MS);
    return () => clearInterval(timer);
  }, [webhook.id]);
  return answer;
}

function Attempts({ attempts, may, act }) {
  const newest = new Map();
  for (const attempt of attempts) if (!newest.has(attempt.messageId)) newest.set(attempt.messageId, attempt);
  return html`<${Table} label="Last attempts" caption=${`The last ${count(attempts.length, "attempt")}, newest first`} columns=${["Attempted", ["Outcome"], "Events", "Attempt", "Took", ["Next"], ["Delivery"]]} keys=${attempts.map((attempt) => attempt.messageId + attempt.attemptedAt)} rows=${attempts.map((attempt) => [
    time(attempt.attemptedAt),
    html`${chip(attempt.delivered ? "delivered" : "failed")}<span class="sub">${reasonOf(attempt)}</span>`,
    attempt.events === 0 ? "test" : amount(attempt.events), amount(attempt.attempt), `${amount(attempt.durationMs)} ms`, time(attempt.nextAttemptAt),
    html`<code title=${attempt.messageId}>${shortId(attempt.messageId)}</code> ${may && newest.get(attempt.messageId) === attempt && html`<button class="quiet" aria-label=${`Send again: ${attempt.messageId}`} onClick=${() => act("retry", { messageId: attempt.messageId })}>Send again</button>`}`,
  ])} />`;
}

function Filters({ filters }) {
  if (filters.length === 0) return html`<p class="dim">No filter: every event of the app is sent.</p>`;
  return html`<${Table} label="Filters" caption="An event is sent if all active filters hold" columns=${["Property", ["Must be"], ["Value"], ["State"]]}
    rows=${filters.map((one) => [html`<code class="id">${one.filterKey}</code>`, `${one.filterOperator}, as ${one.filterType}`, html`<code class="id">${one.filterValue}</code>`, chip(one.active ? "active" : "inactive")])} />`;
}

function Days({ act }) {
  const [days, setDays] = useState({});
  const set = (name) => (event) => setDays({ ...days, [name]: event.target.value });
  const submit = (event) => { event.preventDefault(); act("resend", days); };
  return html`<details><summary>Send the events of some days again</summary><form class="filters" onSubmit=${submit}>
    ${labelled("First day (UTC)", html`<input type="date" required onInput=${set("fromDay")} />`)}
    ${labelled("Last day (UTC)", html`<input type="date" required onInput=${set("toDay")} />`)}
    <button type="submit">Send again</button></form>
    <p class="dim">All that was received on these days and passes the filters. Receivers know by <code>webhook-id</code> what they had.</p></details>`;
}

function Webhook({ webhook, filters, may }) {
  const { data, error, again } = useAttempts(webhook);
  const [said, ask] = useDeed();
  const act = (what, body = {}) => ask("Asking …", async () => {
    const { message } = await send(place(webhook, what), body);
    setTimeout(again, 1500);
    return message;
  });
  return html`<section class="card" aria-labelledby=${`webhook-${webhook.id}`}>
    <div class="page"><div><h2 id=${`webhook-${webhook.id}`}>${webhook.name}</h2>
      <p class="summary">${chip(webhook.active ? "active" : "inactive")} <code class="id">${webhook.targetUrl}</code>${webhook.sensor && html`, events of the sensor <code class="id">${webhook.sensor}</code>`}</p>
      ${webhook.description && html`<p class="dim">${webhook.description}</p>`}</div>
      ${may && html`<div class="actions"><button onClick=${() => act("test")}>Send a test</button></div>`}</div>
    ${webhook.disabled && html`<p class="notice bad"><strong>It was deactivated because ${DISABLED[webhook.disabled]}.</strong> Mend the target, then <code>PUT ${place(webhook, "activate")}</code>.</p>`}
    ${data?.failingSince && html`<p class="notice warn"><strong>Its target fails since ${time(data.failingSince, true)}.</strong> It is asked once a minute; what waits is sent once it answers.</p>`}
    <${Filters} filters=${filters} />
    ${error && failure(error, again)}
    ${!data ? !error && loading("Reading the last attempts")
      : data.attempts.length === 0 ? html`<p class="dim">Nothing was sent to it in the last 30 days.</p>`
      : html`<${Attempts} attempts=${data.attempts} may=${may} act=${act} />`}
    ${said}
    ${may && webhook.active && html`<${Days} act=${act} />`}
  </section>`;
}

export function Webhooks({ account, app }) {
  const may = account.changes.includes("webhooks");
  const answer = useAnswer(app.id, async (signal) => {
    const [{ webhooks }, { filters }] = await Promise.all([read("/webhooks", {}, { signal }), read("/webhook-filters", {}, { signal })]);
    return { webhooks, filters };
  });
  return html`<${Page} title="Webhooks" lead="Where this app's events are sent on, as soon as they are stored, and how that goes." answer=${answer}>
    ${answered(answer, "Reading the webhooks", ({ webhooks, filters }) => (webhooks.length ? html`
      ${!may && html`<p class="notice info">You may look. To send deliveries again, ask the operator for <code>make person EMAIL=… APP=… OPERATOR=1</code>, or sign in with the app's client.</p>`}
      ${webhooks.map((webhook) => html`<${Webhook} key=${webhook.id} webhook=${webhook} filters=${filters.filter((one) => one.webhookId === webhook.id)} may=${may} />`)}`
      : html`<${Empty} title="This app has no webhook">With a webhook, its events are sent on to a receiver of yours: another event store, or a service that acts on them. Register one:<//>
        <section class="card"><${Snippet} label="How to register a webhook" text=${example(app)} /></section>`))}<//>`;
}
