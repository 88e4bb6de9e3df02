// The ids that are one person, as lists of that person say which one an event named; and for who may, a change of that.
import { send } from "../api.js";
import { Field, html, link, useDeed, useRef } from "../parts.js";

export function Ids({ id, people, account, changed }) {
  const [said, act] = useDeed();
  const heading = useRef(null);
  const may = account.changes.includes("aliases");
  const person = people.find((one) => one.app !== null)?.person ?? id;
  const change = (...call) => act("Asking …", async () => {
    const { message } = await send("/aliases", ...call);
    heading.current?.focus(); // the button may be gone
    changed();
    return `${message} The numbers of this page follow.`;
  });
  const add = (alias) => change({ person, alias }, "PUT");
  const takeBack = (alias, app) => change(undefined, "DELETE", { alias, ...(app === null ? { app: "*" } : {}) });
  return html`<section class="card"><h2 tabindex="-1" ref=${heading}>Ids of this person</h2>
    ${people.length === 0 && html`<p class="dim">No other id is known.</p>`}
    ${people.map(({ person: main, aliases, app }) => html`<ul class="plain"><li><code class="id">${main}</code>${app === null && " in every app"}</li>${aliases.map((alias) => html`<li key=${alias}><code class="id">${alias}</code>
      ${may && (app !== null || account.admin) && html` <button class="quiet" aria-label="Take back: ${alias}" onClick=${() => takeBack(alias, app)}>Take back</button>`}</li>`)}</ul>`)}
    ${may && html`<${Field} id="alias" label="Another id of this person" hint="Reads then answer for both. Events stay as they are." buttons=${[["Add", add]]} />`}
    ${said}
    ${account.changes.includes("people") && html`<p><a href=${link("person", { id })}>Copy or erase this person's data</a></p>`}</section>`;
}
