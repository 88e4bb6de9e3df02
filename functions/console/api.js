// Every question to the API: with the token, for the app that is chosen. Ids travel in the query, which no log keeps.
import { base, chosenApp, token } from "./session.js";

export class Refused extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

let ended = () => {};
export const whenSignInEnds = (act) => { ended = act; };

// Whether the chosen app is the credential's own, which is asked for by saying nothing.
let own = null;
export const setOwnApp = (id) => { own = id; };

async function asked(path, init, signal) {
  let answer;
  try {
    answer = await fetch(base + path, { credentials: "omit", cache: "no-store", signal, ...init });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0, "offline", "The service does not answer. Check the connection; this page tries again.");
  }
  const text = await answer.text();
  let body = {};
  try { body = JSON.parse(text); } catch { /* the gateway's own answers may hold no JSON */ }
  const next = /[?&]cursor=([^&>]+)/.exec(answer.headers.get("Link") ?? "")?.[1];
  if (answer.ok) return { body, text, next: next && decodeURIComponent(next) };
  if (answer.status === 401 && body.code !== "insufficient_scope") ended(body.message);
  throw new Refused(answer.status, body.code, body.message ?? `The service answered ${answer.status}.`);
}

const withToken = (headers = {}) => ({ Authorization: `Bearer ${token()}`, ...headers });

function addressed(path, parameters = {}, anyApp = false) {
  const query = new URLSearchParams();
  const app = chosenApp();
  if (!anyApp && app && app !== own) query.set("app", app);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== null && value !== "") query.set(name, value);
  }
  return `${path}?${query}`.replace(/\?$/, "");
}

export const readText = (path, parameters, { signal, anyApp, headers } = {}) =>
  asked(addressed(path, parameters, anyApp), { headers: withToken(headers) }, signal);

export const read = async (...question) => (await readText(...question)).body;

// A change, for the app that is chosen. Nothing is kept of it here: the answer says what came of it.
export async function send(path, body, method = "POST", parameters = {}) {
  const headers = withToken({ "Content-Type": "application/json" });
  return (await asked(addressed(path, parameters), { method, headers, body: JSON.stringify(body) })).body;
}

// An item in an envelope of its own, as it may be sent again.
export const envelopeOf = (item) => JSON.stringify({
  sensor: "urn:console",
  sendTime: new Date().toISOString(),
  dataVersion: item.dataVersion || "http://purl.imsglobal.org/ctx/caliper/v1p2",
  data: [item.item],
});

export async function validate(item) {
  const headers = withToken({ "Content-Type": "application/json" });
  return (await asked("/caliper/event/validate", { method: "POST", headers, body: envelopeOf(item) })).body;
}
