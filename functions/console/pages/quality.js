// How good what an app sends is: its alarms, what was refused by day and code, what was stored with warnings, and examples.
import { read } from "../api.js";
import { keepFilters } from "../session.js";
import { amount, count, dayAgo, dayText } from "../words.js";
import { answered, chip, Empty, html, More, Page, Table, tiles, time, useAnswer, useState } from "../parts.js";
import { ItemTable, Kind } from "../item.js";
import { codesOf, codeText, sum } from "../numbers.js";
import { DayBars } from "../plots.js";

const DAYS = 30, LOOKED_AT = 400, PAGE = 200, EXAMPLES = 10, OTHERS = 4;
const TONES = ["refused", "waste", "xp", "inactive"];

// Every day of the span, so that days without a refusal are seen as such.
const filledIn = (days) => {
  const known = new Map(days.map((day) => [day.day, day]));
  const all = [];
  for (let back = DAYS - 1; back >= 0; back -= 1) {
    const day = dayAgo(back);
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
const Examples = ({ code, rows, more }) => html`<${ItemTable} caption=${html`${count(rows.length, "example")} of <code>${code}</code>, newest first${more ? "; there are more" : ""}`} columns=${["Received", "Type and action", ["Why"], "Sensor or app"]}
    rows=${rows.map((row, at) => ({
      key: `example ${at}`, item: row, when: row.receivedAt, said: "an item received",
      cells: [html`<${Kind} item=${row.item} />`, row.findings.find((one) => one.code === code)?.message, row.sensor ?? senderOf(row.item)],
    }))} /><${More} act=${() => inLive(code)}>See them in Live<//>`;

function Refused({ code }) {
  const answer = useAnswer(code, (signal) => read("/rejections", { code, limit: EXAMPLES }, { signal }));
  return answered(answer, "Looking for examples", ({ rejections, cursor }) => (rejections.length
    ? html`<${Examples} code=${code} rows=${rejections.map((row) => ({ ...row, outcome: "rejected" }))} more=${cursor !== null} />`
    : html`<p class="dim">No example is kept among the newest refusals.</p>`));
}

function CodeButton({ code, chosen, choose }) {
  return html`<button class="quiet" aria-pressed=${chosen === code} onClick=${() => choose(chosen === code ? null : code)}>${code}</button>`;
}

function Refusals({ days }) {
  const [chosen, choose] = useState(null);
  const codes = codesOf(days);
  if (codes.length === 0) return html`<${Empty} title="Nothing was refused">In the last ${DAYS} days every item of this app was stored.<//>`;
  const drawn = codes.slice(0, TONES.length).map(([code], at) => ({ name: code, tone: TONES[at], of: (day) => day.codes[code] ?? 0 }));
  if (codes.length > TONES.length) drawn[OTHERS - 1] = { name: "others", tone: TONES[OTHERS - 1], of: (day) => codes.slice(OTHERS - 1).reduce((sum, [code]) => sum + (day.codes[code] ?? 0), 0) };
  const seen = days.filter((day) => day.rejected).reverse();
  return html`<section class="pair card"><${DayBars} label="Refused by day (UTC) and code" days=${days} series=${drawn} />
      <div><${Table} label="Refused by code" caption="By code; press one for examples. An item with several codes counts at each" columns=${["Code", "Items", "Days"]}
          rows=${codes.map(([code, many]) => [html`<${CodeButton} code=${code} chosen=${chosen} choose=${choose} />`, amount(many), amount(days.filter((day) => day.codes[code]).length)])} />
        <details><summary>by day</summary><ul class="plain">${seen.map((day) => html`<li>${dayText(day.day)}: ${amount(day.rejected)} of ${amount(day.accepted + day.rejected)} refused, ${codeText(codesOf([day]))}</li>`)}</ul></details></div></section>
    ${chosen && html`<${Refused} key=${chosen} code=${chosen} />`}`;
}

function Warnings() {
  const [chosen, choose] = useState(null);
  const answer = useAnswer("warnings", newestStored);
  return answered(answer, "Reading the newest items", ({ looked, all, warned }) => {
    const among = all ? `all ${count(looked, "item")} that are kept` : `the newest ${count(looked, "item")}`;
    if (warned.length === 0) return html`<p class="notice ok">No warning in ${among}.</p>`;
    const example = warned.find((one) => one.code === chosen);
    return html`<section class="card"><${Table} label="Warnings by code" caption=${`Among ${among}; press a code for examples`} columns=${["Code", "Items", "Share", ["Apps that the events name"]]} rows=${warned.map(({ code, rows, senders }) => [
        html`<${CodeButton} code=${code} chosen=${chosen} choose=${choose} />`, amount(rows.length), `${amount((100 * rows.length) / looked)} %`,
        html`<span class="id">${[...senders].slice(0, OTHERS).join(", ")}${senders.size > OTHERS && ` and ${senders.size - OTHERS} more`}</span>`])} /></section>
      ${example && html`<${Examples} key=${chosen} code=${chosen} rows=${example.rows.slice(0, EXAMPLES)} more=${example.rows.length > EXAMPLES} />`}`;
  });
}

const share = (percent, what) => percent > 0 && `over ${percent} % of the items of two days were ${what}`;
const FALLS = "at that share or less";

// The alarms of a sender: for what each rings, if it is set, and what ends that.
const ALARMS = {
  silent: [(set) => set.silentHours > 0 && `nothing came for ${set.silentHours} hours of school (${set.hours || "Mon-Fri 08:00-16:00 UTC"})`, "with the next item"],
  rejects: [(set) => share(set.rejectsPercent, "refused"), FALLS],
  warnings: [(set) => share(set.warningsPercent, "stored with warnings"), FALLS],
  clock: [(set) => set.clock && share(1, "ahead of the time at which they came"), FALLS],
  "new-code": [(set) => set.newCodes && "a code came for the first time", "at once"],
};

function Rules({ sender }) {
  const rows = Object.entries(ALARMS).map(([name, [rule, end]]) => ({ name, end, text: rule(sender), ring: sender.ringing.find((one) => one.alarm === name) })).filter(({ text, ring }) => text || ring);
  return rows.length === 0 ? html`<p class="dim">No alarm is set: <code>make sender-alarms</code> or <code>PUT /sender-alarms</code> sets them.</p>`
    : html`<${Table} label="Alarms" caption="Looked at each quarter of an hour, and told to webhooks and by e-mail" columns=${["Alarm", ["Rings if"], ["State"], ["Ends"]]} rows=${rows.map(({ name, end, text, ring }) => [
      name, text || "not set any more", ring ? html`${chip("failed", "rings")} since ${time(ring.since)}<span class="sub">${ring.message}</span>` : chip("accepted", "does not ring"), end])} />`;
}

function Alarms({ app }) {
  const answer = useAnswer(app.id, (signal) => read("/sender-alarms", {}, { signal }));
  return html`<h2>Alarms</h2><section class="card">${answered(answer, "Reading the alarms", ({ senders: [sender] }) => html`<${Rules} sender=${sender} />`)}</section>`;
}

function Volume({ days }) {
  const stored = sum(days, "accepted"), refused = sum(days, "rejected"), share = (100 * refused) / (stored + refused);
  return html`${tiles([
      ["Stored", amount(stored), "ok"],
      ["Refused", amount(refused), refused ? "bad" : "ok"],
      ["Share refused", `${amount(share)} %`, undefined, share > 5 ? chip("rejected", "much") : undefined],
      ["Days with refusals", amount(days.filter((day) => day.rejected).length), undefined, `of ${days.length}`],
    ])}
    <h2>Refused</h2><${Refusals} days=${days} />
    <h2>Stored with warnings</h2><${Warnings} />`;
}

export function Quality({ app }) {
  const answer = useAnswer(app.id, (signal) => read("/volume", { from: dayAgo(DAYS - 1) }, { signal }));
  return html`<${Page} title="Quality" lead=${`What of this app's events was refused or stored with warnings, and why. Refusals are counted completely, of the last ${DAYS} days.`} answer=${answer}>
    <${Alarms} key=${answer.data} app=${app} />
    ${answered(answer, "Reading the counts", ({ days }) => (days.length ? html`<${Volume} days=${filledIn(days)} />`
      : html`<${Empty} title="Nothing arrived in the last ${DAYS} days"><a href="#/start">Start here</a> shows how to send the first event.<//>`))}<//>`;
}
