// A person's data: a copy of it, and its erasure, which needs the code that a count shows. For who may do both.
import { read, send } from "../api.js";
import { amount } from "../words.js";
import { failure, Field, html, Page, Table, time, useEffect, useRef, useState } from "../parts.js";
import { WHOLE_ID } from "./find.js";

const EVERY_MS = 2000;
const STEPS = { count: "Counting what is kept", erase: "Erasing", copy: "Making the copy" };
const ERASURES = "/erasures", COPIES = "/person-exports";

// One request at a time: asked for, then looked at until it is done or refused.
function useRequest() {
  const [state, setState] = useState({});
  const latest = useRef(0);
  useEffect(() => () => { latest.current += 1; }, []);
  const ask = async (step, path, body) => {
    const mine = ++latest.current, say = (more) => mine === latest.current && setState({ step, learner: body.learner, ...more });
    say({ busy: true });
    try {
      const { id } = await send(path, body);
      for (let answer; answer?.state !== "done";) {
        await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
        if (mine !== latest.current) return;
        answer = await read(path, { id });
        if (answer.state === "refused") throw new Error(answer.reason);
        // An erasure looks twice, some minutes apart: what it did so far is drawn.
        if (answer.state === "done" || (step === "erase" && Object.keys(answer.counts).length)) say({ answer });
      }
    } catch (error) {
      say({ error });
    }
  };
  return [state, ask];
}

const Counts = ({ counts, caption }) => html`<${Table} caption=${caption} columns=${["Place", "Entries"]} rows=${Object.entries(counts).sort().map(([place, many]) => [place, amount(many)])} />`;

function Confirm({ learner, answer: { code, counts }, ask }) {
  const [wrong, setWrong] = useState("");
  const total = Object.values(counts).reduce((sum, many) => sum + many, 0);
  if (total === 0) return html`<p>Nothing is kept of this person in this app.</p>`;
  const erase = (typed) => (typed === code ? ask("erase", ERASURES, { learner, code }) : setWrong("This is not the code. Type it as it stands above the field; nothing was erased."));
  return html`<p>Nothing is erased yet.</p><${Counts} counts=${counts} caption=${`What is kept of this person: ${amount(total)} in all`} />
    <${Field} id="code" label=${html`To erase all of it for good, type <code>${code}</code>`} hint="This cannot be undone. What others sent names a random id instead of this person." buttons=${[["Erase", erase, "danger"]]}><p role="alert" class="wrong">${wrong}</p><//>`;
}

const RESULTS = {
  count: Confirm,
  erase: ({ answer }) => html`<p class="notice ok">${answer.state === "done" ? html`<strong>Erased</strong> ${time(answer.changedAt, true)}.` : "Erased so far. What was under way is looked for once more some minutes later; you may leave this page."}
    The request is <code>${answer.id}</code>. The receipt in the operator's bucket does not name the person.</p><${Counts} counts=${answer.counts} caption="What was erased" />`,
  copy: ({ answer }) => html`<p><a href=${answer.url}>Download the copy</a> (zip). The link is good for a quarter of an hour; then make another copy.</p><${Counts} counts=${answer.counts} caption="What is in the copy" />`,
};

export function Person({ id }) {
  const [state, ask] = useRequest();
  const heading = useRef(null);
  const { step, busy, answer, error } = state;
  useEffect(() => { if (answer) heading.current.focus(); }, [step, !answer]);
  const begin = (next, path) => (learner) => { if (learner) ask(next, path, { learner }); };
  return html`<${Page} title="A person's data" lead="A copy of all that this app keeps of a person, under any of their ids, or its erasure: first counted, then confirmed by a code.">
    <${Field} id="person" label="Person, by id or e-mail address" initial=${id} hint=${WHOLE_ID}
      buttons=${[["Count what is kept", begin("count", ERASURES), "primary"], ["Make a copy", begin("copy", COPIES)]]} />
    <p role="status">${busy ? `${STEPS[step]} … Keep this page open: it may take some minutes.` : ""}</p>
    ${error && failure(error)}
    ${answer && html`<section class="card"><h2 tabindex="-1" ref=${heading}>${{ count: "Erase", erase: "Erased", copy: "The copy" }[step]}: ${state.learner}</h2><${RESULTS[step]} ...${state} ask=${ask} /></section>`}<//>`;
}
