// The numbers of a session, a run or a day; and how often each code was found.
import { amount, duration, questions } from "./words.js";
import { conflicts, html, tiles } from "./parts.js";

// With other tiles before and after.
export function numbers(of, before = [], after = []) {
  const seconds = of?.seconds ?? {};
  const waste = (seconds.waste ?? 0) + (seconds["anti-pattern"] ?? 0);
  return html`${tiles([
      ...before,
      ["Active", duration(seconds.active ?? 0), "ok"],
      ["Inactive", duration(seconds.inactive ?? 0)],
      ["Waste", duration(waste), waste ? "warn" : undefined],
      ["XP", amount(of?.xpEarned ?? 0)],
      ["Questions", questions(of), undefined, of?.totalQuestions ? `${amount((100 * of.correctQuestions) / of.totalQuestions)} % correct` : undefined],
      ["Mastered units", amount(of?.masteredUnits ?? 0)],
      ["Events", amount(of?.events ?? 0)],
      ...after,
    ])}
    ${conflicts(of?.conflicts)}`;
}

// Of days of GET /volume: codes with how many items had them, the most frequent first.
export function codesOf(days) {
  const codes = {};
  for (const day of days) for (const [code, many] of Object.entries(day.codes)) codes[code] = (codes[code] ?? 0) + many;
  return Object.entries(codes).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

export const codeText = (codes) => codes.map(([code, many]) => `${code} ${many}`).join(", ");

export const sum = (days, name) => days.reduce((total, day) => total + day[name], 0);
