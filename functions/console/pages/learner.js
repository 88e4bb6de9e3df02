// What one learner did: a strip of days, the chosen day as a timeline, minutes and XP by day, runs, courses, insights.
import { read, Refused } from "../api.js";
import { amount, clockTime, count, dayText, duration, questions, shortId, termOf } from "../words.js";
import { answered, chip, html, link, meter, named, ref, Table, time, useAnswer } from "../parts.js";
import { EventTable } from "../events.js";
import { numbers } from "../numbers.js";
import { CATEGORIES, DayBars, DayTable, Timeline } from "../plots.js";
import { bandOf, endOf, Insights, reasonOf, sittingsOf, spanSeconds } from "./session.js";
import { Ids } from "./ids.js";
import { Lookup, WHOLE_ID } from "./find.js";

const DAYS = 21, DAY_MS = 86_400_000;

async function byIdOrEmail(text) {
  if (!text.includes("@") || text.includes("://") || text.startsWith("urn:")) return text;
  const { learners } = await read("/learners", { email: text });
  if (learners.length === 0) throw new Refused(404, "unknown", "No learner of this app has this address in events that were sent. Try the id.");
  return learners[0].actor;
}

async function everything(id, signal) {
  const about = { actor: id };
  const [progress, sessions, runs, insights, aliases] = await Promise.all([
    read("/progress", about, { signal }),
    read("/sessions", { ...about, order: "desc", limit: 100 }, { signal }),
    read("/runs", { ...about, order: "desc", limit: 50 }, { signal }),
    read("/insights", { ...about, order: "desc", limit: 50 }, { signal }),
    read("/aliases", about, { signal }),
  ]);
  const days = [...progress.days].sort((a, b) => (a.day < b.day ? -1 : 1));
  return { days, courses: progress.progress, sessions: sessions.sessions, runs: runs.runs, insights: insights.insights, people: aliases.people };
}

const dayBefore = (day, days) => new Date(Date.parse(`${day}T00:00:00Z`) - days * DAY_MS).toISOString().slice(0, 10);

// The days up to `last`, those without an event too; the first one that is known begins them.
function calendar(known, last) {
  const byDay = new Map(known.map((day) => [day.day, day]));
  const first = known.length && known[0].day > dayBefore(last, DAYS - 1) && known[0].day <= last ? known[0].day : dayBefore(last, DAYS - 1);
  const days = [];
  for (let day = first; day <= last; day = dayBefore(day, -1)) days.push(byDay.get(day) ?? { day, events: 0 });
  return days;
}

function Strip({ days, chosen, choose }) {
  const top = Math.max(1, ...days.map((day) => CATEGORIES[0].of(day)));
  return html`<nav class="strip" aria-label="Days (UTC)">${days.map((day) => {
    const active = CATEGORIES[0].of(day);
    return html`<button class=${day.events ? undefined : "absent"} aria-pressed=${day.day === chosen} onClick=${() => choose(day.day)}>
      <span class="weekday">${dayText(day.day)}</span>
      <svg viewBox="0 0 40 6" preserveAspectRatio="none" aria-hidden="true"><rect width="40" height="6" rx="3" class="track" /><rect width=${Math.max((active / top) * 40, active > 0 ? 2 : 0)} height="6" rx="3" class="active" /></svg>
      <strong>${day.events ? duration(active) : "no activity"}</strong>${day.events > 0 && html`<span class="dim">${amount(day.xpEarned)} XP</span>`}</button>`;
  })}</nav>`;
}

function Day({ id, day, sessions, several }) {
  const start = Date.parse(`${day.day}T00:00:00Z`), end = start + DAY_MS;
  const next = new Date(end).toISOString();
  const answer = useAnswer(`${id} ${day.day} ${day.events}`, (signal) => read("/events", { actor: id, from: day.day, to: next.slice(0, 10), limit: 500 }, { signal }));
  const events = answer.data?.events ?? [];
  const within = (one) => Date.parse(one.startedAtTime) < end && Date.parse(endOf(one)) >= start;
  const inDay = sessions.filter(within);
  const times = [
    ...inDay.flatMap((one) => [Math.max(Date.parse(one.startedAtTime), start), Math.min(Date.parse(endOf(one)), end)]),
    ...events.map((row) => Date.parse(row.event.eventTime)),
  ];
  const from = times.length ? Math.min(...times) : start, to = times.length ? Math.max(...times) : end;
  const room = Math.max((to - from) * 0.03, 300_000);
  const lanes = [
    { name: "Sessions", items: inDay.map((one) => bandOf(one, "session")) },
    { name: "Sittings", items: inDay.flatMap(sittingsOf).filter(within).map((one) => bandOf(one, "active")) },
    { name: "Events", items: events.map((row) => ({ start: Date.parse(row.event.eventTime), text: `${clockTime(row.event.eventTime)} ${termOf(row.event.type)} ${termOf(row.event.action)}` })) },
  ];
  return html`<section class="card" aria-label="The chosen day"><h2>${dayText(day.day)}</h2>
    ${numbers(day, [], [["Sessions", amount(inDay.length)]])}
    <${Timeline} label="The day, in your time zone" from=${from - room} to=${to + room} lanes=${lanes} />
    <${Table} caption="Sessions of the day" columns=${["Began", "Lasted", ["State"], "Active", "XP", "Session"]}
      rows=${inDay.map((one) => [time(one.startedAtTime), duration(spanSeconds(one)), chip(one.state, one.state === "open" ? "open: no end yet" : reasonOf(one)), duration(one.numbers?.seconds?.active ?? 0), amount(one.numbers?.xpEarned), html`${ref("session", one.id, shortId(one.id))}${several && named(one.actor)}`])}>
      ${inDay.length === 0 && html`<tr><td colspan="6" class="words">${day.events ? "None of the events of this day belongs to a session." : "No event happened on this day."}</td></tr>`}<//>
    ${answered(answer, "Reading the events of the day", ({ cursor }) => html`<details><summary>${count(events.length, "event")} of the day${cursor ? ", and more" : ""}</summary><${EventTable} rows=${events} caption="Events of the day" several=${several} /></details>`)}
  </section>`;
}

function Courses({ courses }) {
  if (!courses.length) return null;
  return html`<section class="card"><h2>Progress by course</h2><${Table} label="Courses" columns=${["Course", "Complete", "Mastered units", "Activities", "Last activity", ["Rests on"]]} rows=${courses.map((one) => [
    ref("course", one.course),
    html`${one.pctCompleteApp === null ? "–" : meter(one.pctCompleteApp)}<span class="sub">${one.stated ? "as the app says" : "computed"}</span>`,
    `${amount(one.masteredUnits)}${one.totalLessons ? ` of ${amount(one.totalLessons)}` : ""}`, amount(one.activities), time(one.lastActivityTime),
    one.evidence?.slice(0, 5).map((event, at) => html`${at > 0 && ", "}${ref("event", event, `event ${at + 1}`)}`),
  ])} /></section>`;
}

function Runs({ runs }) {
  if (!runs.length) return null;
  return html`<section class="card"><h2>Runs</h2><${Table} label="Activity runs, newest first" columns=${["Began", "Active", "XP", "Questions", "Run"]}
    rows=${runs.map((run) => [time(run.firstActivityTime), duration(run.seconds?.active ?? 0), amount(run.xpEarned), questions(run), ref("run", run.id, shortId(run.id))])} /></section>`;
}

function Found({ id, data, day, account, again }) {
  const newest = data.days.at(-1)?.day;
  const wanted = /^\d{4}-\d{2}-\d{2}$/.test(day ?? "") ? day : newest;
  const shownUntil = wanted && (wanted > newest || wanted <= dayBefore(newest, DAYS)) ? wanted : newest;
  const days = shownUntil ? calendar(data.days, shownUntil) : [];
  const chosen = days.find((one) => one.day === wanted) ?? days.at(-1);
  const earlier = days.length ? data.days.filter((one) => one.day < days[0].day).length : 0;
  const pick = (next) => { if (next) location.hash = link("learner", { id, day: next }); };
  return html`<div class="pick"><p class="dim">Numbers are counted by UTC days; clock times are in your zone.${earlier ? ` ${count(earlier, "earlier day")} with activity: choose a date.` : ""}</p>
      ${chosen && html`<label>Day <input type="date" value=${chosen.day} onChange=${(event) => pick(event.target.value)} /></label>`}</div>
    <${Strip} days=${days} chosen=${chosen?.day} choose=${pick} />
    ${chosen && html`<${Day} id=${id} day=${chosen} sessions=${data.sessions} several=${data.people.length > 0} />`}
    <section class="pair card"><div><${DayBars} label="Time by category" days=${days} series=${CATEGORIES} text=${duration} chosen=${chosen?.day} choose=${pick} />
      <${DayBars} label="XP by day" days=${days} series=${[{ name: "XP", tone: "xp", of: (day) => day.xpEarned }]} chosen=${chosen?.day} choose=${pick} /></div>
      <${DayTable} days=${days} caption="Time, XP and questions by day" /></section>
    <${Courses} courses=${data.courses} /><${Runs} runs=${data.runs} /><${Insights} found=${data.insights} />
    <${Ids} id=${id} people=${data.people} account=${account} changed=${again} />`;
}

export function LearnerPage({ id, day, account }) {
  return html`<${Lookup} page="learner" title="Learner" lead="A learner's days: when, for how long, with what success." id=${id} look=${byIdOrEmail}
    label="Learner, by id or e-mail address" hint=${WHOLE_ID}
    ask=${(signal) => everything(id, signal)} wait="Reading what this learner did"
    nothing=${["No event of this learner", "This app sent none under this id, or they are older than what is kept. An id is looked up as a whole, such as https://school.example.org/learners/1. Check it, or try the e-mail address."]}>
    ${(data, again) => (data.days.length || data.sessions.length ? html`<${Found} key=${id} id=${id} data=${data} day=${day} account=${account} again=${again} />` : null)}<//>`;
}
