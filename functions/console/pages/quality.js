// How good what an app sends is: what was refused by day and code, what was stored with warnings, and examples of each.
import { html, useState } from "../view.js";
import { read } from "../api.js";
import { keepFilters } from "../session.js";
import { amount, count, dayText, termOf } from "../words.js";
import { Chip, Empty, Failure, Loading, Page, Tile, Tiles, Time, useAnswer } from "../parts.js";
import { OpenItem } from "../item.js";
import { DayBars } from "../plots.js";

const DAYS = 30, LOOKED_AT = 400, PAGE = 200, EXAMPLES = 10, OTHERS = 4;
const TONES = ["refused", "waste", "xp", "inactive"];

const summed = (days) => {
  const codes = {};
  for (const day of days) for (const [code, many] of Object.entries(day.codes)) codes[code] = (codes[code] ?? 0) + many;
  return Object.entries(codes).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
};

// Every day of the span, so that days without a refusal are seen as such.
const filledIn = (days) => {
  const known = new Map(days.map((day) => [day.day, day]));
  const all = [];
  for (let back = DAYS - 1; back >= 0; back -= 1) {
    const day = new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10);
    all.push(known.get(day) ?? { day, accepted: 0, rejected: 0, codes: {} });
  }
  const first = all.findIndex((day) => day.accepted || day.rejected);
  return all.slice(Math.max(0, first));
};

const senderOf = (item) => {
  const app = item?.edApp ?? item?.object?.isPartOf?.edApp;
  return (typeof app === "string" ? app : app?.id) ?? "not named";
};

// The newest items that were stored, and what they were warned about: by code, and by the app that the event names.
async function newestStored(signal) {
  let rows = [], cursor = null;
  do {
    const body = await read("/arrivals", { outcome: "accepted", limit: PAGE, cursor }, { signal });
    rows = [...rows, ...body.arrivals];
    cursor = body.cursor;
  } while (cursor !== null && rows.length < LOOKED_AT);
  const warned = new Map();
  for (const row of rows) {
    for (const code of new Set(row.findings.map((finding) => finding.code))) {
      const known = warned.get(code) ?? { code, rows: [], senders: new Set() };
      known.rows.push(row);
      known.senders.add(senderOf(row.item));
      warned.set(code, known);
    }
  }
  return { looked: rows.length, all: cursor === null, clean: rows.filter((row) => row.findings.length === 0).length, warned: [...warned.values()].sort((a, b) => b.rows.length - a.rows.length) };
}

function inLive(code) {
  keepFilters({ code: { value: code, not: false } });
  location.hash = "#/live";
}

// Some items with one code, each of which opens.
function Examples({ code, rows, more }) {
  const [open, setOpen] = useState(null);
  return html`<div class="tableCard"><table class="arrivals"><caption>${count(rows.length, "example")} of <code>${code}</code>, newest first${more ? "; there are more" : ""}</caption>
    <thead><tr><th scope="col">Received</th><th scope="col">Type and action</th><th scope="col">Why</th><th scope="col">Sensor or app</th></tr></thead>
    <tbody>${rows.map((row, at) => {
      const id = `example-${code}-${at}`, toggle = () => setOpen(open === at ? null : at);
      const finding = row.findings.find((one) => one.code === code);
      return html`<tr class="row ${open === at ? "isOpen" : ""}" onClick=${(press) => press.target.closest("a,button") ? null : toggle()}>
        <td><button type="button" class="expand" aria-expanded=${open === at} aria-controls=${id} onClick=${toggle}><span aria-hidden="true">${open === at ? "▾" : "▸"}</span><span class="sr">Details of an item received </span><${Time} at=${row.receivedAt} /></button></td>
        <td>${typeof row.item === "string" ? html`<em>not JSON</em>` : termOf(row.item?.type)}<span class="sub">${termOf(row.item?.action)}</span></td>
        <td class="grow">${finding?.message}</td><td class="who">${row.sensor ?? senderOf(row.item)}</td></tr>
        ${open === at && html`<tr class="details" id=${id}><td colspan="4"><${OpenItem} item=${row} /></td></tr>`}`;
    })}</tbody></table></div>
    <p class="more"><button type="button" onClick=${() => inLive(code)}>See them in Live</button></p>`;
}

function Refused({ code }) {
  const { loading, error, data, again } = useAnswer(code, (signal) => read("/rejections", { code, limit: EXAMPLES }, { signal }));
  if (loading) return html`<${Loading} what="Looking for examples" />`;
  if (error) return html`<${Failure} error=${error} again=${again} />`;
  if (data.rejections.length === 0) return html`<p class="dim">No example is kept among the newest refusals.</p>`;
  return html`<${Examples} code=${code} rows=${data.rejections.map((row) => ({ ...row, outcome: "rejected" }))} more=${data.cursor !== null} />`;
}

function CodeButton({ code, chosen, choose }) {
  return html`<button type="button" class="quiet" aria-pressed=${chosen === code} onClick=${() => choose(chosen === code ? null : code)}>${code}</button>`;
}

function Refusals({ days }) {
  const [chosen, choose] = useState(null);
  const codes = summed(days);
  if (codes.length === 0) return html`<${Empty} title="Nothing was refused">In the last ${DAYS} days every item of this app was stored.</${Empty}>`;
  const drawn = codes.slice(0, TONES.length).map(([code], at) => ({ name: code, tone: TONES[at], of: (day) => day.codes[code] ?? 0 }));
  if (codes.length > TONES.length) drawn[OTHERS - 1] = { name: "others", tone: TONES[OTHERS - 1], of: (day) => codes.slice(OTHERS - 1).reduce((sum, [code]) => sum + (day.codes[code] ?? 0), 0) };
  const seen = days.filter((day) => day.rejected).reverse();
  return html`<section class="pair card"><${DayBars} label="Refused by day (UTC) and code" days=${days} series=${drawn} />
      <div class="scroll" tabindex="0" role="region" aria-label="Refused by code"><table class="numbers"><caption>By code; press one for examples. An item with several codes counts at each</caption>
        <thead><tr><th scope="col" class="words">Code</th><th scope="col">Items</th><th scope="col">Days</th></tr></thead>
        <tbody>${codes.map(([code, many]) => html`<tr><th scope="row"><${CodeButton} code=${code} chosen=${chosen} choose=${choose} /></th><td>${amount(many)}</td><td>${amount(days.filter((day) => day.codes[code]).length)}</td></tr>`)}</tbody></table>
        <details><summary>by day</summary><ul class="plain">${seen.map((day) => html`<li>${dayText(day.day)}: ${amount(day.rejected)} of ${amount(day.accepted + day.rejected)} refused, ${Object.entries(day.codes).sort((a, b) => b[1] - a[1]).map(([code, many]) => `${code} ${many}`).join(", ")}</li>`)}</ul></details></div></section>
    ${chosen && html`<${Refused} key=${chosen} code=${chosen} />`}`;
}

function Warnings() {
  const [chosen, choose] = useState(null);
  const { loading, error, data, again } = useAnswer("warnings", newestStored);
  if (loading) return html`<${Loading} what="Reading the newest items" />`;
  if (error) return html`<${Failure} error=${error} again=${again} />`;
  const looked = data.all ? `all ${count(data.looked, "item")} that are kept` : `the newest ${count(data.looked, "item")}`;
  if (data.warned.length === 0) return html`<p class="notice ok">No warning in ${looked}.</p>`;
  const example = data.warned.find((one) => one.code === chosen);
  return html`<section class="card"><div class="scroll" tabindex="0" role="region" aria-label="Warnings by code"><table class="numbers"><caption>Among ${looked}; press a code for examples</caption>
      <thead><tr><th scope="col" class="words">Code</th><th scope="col">Items</th><th scope="col">Share</th><th scope="col" class="words">Apps that the events name</th></tr></thead>
      <tbody>${data.warned.map((one) => html`<tr><th scope="row"><${CodeButton} code=${one.code} chosen=${chosen} choose=${choose} /></th><td>${amount(one.rows.length)}</td><td>${amount((100 * one.rows.length) / data.looked)} %</td><td class="words id">${[...one.senders].slice(0, OTHERS).join(", ")}${one.senders.size > OTHERS && ` and ${one.senders.size - OTHERS} more`}</td></tr>`)}</tbody></table></div></section>
    ${example && html`<${Examples} key=${chosen} code=${chosen} rows=${example.rows.slice(0, EXAMPLES)} more=${example.rows.length > EXAMPLES} />`}`;
}

export function Quality({ app }) {
  const from = new Date(Date.now() - (DAYS - 1) * 86_400_000).toISOString().slice(0, 10);
  const { loading, error, data, again } = useAnswer(app.id, (signal) => read("/volume", { from }, { signal }));
  const lead = `What of this app's events was refused or stored with warnings, and why. Refusals are counted completely, of the last ${DAYS} days.`;
  const actions = html`<button type="button" onClick=${again}>Look again</button>`;
  if (loading) return html`<${Page} title="Quality" lead=${lead}><${Loading} what="Reading the counts" /></${Page}>`;
  if (error) return html`<${Page} title="Quality" lead=${lead}><${Failure} error=${error} again=${again} /></${Page}>`;
  if (data.days.length === 0) return html`<${Page} title="Quality" lead=${lead} actions=${actions}><${Empty} title="Nothing arrived in the last ${DAYS} days"><a href="#/start">Start here</a> shows how to send the first event.</${Empty}></${Page}>`;
  const days = filledIn(data.days);
  const stored = days.reduce((sum, day) => sum + day.accepted, 0), refused = days.reduce((sum, day) => sum + day.rejected, 0);
  const share = (100 * refused) / (stored + refused);
  return html`<${Page} title="Quality" lead=${lead} actions=${actions}>
    <${Tiles}>
      <${Tile} label="Stored" value=${amount(stored)} tone="ok" />
      <${Tile} label="Refused" value=${amount(refused)} tone=${refused ? "bad" : "ok"} />
      <${Tile} label="Share refused" value=${`${amount(share)} %`} note=${share > 5 ? html`<${Chip} kind="rejected" text="much" />` : undefined} />
      <${Tile} label="Days with refusals" value=${amount(days.filter((day) => day.rejected).length)} note=${`of ${days.length}`} />
    </${Tiles}>
    <h2>Refused</h2><${Refusals} days=${days} />
    <h2>Stored with warnings</h2><${Warnings} />
  </${Page}>`;
}
