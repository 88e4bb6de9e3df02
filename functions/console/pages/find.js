// The field by which a page finds what it shows. The id goes into the fragment of the address, which no server sees.
import { html, useState } from "../view.js";
import { link } from "../parts.js";

export function Find({ page, label, id, hint, look }) {
  const [text, setText] = useState(id ?? "");
  const [said, setSaid] = useState("");
  const go = async (event) => {
    event.preventDefault();
    const wanted = text.trim();
    if (!wanted) { setSaid("Type an id first."); return; }
    setSaid("");
    try {
      const target = look ? await look(wanted) : wanted;
      if (target) location.hash = link(page, { id: target });
    } catch (error) {
      setSaid(error.message);
    }
  };
  return html`<form class="find" role="search" onSubmit=${go}><label for="find">${label}</label>
    <span class="joined"><input id="find" type="search" autocomplete="off" spellcheck="false" value=${text} onInput=${(event) => setText(event.target.value)} aria-describedby="find-hint" /><button type="submit" class="primary">Find</button></span>
    <p id="find-hint" class="dim">${hint}</p><p role="alert" class="wrong">${said}</p></form>`;
}
