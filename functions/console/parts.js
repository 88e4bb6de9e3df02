// Small parts that pages share, and preact, which draws them.
import { h, render } from "./vendor/preact.js";
import { useEffect, useMemo, useRef, useState } from "./vendor/hooks.js";
import htm from "./vendor/htm.js";
import { amount, clockTime, count, fullTime, shortId, utc } from "./words.js";

export { render, useEffect, useMemo, useRef, useState };
export const html = htm.bind(h); // by tagged templates: texts become text nodes, never HTML

export const time = (at, full = false) =>
  at ? html`<time datetime=${at} title=${utc(at)}>${full ? fullTime(at) : clockTime(at)}</time>` : html`<span>–</span>`;

const CHIPS = {
  accepted: ["ok", "✓", "stored"],
  warned: ["warn", "!", "stored, with warnings"],
  rejected: ["bad", "✕", "refused"],
  open: ["info", "●"],
  closed: ["quiet", "■"],
  error: ["bad", "✕"],
  warning: ["warn", "!"],
  conflict: ["bad", "≠"],
  duplicate: ["quiet", "="],
  ignored: ["quiet", "○", "not counted"],
  delivered: ["ok", "✓"],
  failed: ["bad", "✕"],
  active: ["ok", "●"],
  inactive: ["quiet", "■"],
  replaced: ["quiet", "↺"],
  counted: ["ok", "✓"],
};

// A state as sign, word and colour.
export function chip(kind, text) {
  const [tone, sign, word = kind] = CHIPS[kind] ?? ["quiet", "·"];
  return html`<span class="chip ${tone}"><span aria-hidden="true">${sign}</span> ${text ?? word}</span>`;
}

export const link = (page, parameters) => `#/${page}?${new URLSearchParams(parameters)}`;

// A link to the page about what has the id.
export const ref = (page, id, text) => id
  ? html`<a class="id" href=${link(page, { id })} title=${id}>${text ?? id}</a>`
  : html`<span class="dim">–</span>`;

// The id of a person that an event or a session named.
export const named = (actor) => actor && html`<span class="sub">named <code class="id" title=${actor}>${shortId(actor)}</code></span>`;

export function Copy({ text, label }) {
  const [done, setDone] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === "function" ? text() : text);
      setDone("Copied");
    } catch {
      setDone("Copying is not allowed here");
    }
    setTimeout(() => setDone(""), 2500);
  };
  return html`<button class="quiet" onClick=${copy}>${label}<span role="status" class="done">${done && ` · ${done}`}</span></button>`;
}

// Numbers with their names: [name, value, tone, note].
export const tiles = (all) => html`<dl class="tiles">${all.map(([name, value, tone, note]) => html`<div class="tile ${tone ?? ""}"><dt>${name}</dt><dd>${value}${note && html`<small>${note}</small>`}</dd></div>`)}</dl>`;

// A table. A column in brackets holds words, the others numbers. A row is a list of cells, of which the first names it.
// Without a `caption`, the `label` is only heard. `keys` keep rows the same ones when others come in between.
const words = (column) => (Array.isArray(column) ? "words" : undefined);

export const Table = ({ caption, label = caption, columns, rows = [], keys = [], children }) => html`<div class="scroll" tabindex="0" role="region" aria-label=${label}>
  <table class="numbers"><caption class=${caption ? undefined : "sr"}>${caption ?? label}</caption><thead><tr>${columns.map((column) => html`<th scope="col" class=${words(column)}>${column}</th>`)}</tr></thead>
    <tbody>${rows.map(([name, ...cells], at) => html`<tr key=${keys[at]}><th scope="row">${name}</th>${cells.map((cell, place) => html`<td class=${words(columns[place + 1])}>${cell}</td>`)}</tr>`)}${children}</tbody></table></div>`;

// A field with buttons, each of which does something with its text: [what it says, what it does, its tone].
export function Field({ id, label, hint, initial = "", buttons, children, ...form }) {
  const [text, setText] = useState(initial);
  const wanted = text.trim().replace(/^["'`<\s]+|["'`>\s]+$/g, ""); // as ids are quoted in mails
  return html`<form class="find" ...${form} onSubmit=${(event) => { event.preventDefault(); buttons[0][1](wanted); }}><label for=${id}>${label}</label>
    <span class="joined"><input id=${id} autocomplete="off" spellcheck="false" value=${text} onInput=${(event) => setText(event.target.value)} aria-describedby="${id}-hint" />
      ${buttons.map(([name, act, tone], at) => html`<button type=${at ? "button" : "submit"} class=${tone} onClick=${at ? () => act(wanted) : undefined}>${name}</button>`)}</span>
    <p id="${id}-hint" class="dim">${hint}</p>${children}</form>`;
}

// A live region, and `act("Asking …", deed)`, by which it says what `deed` answers, or why it failed.
export function useDeed() {
  const [said, setSaid] = useState("");
  const act = async (began, deed) => {
    setSaid(began);
    try {
      setSaid(await deed());
    } catch (error) {
      setSaid(error.message);
    }
  };
  return [html`<p role="status" class="said">${said}</p>`, act];
}

export const labelled = (label, field) => html`<label class="filter"><span class="dim">${label}</span>${field}</label>`;

// What someone copies to a terminal or a program.
export const Snippet = ({ label, text }) => html`<div class="exact"><${Copy} label="Copy" text=${text} /><pre tabindex="0" role="region" aria-label=${label}>${text}</pre></div>`;

export const More = ({ act, children = "List more" }) => html`<p class="more"><button onClick=${act}>${children}</button></p>`;

export const Empty = ({ title, children }) => html`<div class="empty"><h2>${title}</h2><p>${children}</p></div>`;

export const failure = (error, again) => html`<div class="notice bad" role="alert">
  <strong>${error.status === 404 ? "There is nothing here." : "This could not be read."}</strong> ${error.message}
  ${again && html` <button onClick=${again}>Try again</button>`}</div>`;

export const loading = (what) => html`<p class="loading" role="status">${what} …</p>`;

// The answer to `question()`, read when `key` changes: { loading, error, data, busy, again }. It stays until it is read again,
// and so does the focus.
export function useAnswer(key, question) {
  const [state, setState] = useState({ key: null, loading: true });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    const set = (answer) => stop.signal.aborted || setState((before) => ({ key, data: before.key === key ? before.data : undefined, ...answer }));
    setState((before) => (before.key === key && before.data ? { ...before, busy: true } : { key, loading: true }));
    question(stop.signal).then((data) => set({ data }), (error) => set({ error }));
    return () => stop.abort();
  }, [key, turn]);
  const again = () => setTurn((before) => before + 1);
  return state.key === key ? { ...state, again } : { loading: true, again };
}

// A list that is answered in pages, the next one by `data.next()`. `ask` reads the page at a cursor.
export function usePages(key, name, ask) {
  const first = useAnswer(key, (signal) => ask(undefined, signal));
  const [later, setLater] = useState({});
  const { pages = [], error } = later.of === first.data ? later : {};
  if (!first.data) return first;
  const every = [first.data, ...pages], { cursor } = every.at(-1);
  const set = (known) => setLater({ of: first.data, pages, ...known });
  const next = () => ask(cursor).then((page) => set({ pages: [...pages, page] }), (refused) => set({ error: refused }));
  return { ...first, data: { rows: every.flatMap((page) => page[name]), cursor, next, error } };
}

// The end of such a list: what went wrong with the next page, and the button that reads it.
export const Rest = ({ list: { cursor, next, error } }) => html`${error && failure(error)}${cursor && html`<${More} act=${next} />`}`;

export const meter = (percent) => html`<svg class="meter" viewBox="0 0 60 8" aria-hidden="true"><rect width="60" height="8" rx="4" class="track" /><rect width=${Math.min(percent, 100) * 0.6} height="8" rx="4" class="active" /></svg> ${amount(percent)} %`;

// What awaits an answer: what is drawn meanwhile, if it fails, and of it.
export const answered = (answer, wait, draw) => (answer.loading ? loading(wait) : answer.error ? failure(answer.error, answer.again) : draw(answer.data, answer.again));

// `answer`: what the page shows, which a button reads again.
export function Page({ title, lead, actions, answer, children }) {
  return html`<header class="page"><div><h1 tabindex="-1" id="title">${title}</h1>${lead && html`<p class="lead">${lead}</p>`}</div>
    ${(actions || answer) && html`<div class="actions">${actions}${answer && html`<button onClick=${answer.again}>${answer.busy ? "Looking …" : "Look again"}</button>`}</div>`}</header>${children}`;
}

export const findingList = (findings) => findings.length === 0 ? null : html`<ul class="findings">
  ${findings.map((finding) => html`<li class=${finding.severity}>
    ${chip(finding.severity, finding.code)}
    <p>${finding.message}</p>
    <p class="dim"><code>${finding.pointer || "the whole item"}</code> · ${finding.source}</p></li>`)}</ul>`;

export function conflicts(many) {
  const number = Array.isArray(many) ? many.length : many;
  return number ? html`<p class="notice warn">${count(number, "event")} came under one id with two contents. One content counts, the same everywhere.</p>` : null;
}
