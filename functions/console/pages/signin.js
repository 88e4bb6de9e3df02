// Signing in: by the login page where there is one, else (or beside it) with a credential that is pasted.
import { html, useState } from "../parts.js";
import { hasLogin, keep, toLogin, withClient } from "../session.js";

export function SignIn({ reason, signedIn }) {
  const [wrong, setWrong] = useState("");
  const [kind, setKind] = useState("client");
  const submit = async (event) => {
    event.preventDefault();
    const fields = new FormData(event.target);
    setWrong("");
    try {
      if (kind === "client") await withClient(fields.get("id").trim(), fields.get("secret").trim());
      else keep(fields.get("token").trim().replace(/^Bearer\s+/i, ""));
      signedIn();
    } catch (error) {
      setWrong(error.message);
    }
  };
  const pasted = html`<form class="signin" onSubmit=${submit}>
    <fieldset><legend>What do you have?</legend>
      <label><input type="radio" name="kind" checked=${kind === "client"} onChange=${() => setKind("client")} /> Client id and secret</label>
      <label><input type="radio" name="kind" checked=${kind === "token"} onChange=${() => setKind("token")} /> An API key that may read, or a token</label></fieldset>
    ${kind === "client" ? html`<label for="id">Client id</label><input id="id" name="id" autocomplete="off" spellcheck="false" required />
      <label for="secret">Client secret</label><input id="secret" name="secret" type="password" autocomplete="off" required />`
      : html`<label for="token">Key or token</label><input id="token" name="token" type="password" autocomplete="off" required />`}
    <p class="dim">It is kept in this tab only, and forgotten with it. Of a client only its token is kept, for an hour.</p>
    <p role="alert" class="wrong">${wrong}</p>
    <button type="submit" class=${hasLogin ? "" : "primary"}>Sign in with it</button></form>`;
  return html`<main class="welcome" id="main"><div class="card">
    <h1 tabindex="-1" id="title">Caliper console</h1>
    <p class="lead">See what arrives, why something was refused, and what a learner did.</p>
    ${reason && html`<p class="notice warn" role="alert">${reason}</p>`}
    ${hasLogin && html`<p><button class="primary wide" onClick=${toLogin}>Sign in</button></p><p class="dim">With the address to which your invitation went. No invitation? Ask the operator of this service.</p>
      <details><summary>Use an app's credential instead</summary>${pasted}</details>`}
    ${!hasLogin && pasted}
  </div></main>`;
}
