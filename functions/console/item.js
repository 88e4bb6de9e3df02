// An item opened: its JSON with the nodes that findings point at, the sentences beside it, and what to do with it.
import { base } from "./session.js";
import { envelopeOf, validate } from "./api.js";
import { lines } from "./pointers.js";
import { termOf } from "./words.js";
import { chip, Copy, findingList, html, ref, time, useEffect, useRef, useState } from "./parts.js";

const worst = (findings) => (findings.some((finding) => finding.severity === "error") ? "error" : "warning");

export const Json = ({ value, findings = [], label }) => typeof value === "string"
  ? html`<pre class="json" tabindex="0" role="region" aria-label=${label}>${value}</pre>`
  : html`<${Lines} value=${value} findings=${findings} label=${label} />`;

function Lines({ value, findings, label }) {
  const box = useRef(null);
  useEffect(() => { // the first node that a finding points at is what one opened it for
    const marked = box.current?.querySelector(".marked.error") ?? box.current?.querySelector(".marked");
    if (marked) box.current.scrollTop = Math.max(0, marked.offsetTop - box.current.clientHeight / 3);
  }, []);
  return html`<div class="json" ref=${box} tabindex="0" role="region" aria-label=${label}>${lines(value, findings).map((line) => html`
    <div class="line ${line.findings.length ? `marked ${worst(line.findings)}` : ""} ${line.ghost ? "ghost" : ""}" data-pointer=${line.findings.length ? line.findings[0].pointer : undefined}>
      <code style=${{ paddingLeft: `${1.2 * Math.min(line.depth + 1, 10)}em` }}>${line.name !== null && html`<span class="name">${JSON.stringify(line.name)}</span>: `}<span class=${line.ghost ? "missing" : "value"}>${line.text}</span></code>
      ${line.findings.map((finding) => html`<span class="note">${chip(finding.severity, finding.severity)} ${finding.message}</span>`)}
    </div>`)}</div>`;
}

const quoted = (text) => `'${text.replace(/'/g, `'\\''`)}'`;

const curl = (item) => `curl ${base}/caliper/event -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' -d ${quoted(envelopeOf(item))}`;

function Validated({ item }) {
  const [state, setState] = useState(null);
  const check = async () => {
    setState({ text: "Checking …" });
    try {
      const body = await validate(item);
      const findings = [...(body.errors ?? []), ...(body.warnings ?? [])].flatMap((one) => one.findings ?? [one]);
      setState({ text: findings.length ? "By today's rules:" : "By today's rules nothing is wrong with it.", findings });
    } catch (error) {
      setState({ text: error.message });
    }
  };
  return html`<button class="quiet" onClick=${check}>Validate again</button>
    <div role="status" class="validated">${state && html`<p>${state.text}</p>`}${state?.findings && findingList(state.findings)}</div>`;
}

export function OpenItem({ item, standing }) {
  const findings = item.findings ?? [];
  const sent = item.item;
  return html`<div class="opened">
    <${Json} value=${sent} findings=${findings} label="The item as it was sent" />
    <div class="beside">
      ${standing && html`<p class=${standing.kind === "conflict" ? "why" : undefined}>${chip(standing.kind)} ${standing.reason}</p>`}
      ${item.outcome === "rejected" && html`<p class="why"><strong>Why it was refused</strong></p>`}
      ${findings.length === 0 && html`<p class="dim">Nothing is wrong with it.</p>`}
      ${findingList(findings)}
      <dl class="facts">
        ${[["Event", sent?.id], ["Learner", item.actor], ["Session", item.session], ["Run", item.run], ["Course", sent?.extensions?.courseId]]
          .map(([name, id]) => typeof id === "string" && html`<dt>${name}</dt><dd>${ref(name.toLowerCase(), id)}</dd>`)}
        ${item.jobId && html`<dt>Job</dt><dd><code class="id">${item.jobId}</code></dd>`}
      </dl>
      <div class="buttons">
        <${Copy} label="Copy as curl" text=${() => curl(item)} />
        <${Copy} label="Copy JSON" text=${() => (typeof sent === "string" ? sent : JSON.stringify(sent, null, 2))} />
        <${Validated} item=${item} />
      </div>
    </div></div>`;
}

// The type and action of an item as it was sent.
export const Kind = ({ item }) => html`${typeof item === "string" ? html`<em>not JSON</em>` : termOf(item?.type)}<span class="sub">${termOf(item?.action)}</span>`;

// A table whose rows open to their items. The column in brackets gets the most room. A row: its `item`, the time `when` that
// opens it and what else is `said` of that, the other `cells`, the `tone` of the row, and its `standing` in the numbers.
export function ItemTable({ caption, columns, rows }) {
  const [open, setOpen] = useState(new Set());
  const toggle = (key) => setOpen((before) => {
    const after = new Set(before);
    if (!after.delete(key)) after.add(key);
    return after;
  });
  const room = (column) => (Array.isArray(column) ? "grow" : undefined);
  const pressed = (key) => (press) => press.target.closest("a,button") || getSelection().toString() || toggle(key);
  return html`<div class="tableCard"><table class="arrivals"><caption>${caption}</caption>
    <thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
    <tbody>${rows.flatMap(({ key, item, when, said, cells, tone, standing }) => {
      const isOpen = open.has(key), id = `item-${key}`.replace(/\W/g, "-");
      return [
        html`<tr key=${key} class="row ${tone ?? ""} ${isOpen ? "isOpen" : ""}" onClick=${pressed(key)}>
          <td><button class="expand" aria-expanded=${isOpen} aria-controls=${id} onClick=${() => toggle(key)}><span aria-hidden="true">${isOpen ? "▾" : "▸"}</span><span class="sr">Details of ${said}, </span>${time(when)}</button></td>
          ${cells.map((cell, at) => html`<td class=${room(columns[at + 1])}>${cell}</td>`)}</tr>`,
        isOpen && html`<tr key=${id} class="details" id=${id}><td colspan=${columns.length}><${OpenItem} item=${item} standing=${standing} /></td></tr>`,
      ];
    })}</tbody></table></div>`;
}
