// For operators: what waits, what was set aside, how far the sweep is behind, and what each app sends. It only reads.
import { html, useState, useEffect } from "../view.js";
import { read } from "../api.js";
import { amount, count, dayText, duration } from "../words.js";
import { Chip, Failure, Loading, Page, Tile, Tiles, Time, useAnswer } from "../parts.js";

const DAYS = 7;
const APPS = 50; // listed at a time: each is a question of its own

const age = (text) => duration((Date.now() - Date.parse(text)) / 1000);

const stateOf = (credential) => (credential.revokedAt ? "revoked" : credential.endsAt && Date.parse(credential.endsAt) < Date.now() ? "ended" : "works");

function AppRow({ app }) {
  const [answer, setAnswer] = useState({});
  useEffect(() => {
    const stop = new AbortController();
    const from = new Date(Date.now() - (DAYS - 1) * 86_400_000).toISOString().slice(0, 10);
    read("/volume", { app: app.id, from }, { signal: stop.signal, anyApp: true }).then((data) => setAnswer({ data }), (error) => error.name !== "AbortError" && setAnswer({ error }));
    return () => stop.abort();
  }, [app.id]);
  const { data, error } = answer;
  if (error) return html`<tr><th scope="row">${app.name}</th><td colspan="5" class="words">${error.message}</td></tr>`;
  if (!data) return html`<tr><th scope="row">${app.name}</th><td colspan="5" class="words dim">Reading …</td></tr>`;
  const accepted = data.days.reduce((sum, day) => sum + day.accepted, 0), rejected = data.days.reduce((sum, day) => sum + day.rejected, 0);
  const share = accepted + rejected ? (100 * rejected) / (accepted + rejected) : 0;
  const codes = {};
  for (const day of data.days) for (const [code, many] of Object.entries(day.codes)) codes[code] = (codes[code] ?? 0) + many;
  const worst = Object.entries(codes).sort((a, b) => b[1] - a[1]).slice(0, 4);
  return html`<tr><th scope="row">${app.name || app.id}<span class="sub id">${app.id}</span></th>
    <td>${amount(accepted)}</td><td>${amount(rejected)}</td>
    <td class="words">${rejected === 0 ? html`<${Chip} kind="accepted" text="none" />` : html`<${Chip} kind=${share > 5 ? "rejected" : "warned"} text=${`${amount(share)} %`} />`}</td>
    <td class="words">${worst.map(([code, many]) => `${code} ${many}`).join(", ") || "–"}${data.days.length > 0 && html`<details><summary>by day</summary><ul class="plain">${data.days.map((day) => html`<li>${dayText(day.day)}: ${amount(day.accepted)} stored, ${amount(day.rejected)} refused</li>`)}</ul></details>`}</td>
    <td class="words">${count(data.credentials.length, "credential")}<details><summary>age</summary><ul class="plain">${data.credentials.map((credential) => html`<li><code>${credential.id.slice(0, 12)}…</code> ${credential.kind}${credential.label && ` “${credential.label}”`}, ${stateOf(credential)}, made <span title=${credential.createdAt}>${age(credential.createdAt)} ago</span>, ${credential.lastUsedOn ? `last used on ${dayText(credential.lastUsedOn)}` : "never used"}</li>`)}</ul></details></td></tr>`;
}

export function Operations({ account }) {
  const [listed, setListed] = useState(APPS);
  const { loading, error, data, again } = useAnswer("operations", (signal) => read("/operations", {}, { signal, anyApp: true }));
  const actions = html`<button type="button" onClick=${again}>Look again</button>`;
  if (loading) return html`<${Page} title="Operations" actions=${actions}><${Loading} what="Looking at the queue" /></${Page}>`;
  if (error) return html`<${Page} title="Operations" actions=${actions}><${Failure} error=${error} again=${again} /></${Page}>`;
  const { queue, deadLetters, sweep } = data;
  return html`<${Page} title="Operations" lead="Whether events get through, and what does not. This page only reads." actions=${actions}>
    <${Tiles}>
      <${Tile} label="Waiting in the queue" value=${amount(queue.waiting)} note=${queue.lastStoredAt ? html`last noted <${Time} at=${queue.lastStoredAt} />` : "no batch was noted yet"} />
      <${Tile} label="Oldest of the last batch" value=${queue.oldestSeconds === null ? "–" : duration(queue.oldestSeconds)} tone=${queue.oldestSeconds > 300 ? "bad" : "ok"} note="when it was stored" />
      <${Tile} label="Dead letters" value=${amount(deadLetters.count)} tone=${deadLetters.count ? "bad" : "ok"} note=${deadLetters.count ? "see below" : "none: all is well"} />
      <${Tile} label="Sweep behind by" value=${duration(sweep.lagSeconds)} tone=${sweep.lagSeconds > 300 ? "bad" : "ok"} note=${sweep.paused ? "paused by a replay" : `${count(sweep.overdueTimers, "timer")} due`} />
      <${Tile} label="Looked at" value=${html`<${Time} at=${data.checkedAt} />`} />
    </${Tiles}>
    ${deadLetters.letters.length > 0 && html`<section class="card"><h2>Dead letters</h2><div class="scroll" tabindex="0" role="region" aria-label="Dead letters"><table class="numbers"><caption>${deadLetters.letters.length} of ${deadLetters.count}. <code>make redrive</code> sends them again.</caption>
      <thead><tr><th scope="col">Received</th><th scope="col" class="words">App</th><th scope="col">Items</th><th scope="col" class="words">Reason</th></tr></thead>
      <tbody>${deadLetters.letters.map((letter) => html`<tr><th scope="row">${letter.receivedAt ? html`<${Time} at=${letter.receivedAt} />` : "unknown"}</th><td class="words id">${letter.app ?? "–"}</td><td>${amount(letter.items)}</td><td class="words">${letter.reason}</td></tr>`)}</tbody></table></div></section>`}
    <section class="card"><h2>Apps</h2><div class="scroll" tabindex="0" role="region" aria-label="Apps"><table class="numbers"><caption>What each app sent in the last ${DAYS} days (UTC)</caption>
      <thead><tr><th scope="col">App</th><th scope="col">Stored</th><th scope="col">Refused</th><th scope="col" class="words">Share refused</th><th scope="col" class="words">Reasons</th><th scope="col" class="words">Credentials</th></tr></thead>
      <tbody>${account.apps.slice(0, listed).map((app) => html`<${AppRow} key=${app.id} app=${app} />`)}</tbody></table></div>
      ${account.apps.length > listed && html`<p class="more"><button type="button" onClick=${() => setListed(listed + APPS)}>List more apps</button> <span class="dim" role="status">${listed} of ${account.apps.length} apps.</span></p>`}</section>
  </${Page}>`;
}
