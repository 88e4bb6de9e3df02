// The numbers of a session or a run.
import { html } from "./view.js";
import { amount, duration } from "./words.js";
import { Conflicts, Tile, Tiles } from "./parts.js";

export function Numbers({ of, first }) {
  const seconds = of?.seconds ?? {};
  const waste = (seconds.waste ?? 0) + (seconds["anti-pattern"] ?? 0);
  const questions = of?.totalQuestions;
  return html`<${Tiles}>
      ${first}
      <${Tile} label="Active" value=${duration(seconds.active ?? 0)} tone="ok" />
      <${Tile} label="Inactive" value=${duration(seconds.inactive ?? 0)} />
      ${waste > 0 && html`<${Tile} label="Waste" value=${duration(waste)} tone="warn" />`}
      <${Tile} label="XP" value=${amount(of?.xpEarned ?? 0)} />
      <${Tile} label="Questions" value=${questions ? `${amount(of.correctQuestions)} of ${amount(questions)}` : "–"} note=${questions ? `${amount((100 * of.correctQuestions) / questions)} % correct` : undefined} />
      <${Tile} label="Mastered units" value=${amount(of?.masteredUnits ?? 0)} />
      <${Tile} label="Events" value=${amount(of?.events ?? 0)} />
    </${Tiles}>
    <${Conflicts} many=${of?.conflicts} />`;
}
