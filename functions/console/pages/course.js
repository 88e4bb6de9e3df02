// A class: the learners of a course, what each did in some days, how far they are, when they were last seen, who went quiet.
import { read, readText } from "../api.js";
import { amount, count, dayAgo, duration, shortId, zone } from "../words.js";
import { chip, Empty, html, labelled, link, meter, ref, Rest, Table, tiles, time, useDeed, usePages, useState } from "../parts.js";
import { Lookup } from "./find.js";

const PAGE = 500, DAYS = 28, QUIET_DAYS = 7;

const nameOf = (row) => row.name ?? shortId(row.actor);
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
  const [said, act] = useDeed();
  const deed = async () => {
    await download(question, id);
    return "The file is with your downloads.";
  };
  return html`<button onClick=${() => act("Reading all of them …", deed)}>Download as CSV</button>${said}`;
}

// The days that are looked at, and after how many without activity a learner is quiet. They are part of the address.
function Span({ id, from, to, quiet }) {
  const set = (name) => (event) => { if (event.target.value) location.hash = link("course", { id, from, to, quiet, [name]: event.target.value }); };
  return html`<div class="filters" role="group" aria-label="Days">
    ${labelled("First day", html`<input type="date" value=${from} max=${to} onChange=${set("from")} />`)}
    ${labelled("Last day", html`<input type="date" value=${to} min=${from} onChange=${set("to")} />`)}
    ${labelled("Quiet after days", html`<input type="number" min="1" max="400" value=${quiet} onChange=${set("quiet")} />`)}
    <span class="dim">Days of ${zone}.</span></div>`;
}

const progressOf = ({ pctCompleteApp, masteredUnits, totalLessons }) => html`${pctCompleteApp === null ? "–" : meter(pctCompleteApp)}
  ${masteredUnits !== null && html`<span class="sub">${amount(masteredUnits)}${totalLessons ? ` of ${amount(totalLessons)}` : ""} mastered</span>`}`;

const seenOf = ({ lastActivityTime, daysQuiet, quiet }) => (lastActivityTime === null ? chip("warning", "never seen")
  : html`${time(lastActivityTime)}<span class="sub">${quiet ? chip("warning", `quiet for ${count(daysQuiet, "day")}`) : daysQuiet ? `${count(daysQuiet, "day")} ago` : "less than a day ago"}</span>`);

function Learners({ list, question, id }) {
  const [onlyQuiet, setOnlyQuiet] = useState(false);
  const total = (of) => list.rows.reduce((sum, row) => sum + of(row), 0);
  const quiet = list.rows.filter((row) => row.quiet);
  const rows = [...(onlyQuiet ? quiet : list.rows)].sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
  return html`${tiles([
      ["Learners", amount(list.rows.length), undefined, list.cursor ? "more below" : undefined],
      ["Went quiet", amount(quiet.length), quiet.length ? "warn" : "ok"],
      ["Active time", duration(total((row) => row.seconds.active))],
      ["XP", amount(total((row) => row.xpEarned))],
    ])}
    <div class="filters" role="group" aria-label="List">
      <label class="not"><input type="checkbox" checked=${onlyQuiet} onChange=${(event) => setOnlyQuiet(event.target.checked)} /> only who went quiet</label>
      <${Download} question=${question} id=${id} />
      <span class="sr" role="status">${count(rows.length, "learner")} listed</span></div>
    ${rows.length === 0 ? html`<${Empty} title="Nobody went quiet">Every learner who is listed was active in the last days.<//>`
      : html`<section class="card"><${Table} label="Learners of the course" columns=${["Learner", "Active", "XP", "Questions right", "Progress", "Last seen"]} keys=${rows.map((row) => row.actor)} rows=${rows.map((row) => [
        html`${ref("learner", row.actor, nameOf(row))}<span class="sub">${row.name && shortId(row.actor)}${row.enrolled ? "" : `${row.name ? ", " : ""}not on the roster`}</span>`,
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
