// The field by which a page finds what it shows. The id goes into the fragment of the address, which no server sees.
import { answered, Empty, Field, html, link, Page, useAnswer, useState } from "../parts.js";

export const WHOLE_ID = "The whole id, as events name it in actor, or an address that events gave with it.";

// `missed` is called with whether the last search led to nothing, so that a page hides what it showed before.
function Find({ page, id, look, missed, more, ...field }) {
  const [said, setSaid] = useState("");
  const go = async (wanted) => {
    if (!wanted) { setSaid("Type an id first."); return; }
    setSaid("");
    try {
      const target = look ? await look(wanted) : wanted;
      missed(false);
      if (target) location.hash = link(page, { ...more, id: target });
    } catch (error) {
      missed(true);
      setSaid(error.message);
    }
  };
  return html`<${Field} id="find" role="search" initial=${id} buttons=${[["Find", go, "primary"]]} ...${field}><p role="alert" class="wrong">${said}</p><//>`;
}

// A page about what has the id: `ask` reads it, unless its `answer` is handed in, and `children` draws the answer; `nothing`
// (a title and a text) is drawn if there is nothing to draw. Without an id it is the field alone.
export function Lookup({ page, title, lead, id, ask, answer, wait, nothing, below, children, ...find }) {
  const [missed, setMissed] = useState(false);
  const own = useAnswer(id, async (signal) => (id && ask ? ask(signal) : null));
  const known = id && !missed;
  return html`<${Page} title=${title} lead=${known ? html`<code class="id">${id}</code>` : !id && lead}>
    <${Find} page=${page} id=${id} missed=${setMissed} ...${find} />
    ${known && html`${below}${answered(answer ?? own, wait, (data, again) => children(data, again) ?? html`<${Empty} title=${nothing[0]}>${nothing[1] ?? "No event of this app names it, or it is older than what is kept. Check the id."}<//>`)}`}<//>`;
}
