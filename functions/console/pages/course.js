// A class: the learners of a course, what each did in some days, how far they are, when they were last seen, who went quiet.
import { html, useState } from "../view.js";
import { read, readText } from "../api.js";
import { amount, count, dayAgo, duration, shortId, zone } from "../words.js";
import { Chip, Empty, Id, link, Meter, Rest, Table, Tile, Tiles, Time, usePages } from "../parts.js";
import { Lookup } from "./find.js";

const PAGE = 500, DAYS = 28, QUIET_DAYS = 7;

const nameOf = (row) => row.name ?? shortId(row.actor);
const ORDERS = {
  name: ["Name", (a, b) => nameOf(a).localeCompare(nameOf(b))],
  minutes: ["Time, least first", (a, b) => a.minutes - b.minutes],
  seen: ["Last seen, longest ago first", (a, b) => (a.lastActivityTime ?? "").localeCompare(b.lastActivityTime ?? "")],
};

const dayAfter = (day) => new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);

// All pages as one CSV file: each page begins with the line of names, which the file has once.
async function download(question, id) {
  let text = "", cursor;
  do {
    const page = await readText("/courses", { ...question, cursor }, { headers: { Accept: "text/csv" } });
    text += text ? page.text.slice(page.text.indexOf("\r\n") + 2) : page.text;
    cursor = page.next;
  } while (cursor);
  const file = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  const anchor = Object.assign(document.createElement("a"), { href: file, download: `course-${id.replace(/\W+/g, "-")}.csv` });
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(file), 60_000);
}

function Download({ question, id }) {
  const [said, setSaid] = useState("");
  const act = async () => {
    setSaid("Reading all of them …");
    try {
      await download(question, id);
      setSaid("The file is with your downloads.");
    } catch (error) {
      setSaid(error.message);
    }
  };
  return html`<button type="button" onClick=${act}>Download as CSV</button><span role="status" class="dim">${said}</span>`;
}

// The days that are looked at, and after how many without activity a learner is quiet. They are part of the address.
function Span({ id, from, to, quiet }) {
  const set = (name) => (event) => { if (event.target.value) location.hash = link("course", { id, from, to, quiet, [name]: event.target.value }); };
  return html`<form class="filters" aria-label="Days" onSubmit=${(event) => event.preventDefault()}>
    <label class="filter"><span class="dim">First day</span><input type="date" value=${from} max=${to} onChange=${set("from")} /></label>
    <label class="filter"><span class="dim">Last day</span><input type="date" value=${to} min=${from} onChange=${set("to")} /></label>
    <label class="filter"><span class="dim">Quiet after days</span><input type="number" min="1" max="400" value=${quiet} onChange=${set("quiet")} /></label>
    <span class="dim">Days of ${zone}.</span></form>`;
}

const progressOf = ({ pctCompleteApp, masteredUnits, totalLessons }) => html`${pctCompleteApp === null ? "–" : html`<${Meter} percent=${pctCompleteApp} />`}
  ${masteredUnits !== null && html`<span class="sub">${amount(masteredUnits)}${totalLessons ? ` of ${amount(totalLessons)}` : ""} mastered</span>`}`;

const seenOf = ({ lastActivityTime, daysQuiet, quiet }) => (lastActivityTime === null ? html`<${Chip} kind="warning" text="never seen" />`
  : html`<${Time} at=${lastActivityTime} /><span class="sub">${quiet ? html`<${Chip} kind="warning" text=${`quiet for ${count(daysQuiet, "day")}`} />` : daysQuiet ? `${count(daysQuiet, "day")} ago` : "less than a day ago"}</span>`);

function Learners({ list, question, id }) {
  const [order, setOrder] = useState("name");
  const [onlyQuiet, setOnlyQuiet] = useState(false);
  const total = (of) => list.rows.reduce((sum, row) => sum + of(row), 0);
  const quiet = list.rows.filter((row) => row.quiet);
  const rows = [...(onlyQuiet ? quiet : list.rows)].sort(ORDERS[order][1]);
  return html`<${Tiles}>
      <${Tile} label="Learners" value=${amount(list.rows.length)} note=${list.cursor ? "more below" : undefined} />
      <${Tile} label="Went quiet" value=${amount(quiet.length)} tone=${quiet.length ? "warn" : "ok"} />
      <${Tile} label="Active time" value=${duration(total((row) => row.seconds.active))} />
      <${Tile} label="XP" value=${amount(total((row) => row.xpEarned))} />
    <//>
    <form class="filters" aria-label="List" onSubmit=${(event) => event.preventDefault()}>
      <label class="filter"><span class="dim">Order</span><select value=${order} onChange=${(event) => setOrder(event.target.value)}>${Object.entries(ORDERS).map(([name, [title]]) => html`<option value=${name}>${title}</option>`)}</select></label>
      <label class="not"><input type="checkbox" checked=${onlyQuiet} onChange=${(event) => setOnlyQuiet(event.target.checked)} /> only who went quiet</label>
      <${Download} question=${question} id=${id} />
      <span class="sr" role="status">${count(rows.length, "learner")} listed</span></form>
    ${rows.length === 0 ? html`<${Empty} title="Nobody went quiet">Every learner who is listed was active in the last days.<//>`
      : html`<section class="card"><${Table} label="Learners of the course" columns=${["Learner", "Active", "XP", "Questions right", "Progress", "Last seen"]} keys=${rows.map((row) => row.actor)} rows=${rows.map((row) => [
        html`<${Id} page="learner" id=${row.actor} text=${nameOf(row)} /><span class="sub">${row.name && shortId(row.actor)}${row.enrolled ? "" : `${row.name ? ", " : ""}not on the roster`}</span>`,
        duration(row.seconds.active), amount(row.xpEarned), row.accuracy === null ? "–" : `${amount(100 * row.accuracy)} %`, progressOf(row.progress), seenOf(row),
      ])} /></section>`}
    <${Rest} list=${list} />`;
}

export function CoursePage({ id, from = dayAgo(DAYS - 1), to = dayAgo(0), quiet = QUIET_DAYS }) {
  const question = { id, from, to: dayAfter(to), timezone: zone, quietDays: quiet, limit: PAGE };
  const answer = usePages(JSON.stringify(question), "learners", async (cursor, signal) => (id ? read("/courses", { ...question, cursor }, { signal }) : { learners: [] }));
  return html`<${Lookup} page="course" title="Course" lead="A class: what each learner did, how far they are, and who went quiet." id=${id} more=${{ from, to, quiet }} label="Course id"
    hint="As events name it in extensions.courseId, or the roster. A learner's page links to the learner's courses." answer=${answer} wait="Reading the learners"
    below=${html`<${Span} id=${id} from=${from} to=${to} quiet=${quiet} />`}
    nothing=${["This course has no learner", "No event of this app names it, and no roster enrols a learner in it. Check the id. What a learner does now counts when the sitting has ended."]}>
    ${(list) => (list.rows.length ? html`<${Learners} list=${list} question=${question} id=${id} />` : null)}<//>`;
}
