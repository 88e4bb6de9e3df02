// An item opened: its JSON with the nodes that findings point at, the sentences beside it, and what to do with it.
import { html, useEffect, useRef, useState } from "./view.js";
import { base } from "./session.js";
import { validate } from "./api.js";
import { lines } from "./pointers.js";
import { Chip, Copy, Findings, Id } from "./parts.js";

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
      <code class="d${Math.min(line.depth, 9)}">${line.name !== null && html`<span class="name">${JSON.stringify(line.name)}</span>: `}<span class=${line.ghost ? "missing" : "value"}>${line.text}</span></code>
      ${line.findings.map((finding) => html`<span class="note"><${Chip} kind=${finding.severity} text=${finding.severity} /> ${finding.message}</span>`)}
    </div>`)}</div>`;
}

const quoted = (text) => `'${text.replace(/'/g, `'\\''`)}'`;

export function curl(item) {
  const envelope = {
    sensor: "urn:console",
    sendTime: new Date().toISOString(),
    dataVersion: item.dataVersion || "http://purl.imsglobal.org/ctx/caliper/v1p2",
    data: [item.item],
  };
  return `curl ${base}/caliper/event -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' -d ${quoted(JSON.stringify(envelope))}`;
}

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
  return html`<button type="button" class="quiet" onClick=${check}>Validate again</button>
    <div role="status" class="validated">${state && html`<p>${state.text}</p>`}${state?.findings && html`<${Findings} findings=${state.findings} />`}</div>`;
}

export function OpenItem({ item, standing }) {
  const findings = item.findings ?? [];
  const sent = item.item;
  const id = sent !== null && typeof sent === "object" ? sent.id : null;
  return html`<div class="opened">
    <${Json} value=${sent} findings=${findings} label="The item as it was sent" />
    <div class="beside">
      ${standing && html`<p class=${standing.kind === "conflict" ? "why" : undefined}><${Chip} kind=${standing.kind} /> ${standing.reason}</p>`}
      ${item.outcome === "rejected" && html`<p class="why"><strong>Why it was refused</strong></p>`}
      ${findings.length === 0 && html`<p class="dim">Nothing is wrong with it.</p>`}
      <${Findings} findings=${findings} />
      <dl class="facts">
        ${typeof id === "string" && html`<dt>Event</dt><dd><${Id} page="event" id=${id} /></dd>`}
        ${item.actor && html`<dt>Learner</dt><dd><${Id} page="learner" id=${item.actor} /></dd>`}
        ${item.session && html`<dt>Session</dt><dd><${Id} page="session" id=${item.session} /></dd>`}
        ${item.run && html`<dt>Run</dt><dd><${Id} page="run" id=${item.run} /></dd>`}
        ${item.jobId && html`<dt>Job</dt><dd><code class="id">${item.jobId}</code></dd>`}
      </dl>
      <div class="buttons">
        <${Copy} label="Copy as curl" text=${() => curl(item)} />
        <${Copy} label="Copy JSON" text=${() => (typeof sent === "string" ? sent : JSON.stringify(sent, null, 2))} />
        <${Validated} item=${item} />
      </div>
    </div></div>`;
}
