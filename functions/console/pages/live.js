// What the app just sent, newest first, stored and refused together. It asks again every few seconds.
import { read } from "../api.js";
import { chosenApp, keepFilters, keptFilters } from "../session.js";
import { amount, count, dayText, entityName, shortId, termOf } from "../words.js";
import { chip, Empty, failure, html, loading, More, Page, ref, Table, tiles, time, useAnswer, useEffect, useMemo, useRef, useState } from "../parts.js";
import { ItemTable, Kind } from "../item.js";
import { codesOf, codeText } from "../numbers.js";
import { DayBars } from "../plots.js";
import { Start } from "./start.js";

const EVERY_MS = 3000, PAGE = 50, PAGES_AT_ONCE = 4;
const OVERLAP_MS = 60_000; // a batch that arrived earlier may be stored later
const HIDDEN_MS = 10 * 60_000;

const outcomeOf = (row) => (row.outcome === "accepted" && row.findings.length ? "warned" : row.outcome);
const byArrival = (a, b) => (a.receivedAt < b.receivedAt ? 1 : a.receivedAt > b.receivedAt ? -1 : a.key < b.key ? 1 : -1);

// Rows that are known and those of a page, each once, newest first.
const merged = (known, rows) => [...new Map([...known, ...rows].map((row) => [row.key, row])).values()].sort(byArrival);

// Pages from the newest on, until they reach what is known. `gap`: they did not.
async function newest(known, signal) {
  const until = known.length ? new Date(Date.parse(known[0].receivedAt) - OVERLAP_MS).toISOString() : null;
  const seen = new Set(known.map((row) => row.key));
  let rows = [], cursor = null;
  for (let page = 0; page < PAGES_AT_ONCE; page += 1) {
    const body = await read("/arrivals", { limit: PAGE, cursor }, { signal });
    rows = [...rows, ...body.arrivals];
    cursor = body.cursor;
    if (cursor === null || !known.length) return { rows, cursor, gap: false };
    const last = body.arrivals.at(-1);
    if (last && (last.receivedAt < until || body.arrivals.every((row) => seen.has(row.key)))) return { rows, cursor, gap: false };
  }
  return { rows, cursor, gap: true };
}

function useArrivals(paused) {
  const [state, setState] = useState({ rows: null, said: "" });
  const kept = useRef(state);
  kept.current = state;
  useEffect(() => {
    if (paused) return undefined;
    const stop = new AbortController();
    let timer = null, hiddenSince = document.hidden ? Date.now() : null;
    const poll = async () => {
      const asleep = document.hidden && Date.now() - (hiddenSince ?? Date.now()) > HIDDEN_MS;
      if (!asleep) {
        try {
          const before = kept.current, known = before.rows ?? [];
          const { rows, cursor, gap } = await newest(known, stop.signal);
          const seen = new Set(known.map((row) => row.key));
          const fresh = before.rows ? rows.filter((row) => !seen.has(row.key)) : [];
          const first = gap || !before.rows;
          setState({
            rows: merged(first ? [] : known, rows),
            cursor: first ? cursor : before.cursor,
            at: Date.now(),
            fresh: new Set(fresh.map((row) => row.key)),
            said: fresh.length ? `${count(fresh.length, "new item")}, ${fresh.filter((row) => row.outcome === "rejected").length} refused` : before.said,
          });
        } catch (error) {
          if (error.name === "AbortError") return;
          setState((before) => ({ ...before, error }));
        }
      }
      timer = setTimeout(poll, EVERY_MS);
    };
    const hidden = () => { hiddenSince = document.hidden ? Date.now() : null; };
    document.addEventListener("visibilitychange", hidden);
    poll();
    return () => { stop.abort(); clearTimeout(timer); document.removeEventListener("visibilitychange", hidden); };
  }, [paused]);
  const older = async () => {
    try {
      const body = await read("/arrivals", { limit: PAGE, cursor: kept.current.cursor });
      setState((before) => ({ ...before, rows: merged(before.rows, body.arrivals), cursor: body.cursor }));
    } catch (error) {
      setState((before) => ({ ...before, error }));
    }
  };
  return { ...state, older };
}

function Filter({ label, value, options, not, onChange }) {
  const id = `filter-${label.toLowerCase()}`;
  return html`<div class="filter"><label class="dim" for=${id}>${label}</label><span class="joined">
    <select id=${id} value=${value} onChange=${(event) => onChange(event.target.value, not)}>
      <option value="">any</option>${options.map(([key, text]) => html`<option value=${key}>${text ?? key}</option>`)}
    </select>
    <label class="not"><input type="checkbox" checked=${not} disabled=${!value} onChange=${(event) => onChange(value, event.target.checked)} /> not</label></span></div>`;
}

const NONE = Object.fromEntries(["type", "action", "code", "outcome"].map((name) => [name, { value: "", not: false }]));

const FIELDS = {
  type: (row) => termOf(row.item?.type),
  action: (row) => termOf(row.item?.action),
  code: (row) => row.findings.map((finding) => finding.code),
  outcome: outcomeOf,
};

const valuesOf = (row, name) => [FIELDS[name](row)].flat();

const passes = (row, filters) => Object.entries(filters).every(([name, { value, not }]) => !value || valuesOf(row, name).includes(value) !== not);

function rowOf(row, fresh) {
  const outcome = outcomeOf(row), event = row.item !== null && typeof row.item === "object" ? row.item : {};
  return {
    key: row.key, item: row, when: row.receivedAt, said: `${termOf(event.type)}, ${outcome}`, tone: `${outcome} ${fresh ? "fresh" : ""}`,
    cells: [
      chip(outcome, outcome === "warned" ? count(row.findings.length, "warning") : undefined),
      html`<${Kind} item=${row.item} />`,
      outcome === "rejected" ? html`<span class="reason">${row.findings[0]?.message ?? "It was refused."}</span>` : entityName(event.object),
      row.actor ? ref("learner", row.actor, shortId(row.actor)) : entityName(event.actor),
    ],
  };
}

function Volume() {
  const { data } = useAnswer("volume", (signal) => read("/volume", {}, { signal }));
  if (!data?.days.length) return null;
  const days = data.days.slice(0, 14), worst = codesOf(days).slice(0, 8);
  return html`<section class="pair card" aria-label="Volume">
    <${DayBars} label="Items by day (UTC)" days=${[...days].reverse()} series=${[
      { name: "stored", tone: "active", of: (day) => day.accepted },
      { name: "refused", tone: "refused", of: (day) => day.rejected },
    ]} />
    <div><${Table} caption="Stored and refused by day, with the most frequent reasons" columns=${["Day (UTC)", "Stored", "Refused", ["Reasons"]]}
        rows=${days.map((day) => [dayText(day.day), amount(day.accepted), amount(day.rejected), codeText(codesOf([day]).slice(0, 3)) || "–"])} />
      ${worst.length > 0 && html`<p class="dim">Most frequent in these days: ${codeText(worst)}.</p>`}</div></section>`;
}

export function Live({ account }) {
  const [paused, setPaused] = useState(false);
  const { rows, cursor, error, at, said, fresh, older } = useArrivals(paused);
  const [filters, setFilters] = useState(() => ({ ...NONE, ...keptFilters() }));
  useEffect(() => keepFilters(filters), [filters]);
  const seen = useMemo(() => {
    const values = (name) => [...new Set([...(rows ?? []).flatMap((row) => valuesOf(row, name)), filters[name].value])].filter((value) => value && value !== "–").sort().map((value) => [value]);
    return { type: values("type"), action: values("action"), code: values("code") };
  }, [rows, filters]);
  const set = (name) => (value, not) => setFilters((before) => ({ ...before, [name]: { value, not: value ? not : false } }));
  if (rows === null) return error ? html`<${Page} title="Live">${failure(error)}<//>` : html`<${Page} title="Live">${loading("Reading what arrived")}<//>`;
  if (rows.length === 0) return html`<${Start} account=${account} waiting=${true} />`;
  const visible = rows.filter((row) => passes(row, filters));
  const many = (outcome) => rows.filter((row) => outcomeOf(row) === outcome).length;
  const filtered = Object.values(filters).some(({ value }) => value);
  return html`<${Page} title="Live" lead="What this app sent, newest first. Nothing is left out. An event shows some seconds after it was sent: they are stored in batches, gathered for up to five seconds."
    actions=${html`<span class="pulse ${paused ? "off" : ""}">${paused ? "Paused" : "Listening"}</span><button aria-pressed=${paused} onClick=${() => setPaused(!paused)}>${paused ? "Go on" : "Pause"}</button>`}>
    <p class="sr" role="status" aria-live="polite">${said}</p>
    ${error && failure(error)}
    ${tiles([
      ["Listed", amount(rows.length), undefined, cursor ? "more below" : "all there are"],
      ["Stored", amount(many("accepted") + many("warned")), "ok"],
      ["Of these with warnings", amount(many("warned")), "warn"],
      ["Refused", amount(many("rejected")), "bad"],
      ["Last looked", at ? time(new Date(at).toISOString()) : "–"],
    ])}
    <div class="filters" role="search" aria-label="Filter what is listed">
      <${Filter} label="Type" options=${seen.type} ...${filters.type} onChange=${set("type")} />
      <${Filter} label="Action" options=${seen.action} ...${filters.action} onChange=${set("action")} />
      <${Filter} label="Code" options=${seen.code} ...${filters.code} onChange=${set("code")} />
      <${Filter} label="Outcome" options=${[["accepted", "stored"], ["warned", "stored, with warnings"], ["rejected", "refused"]]} ...${filters.outcome} onChange=${set("outcome")} />
      ${filtered && html`<button class="quiet" onClick=${() => setFilters(NONE)}>Show all</button>`}
      <span class="dim" role="status">${filtered ? `${visible.length} of ${rows.length} listed` : ""}</span>
    </div>
    ${visible.length === 0 ? html`<${Empty} title="None of these pass the filter">Change the filter, or list older ones below.<//>` : html`
    <${ItemTable} caption=${html`<span class="sr">Items as they arrived, newest first</span>`} columns=${["Received", "Outcome", "Type and action", ["Object, or why it was refused"], "Actor"]} rows=${visible.map((row) => rowOf(row, fresh?.has(row.key)))} />`}
    ${cursor ? html`<${More} act=${older}>List older ones<//>` : html`<p class="more dim">That is everything that is kept for ${chosenApp() ? "this app" : "you"}.</p>`}
    <${Volume} />
  <//>`;
}
