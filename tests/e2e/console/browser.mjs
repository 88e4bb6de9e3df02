// Debian's Chromium, driven by playwright-core; every violation of the security policy and every error is kept.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export async function open({ executable, width = 1280, height = 900, dark = false }) {
  const browser = await chromium.launch({ executablePath: executable, args: ["--no-sandbox", "--disable-gpu"] });
  const context = await browser.newContext({
    viewport: { width, height }, colorScheme: dark ? "dark" : "light", locale: "en-GB", timezoneId: "Europe/Vienna", reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const wrong = [];
  page.on("console", (message) => {
    if (/Content Security Policy/i.test(message.text())) wrong.push(message.text());
  });
  page.on("pageerror", (error) => wrong.push(`error: ${error.message}`));
  return { browser, page, wrong };
}

// What axe finds, a line each. It runs by the debugger, which the page's policy does not bind.
export async function axe(page) {
  await page.evaluate(axeSource);
  const found = await page.evaluate(() => globalThis.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }));
  return found.violations.flatMap(({ id, help, nodes }) => nodes.map(({ target, any }) => `${id}: ${help} at ${target.join(" ")} ${any[0]?.message ?? ""}`));
}
