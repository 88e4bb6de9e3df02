// Plots as inline SVG, each with a table of the same numbers beside it. Colours have patterns or words beside them.
import { amount, dayText, duration, hourMinute, questions } from "./words.js";
import { html, Table } from "./parts.js";

const WIDE = 640, HIGH = 150, BELOW = 22;

// Bars by day: `series` are { name, tone, of }, stacked from the ground up.
export function DayBars({ days, series, label, text = amount, chosen, choose }) {
  const total = (day) => series.reduce((sum, one) => sum + (one.of(day) || 0), 0);
  const top = Math.max(2, 2 * Math.ceil(Math.max(...days.map(total)) / 2)); // even, so that its half is whole
  const tall = HIGH - 18, marks = [HIGH - tall / 2, HIGH - tall]; // of the half and of the whole
  const step = WIDE / Math.max(days.length, 7);
  const every = Math.ceil(days.length / 8);
  return html`<figure class="plot">
    <figcaption>${label}<span class="legend">${series.map((one) => html`<span><svg viewBox="0 0 10 10" aria-hidden="true"><rect width="10" height="10" rx="2" class=${one.tone} /></svg>${one.name}</span>`)}</span></figcaption>
    <svg viewBox="0 0 ${WIDE} ${HIGH + BELOW}" role="img" aria-label="${label}; the table beside it has the numbers">
      <line x1="0" x2=${WIDE} y1=${HIGH} y2=${HIGH} class="ground" />
      ${marks.map((y) => html`<line x1="0" x2=${WIDE} y1=${y} y2=${y} class="grid" />`)}
      ${days.map((day, at) => {
        let y = HIGH;
        return html`<g class=${chosen === day.day ? "chosen" : ""} onClick=${choose ? () => choose(day.day) : undefined}>
          <title>${dayText(day.day)}: ${series.map((one) => `${one.name} ${text(one.of(day) || 0)}`).join(", ")}</title>
          ${series.map((one) => {
            const high = ((one.of(day) || 0) / top) * tall;
            y -= high;
            return high > 0 && html`<rect x=${at * step + step * 0.18} y=${y} width=${Math.min(step * 0.64, 44)} height=${high} rx="2" class=${one.tone} />`;
          })}
          ${at % every === 0 && html`<text x=${at * step + step * 0.18} y=${HIGH + 15} class="tick">${dayText(day.day).replace(/^\S+ /, "")}</text>`}
        </g>`;
      })}
      ${marks.map((y, at) => html`<text x="0" y=${y - 4} class="tick halo">${text((top * (at + 1)) / 2)}</text>`)}
    </svg></figure>`;
}

// One day (or span) as lanes: sessions, and their sittings, as bands; events as ticks. Times in milliseconds.
export function Timeline({ from, to, lanes, label }) {
  const wide = 1000, lane = 30;
  const x = (time) => ((Math.min(Math.max(time, from), to) - from) / (to - from || 1)) * wide;
  const marks = [0, 0.25, 0.5, 0.75, 1];
  return html`<figure class="plot timeline">
    <figcaption>${label}</figcaption>
    <div class="lanes">
      ${lanes.map((one) => html`<div class="lane"><span class="laneName">${one.name}</span>
        <svg viewBox="0 0 ${wide} ${lane}" preserveAspectRatio="none" role="img" aria-label="${one.name}: ${one.items.length}. The table has each of them.">
          ${marks.map((part) => html`<line x1=${part * wide} x2=${part * wide} y1="0" y2=${lane} class="grid" vector-effect="non-scaling-stroke" />`)}
          ${one.items.map((item) => item.end === undefined
            ? html`<line x1=${x(item.start)} x2=${x(item.start)} y1="5" y2=${lane - 5} class="tickmark ${item.tone ?? ""}" vector-effect="non-scaling-stroke"><title>${item.text}</title></line>`
            : html`<rect x=${x(item.start)} y="4" width=${Math.max(x(item.end) - x(item.start), 3)} height=${lane - 8} class="band ${item.tone ?? ""}"><title>${item.text}</title></rect>`)}
        </svg></div>`)}
      <div class="lane axis" aria-hidden="true"><span class="laneName"></span><div>${marks.map((part) => html`<span>${hourMinute(from + part * (to - from))}</span>`)}</div></div>
    </div></figure>`;
}

export const CATEGORIES = [
  { name: "active", tone: "active", of: (day) => (day.seconds?.active ?? 0) },
  { name: "inactive", tone: "inactive", of: (day) => (day.seconds?.inactive ?? 0) },
  { name: "waste", tone: "waste", of: (day) => (day.seconds?.waste ?? 0) + (day.seconds?.["anti-pattern"] ?? 0) },
  { name: "unknown", tone: "unknown", of: (day) => (day.seconds?.unknown ?? 0) },
];

export const DayTable = ({ days, caption }) => html`<${Table} caption=${caption} columns=${["Day (UTC)", "Active", "Inactive", "Waste", "XP", "Questions"]}
  rows=${[...days].reverse().map((day) => [dayText(day.day), ...CATEGORIES.slice(0, 3).map(({ of }) => duration(of(day))), amount(day.xpEarned), questions(day)])} />`;
