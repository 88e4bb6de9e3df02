// The console: who is signed in, which app is chosen, and which page is open.
import { read, setOwnApp, whenSignInEnds } from "./api.js";
import { arrive, chooseApp, chosenApp, forget, pageBefore, token } from "./session.js";
import { zone } from "./words.js";
import { failure, html, loading, Page, render, useEffect, useRef, useState } from "./parts.js";
import { CoursePage } from "./pages/course.js";
import { EventPage } from "./pages/event.js";
import { LearnerPage } from "./pages/learner.js";
import { Live } from "./pages/live.js";
import { Operations } from "./pages/operations.js";
import { Person } from "./pages/person.js";
import { Quality } from "./pages/quality.js";
import { RunPage } from "./pages/run.js";
import { SessionPage } from "./pages/session.js";
import { SignIn } from "./pages/signin.js";
import { Start } from "./pages/start.js";
import { Webhooks } from "./pages/webhooks.js";

// Each with its name in the address, its title and what draws it; if it is not for everyone: for whom, by which argument of
// `make person`, and who is one of them.
const PAGES = [
  ["live", "Live", Live], ["learner", "Learner", LearnerPage], ["course", "Course", CoursePage], ["session", "Session", SessionPage],
  ["run", "Run", RunPage], ["event", "Event by id", EventPage], ["quality", "Quality", Quality], ["webhooks", "Webhooks", Webhooks],
  ["person", "A person's data", Person, ["operators", "OPERATOR", (account) => account.changes.includes("people")]], ["start", "Start here", Start], ["operations", "Operations", Operations, ["admins", "ADMIN", (account) => account.admin]],
];

function route() {
  const [, name = "live", query = ""] = /^#\/([a-z]*)\??(.*)$/.exec(location.hash) ?? [];
  const found = PAGES.find(([page]) => page === name) ?? PAGES[0];
  const parameters = [...new URLSearchParams(query)].filter(([key]) => /^(id|day|from|to|quiet)$/.test(key));
  return { name: found[0], title: found[1], Body: found[2], only: found[3], ...Object.fromEntries(parameters) };
}

function useRoute() {
  const [current, setCurrent] = useState(route);
  useEffect(() => {
    const follow = () => setCurrent(route());
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return current;
}

function Chooser({ account, app, choose }) {
  if (account.apps.length < 2) return html`<p class="app"><span class="dim">App</span>${app.name || app.id}</p>`;
  return html`<p class="app"><label for="app">App</label><select id="app" value=${app.id} onChange=${(event) => choose(event.target.value)}>
    ${account.apps.map((one) => html`<option value=${one.id}>${one.name || one.id}</option>`)}</select></p>`;
}

function Shell({ account, signOut }) {
  const current = useRoute();
  const own = account.apps[0];
  const [app, setApp] = useState(account.apps.find((one) => one.id === chosenApp()) ?? own);
  const first = useRef(true);
  useEffect(() => {
    document.title = `${current.title} · Caliper console`;
    if (first.current) { first.current = false; return; }
    document.getElementById("title")?.focus();
  }, [current.name, current.id]);
  const choose = (id) => {
    chooseApp(id);
    setApp(account.apps.find((one) => one.id === id));
  };
  const allowed = (only) => !only || only[2](account);
  return html`<div class="shell">
    <a class="skip" href="#main" onClick=${(event) => { event.preventDefault(); document.getElementById("main").focus(); }}>Skip to the page</a>
    <header class="side"><p class="brand"><img src=${new URL("icon.svg", import.meta.url).href} alt="" width="27" height="27" />Caliper</p>
      <${Chooser} account=${account} app=${app} choose=${choose} />
      <nav aria-label="Pages"><ul>${PAGES.filter((page) => allowed(page[3])).map(([name, title]) => html`<li><a href=${`#/${name}`} aria-current=${name === current.name ? "page" : undefined}>${title}</a></li>`)}</ul></nav>
      <p class="foot"><span class="dim">Times in ${zone === "UTC" ? "UTC" : `${zone}; UTC on hover`}</span><button class="quiet" onClick=${signOut}>Sign out</button></p></header>
    <main id="main" tabindex="-1">${allowed(current.only)
      ? html`<${current.Body} key=${`${app.id} ${current.name} ${current.id ?? ""}`} account=${account} app=${app} ...${current} />`
      : html`<${Page} title=${current.title}><p class="notice warn">This page is for ${current.only[0]}. Who runs the service gives that with <code>make person EMAIL=… APP=… ${current.only[1]}=1</code>.</p><//>`}</main></div>`;
}

function Console() {
  const [state, setState] = useState({ at: "arriving" });
  const enter = async () => {
    if (!token()) { setState((before) => ({ at: "outside", reason: before.reason })); return; }
    setState({ at: "entering" });
    try {
      const account = await read("/account", {}, { anyApp: true });
      setOwnApp(account.apps[0].id);
      setState({ at: "inside", account });
    } catch (error) {
      if (error.status === 401) setState({ at: "outside", reason: error.message });
      else setState({ at: "failed", error });
    }
  };
  const signedIn = () => {
    const back = pageBefore();
    if (!location.hash.startsWith("#/")) history.replaceState(null, "", location.pathname + back);
    enter();
  };
  useEffect(() => {
    whenSignInEnds(() => {
      forget();
      setState({ at: "outside", reason: "Your sign-in has ended. Sign in again: you come back to this page." });
    });
    arrive().then(signedIn, (error) => setState({ at: "outside", reason: error.message }));
  }, []);
  const signOut = () => {
    forget({ back: false });
    setState({ at: "outside", reason: "You are signed out." });
  };
  if (state.at === "inside") return html`<${Shell} account=${state.account} signOut=${signOut} />`;
  if (state.at === "outside") return html`<${SignIn} reason=${state.reason} signedIn=${signedIn} />`;
  if (state.at === "failed") return html`<main class="welcome" id="main"><div class="card"><h1>Caliper console</h1>${failure(state.error, enter)}<p><button class="quiet" onClick=${signOut}>Sign out</button></p></div></main>`;
  return html`<main class="welcome" id="main">${loading("Opening the console")}</main>`;
}

const root = document.getElementById("console");
root.replaceChildren();
render(html`<${Console} />`, root);
