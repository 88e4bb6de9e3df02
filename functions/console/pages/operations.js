// For operators: what waits, what was set aside, how far the sweep is behind, and what each app sends. It only reads.
import { read } from "../api.js";
import { amount, count, dayAgo, dayText, duration } from "../words.js";
import { answered, chip, html, More, Page, Table, tiles, time, useAnswer, useState } from "../parts.js";
import { codesOf, codeText, sum } from "../numbers.js";

const DAYS = 7;
const APPS = 50; // listed at a time: each is a question of its own

const age = (text) => duration((Date.now() - Date.parse(text)) / 1000);

const stateOf = (credential) => (credential.revokedAt ? "revoked" : credential.endsAt && Date.parse(credential.endsAt) < Date.now() ? "ended" : "works");

function AppRow({ app }) {
  const { data, error } = useAnswer(app.id, (signal) => read("/volume", { app: app.id, from: dayAgo(DAYS - 1) }, { signal, anyApp: true }));
  if (!data) return html`<tr><th scope="row">${app.name}</th><td colspan="5" class="words">${error?.message ?? "Reading …"}</td></tr>`;
  const accepted = sum(data.days, "accepted"), rejected = sum(data.days, "rejected");
  const share = accepted + rejected ? (100 * rejected) / (accepted + rejected) : 0;
  const worst = codesOf(data.days).slice(0, 4);
  return html`<tr><th scope="row">${app.name || app.id}<span class="sub id">${app.id}</span></th>
    <td>${amount(accepted)}</td><td>${amount(rejected)}</td>
    <td class="words">${rejected === 0 ? chip("accepted", "none") : chip(share > 5 ? "rejected" : "warned", `${amount(share)} %`)}</td>
    <td class="words">${codeText(worst) || "–"}${data.days.length > 0 && html`<details><summary>by day</summary><ul class="plain">${data.days.map((day) => html`<li>${dayText(day.day)}: ${amount(day.accepted)} stored, ${amount(day.rejected)} refused</li>`)}</ul></details>`}</td>
    <td class="words">${count(data.credentials.length, "credential")}<details><summary>age</summary><ul class="plain">${data.credentials.map((credential) => html`<li><code>${credential.id.slice(0, 12)}…</code> ${credential.kind}${credential.label && ` “${credential.label}”`}, ${stateOf(credential)}, made <span title=${credential.createdAt}>${age(credential.createdAt)} ago</span>, ${credential.lastUsedOn ? `last used on ${dayText(credential.lastUsedOn)}` : "never used"}</li>`)}</ul></details></td></tr>`;
}

function Overview({ data: { queue, deadLetters, sweep, checkedAt } }) {
  return html`${tiles([
      ["Waiting in the queue", amount(queue.waiting), undefined, queue.lastStoredAt ? html`last noted ${time(queue.lastStoredAt)}` : "no batch was noted yet"],
      ["Oldest of the last batch", duration(queue.oldestSeconds), queue.oldestSeconds > 300 ? "bad" : "ok", "when it was stored"],
      ["Dead letters", amount(deadLetters.count), deadLetters.count ? "bad" : "ok", deadLetters.count ? "see below" : "none: all is well"],
      ["Sweep behind by", duration(sweep.lagSeconds), sweep.lagSeconds > 300 ? "bad" : "ok", sweep.paused ? "paused by a replay" : `${count(sweep.overdueTimers, "timer")} due`],
      ["Looked at", time(checkedAt)],
    ])}
    ${deadLetters.letters.length > 0 && html`<section class="card"><h2>Dead letters</h2><${Table} label="Dead letters" caption=${html`${deadLetters.letters.length} of ${deadLetters.count}. <code>make redrive</code> sends them again.`} columns=${["Received", ["App"], "Items", ["Reason"]]}
      rows=${deadLetters.letters.map((letter) => [letter.receivedAt ? time(letter.receivedAt) : "unknown", html`<span class="id">${letter.app ?? "–"}</span>`, amount(letter.items), letter.reason])} /></section>`}`;
}

export function Operations({ account }) {
  const [listed, setListed] = useState(APPS);
  const answer = useAnswer("operations", (signal) => read("/operations", {}, { signal, anyApp: true }));
  return html`<${Page} title="Operations" lead="Whether events get through, and what does not. This page only reads." answer=${answer}>
    ${answered(answer, "Looking at the queue", (data) => html`<${Overview} data=${data} />
      <section class="card"><h2>Apps</h2><${Table} label="Apps" caption=${`What each app sent in the last ${DAYS} days (UTC)`} columns=${["App", "Stored", "Refused", ["Share refused"], ["Reasons"], ["Credentials"]]}>
        ${account.apps.slice(0, listed).map((app) => html`<${AppRow} key=${app.id} app=${app} />`)}<//>
        ${account.apps.length > listed && html`<${More} act=${() => setListed(listed + APPS)}>List more apps<//><p class="more dim" role="status">${listed} of ${account.apps.length} apps.</p>`}</section>`)}<//>`;
}
