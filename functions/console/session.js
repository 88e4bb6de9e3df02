// Who is signed in. The token stays in this tab: in its sessionStorage, which ends with it.

const KEPT = "caliper.token", APP = "caliper.app", BACK = "caliper.back", FLOW = "caliper.sign-in", FILTERS = "caliper.filters";
const root = document.documentElement.dataset;

// Everything before `/console`: the API answers below the same address.
export const base = location.origin + location.pathname.replace(/\/console\/*$/, "");
export const hasLogin = Boolean(root.client && root.login);

export const token = () => sessionStorage.getItem(KEPT);
export const chosenApp = () => sessionStorage.getItem(APP);
export const chooseApp = (id) => sessionStorage.setItem(APP, id);

// What Live lists is chosen once, and stays while one looks at other pages.
export const keptFilters = () => JSON.parse(sessionStorage.getItem(FILTERS) ?? "null");
export const keepFilters = (filters) => sessionStorage.setItem(FILTERS, JSON.stringify(filters));

export function keep(credential) {
  sessionStorage.setItem(KEPT, credential);
}

// Remember the page, so that signing in again leads back to it.
export function forget({ back = true } = {}) {
  sessionStorage.removeItem(KEPT);
  if (back && location.hash.startsWith("#/")) sessionStorage.setItem(BACK, location.hash);
  if (!back) for (const name of [APP, FILTERS]) sessionStorage.removeItem(name);
}

export function pageBefore() {
  const hash = sessionStorage.getItem(BACK);
  sessionStorage.removeItem(BACK);
  return hash ?? "#/live";
}

const encoded = (bytes) => btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const random = () => encoded(crypto.getRandomValues(new Uint8Array(32)));
const callback = () => location.origin + location.pathname.replace(/\/+$/, "");

// Authorization code with PKCE (RFC 7636). The verifier and the state never leave this tab.
export async function toLogin() {
  const flow = { verifier: random(), state: random() };
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(flow.verifier));
  sessionStorage.setItem(FLOW, JSON.stringify(flow));
  location.assign(`${root.login}?${new URLSearchParams({
    response_type: "code",
    client_id: root.client,
    redirect_uri: callback(),
    scope: "openid",
    state: flow.state,
    code_challenge: encoded(new Uint8Array(digest)),
    code_challenge_method: "S256",
  })}`);
}

async function exchanged(path, init) {
  let answer;
  try {
    answer = await fetch(base + path, { method: "POST", credentials: "omit", ...init });
  } catch {
    throw new Error("The service does not answer: check the connection, then try again.");
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok || !body.access_token) {
    if (body.error === "invalid_client") throw new Error("This client id with this secret is not accepted: check both. A key goes into the field for keys.");
    throw new Error(body.message ?? body.error_description ?? `Signing in failed (${body.error ?? answer.status}): try again.`);
  }
  keep(body.access_token);
}

const form = (fields, headers = {}) => ({
  body: new URLSearchParams(fields).toString(),
  headers: { "Content-Type": "application/x-www-form-urlencoded", ...headers },
});

// Where the browser comes from: the login page (a code), a link of `make local` (a code in the fragment), or neither.
export async function arrive() {
  const query = new URLSearchParams(location.search);
  const link = /^#link=([\w-]+)$/.exec(location.hash)?.[1];
  const flow = JSON.parse(sessionStorage.getItem(FLOW) ?? "null");
  if (link) {
    history.replaceState(null, "", `${location.pathname}#/live`);
    await exchanged("/console/sign-in", { body: JSON.stringify({ code: link }), headers: { "Content-Type": "application/json" } });
    return;
  }
  if (!query.has("code") && !query.has("error")) return;
  sessionStorage.removeItem(FLOW);
  history.replaceState(null, "", location.pathname + pageBefore());
  if (query.has("error")) throw new Error(query.get("error_description") ?? "The login page refused: try again.");
  if (!flow || query.get("state") !== flow.state) throw new Error("This sign-in was not begun in this tab: sign in again.");
  await exchanged("/oauth2/token", form({
    grant_type: "authorization_code",
    client_id: root.client,
    redirect_uri: callback(),
    code: query.get("code"),
    code_verifier: flow.verifier,
  }));
}

export async function withClient(id, secret) {
  const basic = btoa(`${id}:${secret}`);
  await exchanged("/oauth2/token", form({ grant_type: "client_credentials" }, { Authorization: `Basic ${basic}` }));
}
