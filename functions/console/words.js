// Times, durations and names as people read them.

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const hour = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const dayName = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });

export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export const utc = (text) => `${text.replace("T", " ").replace(/(\.\d+)?Z$/, "")} UTC`;

export const fullTime = (text) => `${date.format(new Date(text))}, ${clock.format(new Date(text))}`;
export const clockTime = (text) => (new Date().toDateString() === new Date(text).toDateString() ? clock.format(new Date(text)) : fullTime(text));
export const hourMinute = (us) => hour.format(new Date(us));

// A UTC day: the numbers are counted by UTC days.
export const dayText = (day) => dayName.format(new Date(`${day}T00:00:00Z`));

export function duration(seconds) {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return "–";
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 600 && Math.round(seconds) % 60) return `${Math.floor(Math.round(seconds) / 60)} min ${Math.round(seconds) % 60} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes >= 2880) return `${Math.round(minutes / 1440)} days`;
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export const amount = (value) => (value === null || value === undefined ? "–" : Number(value).toLocaleString(undefined, { maximumFractionDigits: 1 }));

export const questions = (of) => (of?.totalQuestions ? `${amount(of.correctQuestions)} of ${amount(of.totalQuestions)}` : "–");

// The UTC day so many days ago.
export const dayAgo = (days) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);

export const count = (many, noun) => `${amount(many)} ${noun}${many === 1 ? "" : "s"}`;

export const idOf = (node) => (typeof node === "string" ? node : node?.id ?? node?.["@id"] ?? null);

// An entity by its name, or by the end of its id.
export function entityName(value) {
  if (value === null || value === undefined) return "–";
  if (typeof value === "object" && typeof value.name === "string" && value.name) return value.name;
  const id = idOf(value);
  return typeof id === "string" ? shortId(id) : "–";
}

export function shortId(id) {
  const uuid = /([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.exec(id);
  if (uuid) return `${uuid[1]}…`;
  const end = /^urn:[^/]+$/.test(id) ? id.split(":").slice(-2).join(":") : id.replace(/\/+$/, "").split(/[/#]/).pop();
  return end.length > 36 ? `${end.slice(0, 34)}…` : end;
}

export const termOf = (value) => (typeof value === "string" ? value.replace(/^.*[#/]/, "") : "–");

export const END_REASONS = {
  LoggedOut: "logged out",
  TimedOut: "timed out",
  superseded: "another session began",
};
