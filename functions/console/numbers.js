// The numbers of a session, a run or a day; and how often each code was found.
import { html } from "./view.js";
import { amount, duration, questions } from "./words.js";
import { Conflicts, Tile, Tiles } from "./parts.js";

export function Numbers({ of, first, children }) {
  const seconds = of?.seconds ?? {};
  const waste = (seconds.waste ?? 0) + (seconds["anti-pattern"] ?? 0);
  return html`<${Tiles}>
      ${first}
      <${Tile} label="Active" value=${duration(seconds.active ?? 0)} tone="ok" />
      <${Tile} label="Inactive" value=${duration(seconds.inactive ?? 0)} />
      <${Tile} label="Waste" value=${duration(waste)} tone=${waste ? "warn" : undefined} />
      <${Tile} label="XP" value=${amount(of?.xpEarned ?? 0)} />
      <${Tile} label="Questions" value=${questions(of)} note=${of?.totalQuestions ? `${amount((100 * of.correctQuestions) / of.totalQuestions)} % correct` : undefined} />
      <${Tile} label="Mastered units" value=${amount(of?.masteredUnits ?? 0)} />
      <${Tile} label="Events" value=${amount(of?.events ?? 0)} />
      ${children}
    <//>
    <${Conflicts} many=${of?.conflicts} />`;
}

// Of days of GET /volume: codes with how many items had them, the most frequent first.
export function codesOf(days) {
  const codes = {};
  for (const day of days) for (const [code, many] of Object.entries(day.codes)) codes[code] = (codes[code] ?? 0) + many;
  return Object.entries(codes).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

export const codeText = (codes) => codes.map(([code, many]) => `${code} ${many}`).join(", ");

export const sum = (days, name) => days.reduce((total, day) => total + day[name], 0);
