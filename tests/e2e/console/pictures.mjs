// Takes the pictures of the console for the documentation: `node pictures.mjs`, its configuration as JSON on stdin.
import { readFileSync } from "node:fs";
import { open } from "./browser.mjs";

const config = JSON.parse(readFileSync(0, "utf8"));
const PATIENCE = { timeout: 60_000 };
const at = (page, id) => `#/${page}?${new URLSearchParams({ id })}`;

async function take({ name, hash, link, act, ...screen }) {
  const { browser, page, wrong } = await open({ executable: config.executable, ...screen });
  try {
    await page.goto(link);
    await page.waitForSelector(".side", PATIENCE);
    await page.evaluate((to) => { location.hash = to; }, hash);
    await page.waitForTimeout(500);
    await page.waitForFunction(() => document.querySelector("#main h1") && !document.querySelector(".loading"), null, PATIENCE);
    await act?.(page);
    await page.waitForTimeout(500);
    await page.screenshot({ path: `${config.folder}/${name}.png` });
    return wrong;
  } finally {
    await browser.close();
  }
}

const openRefused = async (page) => {
  const row = page.locator("tr.row", { hasText: "eventTime is missing" }).first();
  await row.waitFor(PATIENCE);
  await row.locator(".expand").click();
  await page.locator("tr.details .json").waitFor(PATIENCE);
};
const busiestDay = async (page) => {
  await page.locator(".strip button", { hasText: config.day }).click();
  await page.waitForFunction(() => !document.querySelector(".loading"), null, PATIENCE);
};

const oneCode = async (page) => {
  await page.getByLabel("Refused by code").getByRole("button").first().click();
  await page.locator("tr.row .expand").first().click();
  await page.locator("tr.details .json").waitFor(PATIENCE);
};

const pictures = [
  { name: "live", hash: "#/live", act: openRefused, width: 1280, height: 860 },
  { name: "learner", hash: at("learner", config.learner), act: busiestDay, width: 1280, height: 1560 },
  { name: "learner-dark", hash: at("learner", config.learner), act: busiestDay, width: 390, height: 844, dark: true },
  { name: "session", hash: at("session", config.session), width: 1280, height: 900 },
  { name: "quality", hash: "#/quality", act: oneCode, width: 1280, height: 1420 },
  { name: "webhooks", hash: "#/webhooks", width: 1280, height: 760 },
  { name: "operations", hash: "#/operations", width: 1280, height: 620 },
];
const wrong = [];
for (const [number, picture] of pictures.entries()) wrong.push(...await take({ ...picture, link: config.links[number] }));
console.log(JSON.stringify({ taken: pictures.map(({ name }) => name), wrong }));
