// The field by which a page finds what it shows. The id goes into the fragment of the address, which no server sees.
import { html, useState } from "../view.js";
import { link } from "../parts.js";

// `missed` is called with whether the last search led to nothing, so that a page hides what it showed before.
export function Find({ page, label, id, hint, look, missed = () => {} }) {
  const [text, setText] = useState(id ?? "");
  const [said, setSaid] = useState("");
  const go = async (event) => {
    event.preventDefault();
    const wanted = text.trim().replace(/^["'`<\s]+|["'`>\s]+$/g, ""); // as ids are quoted in mails
    if (!wanted) { setSaid("Type an id first."); return; }
    setSaid("");
    try {
      const target = look ? await look(wanted) : wanted;
      missed(false);
      if (target) location.hash = link(page, { id: target });
    } catch (error) {
      missed(true);
      setSaid(error.message);
    }
  };
  return html`<form class="find" role="search" onSubmit=${go}><label for="find">${label}</label>
    <span class="joined"><input id="find" type="search" autocomplete="off" spellcheck="false" value=${text} onInput=${(event) => setText(event.target.value)} aria-describedby="find-hint" /><button type="submit" class="primary">Find</button></span>
    <p id="find-hint" class="dim">${hint}</p><p role="alert" class="wrong">${said}</p></form>`;
}
