// What the tests look at, by name: `node scenarios.mjs NAME`, its configuration as JSON on stdin, its findings as JSON on stdout.
import { readFileSync } from "node:fs";
import { axe, open } from "./browser.mjs";

const config = JSON.parse(readFileSync(0, "utf8"));
const PATIENCE = { timeout: 45_000 };

const at = (page, id) => `${page}?${new URLSearchParams({ id })}`;

async function go(page, hash) {
  await page.evaluate((to) => { location.hash = to; }, `#/${hash}`);
  await page.waitForTimeout(100);
}

async function signedIn(page) {
  await page.goto(config.link);
  await page.waitForSelector(".side", PATIENCE);
}

const settled = (page) => page.waitForFunction(() => document.querySelector("#main h1") && !document.querySelector(".loading"), null, PATIENCE);

const row = (page, text) => page.locator("tr.row", { hasText: text }).first();

async function expand(page, locator) {
  await locator.locator(".expand").click();
  const details = locator.locator("xpath=following-sibling::tr[1]");
  await details.locator(".json").first().waitFor(PATIENCE);
  return details;
}

// Words that a cell of a table does not hold, so that they lie over those of another. What scrolls within it is held.
const outsideOfCells = (page) => page.evaluate(() => [...document.querySelectorAll("#main :is(th, td)")].flatMap((cell) => {
  const bounds = cell.getBoundingClientRect(), words = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT), outside = [];
  const isClipped = (node) => node !== cell && (getComputedStyle(node).overflowX !== "visible" || isClipped(node.parentElement));
  while (words.nextNode()) {
    const range = document.createRange();
    range.selectNodeContents(words.currentNode);
    const lies = [...range.getClientRects()].some((rect) => rect.right > bounds.right + 1 || rect.left < bounds.left - 1);
    if (lies && !isClipped(words.currentNode.parentElement)) outside.push(words.currentNode.data);
  }
  return outside;
}));

const SCENARIOS = {
  // Good and bad events together; the bad one opened, with the node that is wrong marked.
  async live(page) {
    await signedIn(page);
    const refused = row(page, config.reason);
    await refused.waitFor(PATIENCE);
    const outcomes = await page.locator("tr.row .chip").allInnerTexts();
    const details = await expand(page, refused);
    const marked = await details.locator(".marked").evaluateAll((nodes) => nodes.map((node) => [node.dataset.pointer, node.innerText]));
    await details.getByRole("button", { name: "Validate again" }).click();
    await details.locator(".validated .findings").waitFor(PATIENCE);
    const validated = await details.locator(".validated").innerText();
    await page.getByLabel("Outcome").selectOption("rejected");
    await page.waitForTimeout(200);
    const only = await page.locator("tr.row .chip").allInnerTexts();
    await page.locator(".filter").last().locator("input").check();
    await page.waitForTimeout(200);
    const others = await page.locator("tr.row .chip").allInnerTexts();
    return { outcomes, marked, validated, only, others };
  },

  // A new event is announced politely, in a region of its own, and the focus stays where it was.
  async news(page) {
    await signedIn(page);
    await page.locator("tr.row").first().waitFor(PATIENCE);
    await page.locator(".expand").nth(1).focus();
    const before = await page.evaluate(() => document.activeElement.innerText);
    await page.evaluate(async ({ url, token, envelope }) => {
      await fetch(`${url}/caliper/event`, { method: "POST", headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" }, body: JSON.stringify(envelope) });
    }, config);
    await page.waitForFunction(() => /new item/.test(document.querySelector("[aria-live=polite]")?.innerText ?? document.querySelector("[aria-live=polite]")?.textContent), null, PATIENCE);
    return { said: await page.locator("[aria-live=polite]").textContent(), before, after: await page.evaluate(() => document.activeElement.innerText) };
  },

  async names(page) {
    await signedIn(page);
    const found = row(page, config.name);
    await found.waitFor(PATIENCE);
    const text = await found.locator(".grow").innerText();
    await expand(page, found);
    return { text, title: await page.title(), scripts: await page.locator("#console script").count() };
  },

  // Every page as the machine and the eye see it: what axe finds, how wide it is at 360 px, and that it holds something.
  async pages(page) {
    await signedIn(page);
    const found = {};
    const hashes = {
      live: "live", learner: at("learner", config.learner), session: at("session", config.session), run: at("run", config.run),
      event: at("event", config.event), course: at("course", config.course), person: "person", quality: "quality", webhooks: "webhooks", start: "start", operations: "operations", empty: at("session", "urn:nothing"), find: "learner",
    };
    for (const [name, hash] of Object.entries(hashes)) {
      await go(page, hash);
      await settled(page);
      if (name === "live") await expand(page, page.locator("tr.row").first());
      if (name === "learner") {
        await page.locator(".strip button").first().waitFor(PATIENCE);
        await settled(page);
      }
      found[name] = {
        axe: await axe(page),
        overflow: await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
        outside: await outsideOfCells(page),
        title: await page.title(),
        heading: await page.locator("h1").innerText(),
        text: (await page.locator("#main").innerText()).slice(0, 3000),
      };
    }
    return found;
  },

  // A test to a webhook whose target fails, and the same again once it answers, by the buttons of the page.
  async webhooks(page) {
    await signedIn(page);
    await page.getByRole("link", { name: "Webhooks" }).click();
    const card = page.locator("section.card", { hasText: config.name });
    await card.waitFor(PATIENCE);
    const filters = await card.getByLabel("Filters").innerText();
    await card.getByRole("button", { name: "Send a test" }).click();
    const failed = card.locator("tr", { hasText: "answered 503" });
    await failed.first().waitFor(PATIENCE);
    const said = await card.locator("[role=status].said").innerText();
    const heard = await axe(page);
    const again = failed.first().getByRole("button", { name: /again/ });
    await again.click();
    await card.locator("tr", { hasText: "answered 204" }).first().waitFor(PATIENCE);
    const outcomes = await card.locator("tr .chip").allInnerTexts();
    return { filters, said, axe: heard, outcomes, buttons: await card.getByRole("button", { name: /again/ }).count() };
  },

  // Refusals by code: the examples of one, which open with the wrong node marked, and the same in Live.
  async quality(page) {
    await signedIn(page);
    await page.getByRole("link", { name: "Quality" }).click();
    await settled(page);
    const codes = page.getByLabel("Refused by code");
    await codes.waitFor(PATIENCE);
    const table = await codes.innerText(), alarms = await page.getByLabel("Alarms").innerText();
    await codes.getByRole("button", { name: config.code, exact: true }).click();
    const example = page.locator("tr.row").first();
    await example.waitFor(PATIENCE);
    const details = await expand(page, example);
    const marked = await details.locator(".marked").evaluateAll((nodes) => nodes.map((node) => node.dataset.pointer));
    const heard = await axe(page);
    await page.getByRole("button", { name: "See them in Live" }).click();
    await page.locator("tr.row").first().waitFor(PATIENCE);
    return { table, alarms, marked, axe: heard, code: await page.getByLabel("Code").inputValue(), outcomes: await page.locator("tr.row .chip").allInnerTexts() };
  },

  // The learner by e-mail, and how long she worked on a day.
  async learner(page) {
    await signedIn(page);
    await page.getByRole("link", { name: "Learner" }).click();
    await page.getByLabel("Learner, by id or e-mail address").fill(config.email);
    await page.getByRole("button", { name: "Find" }).click();
    const day = page.locator(".strip button", { hasText: config.day });
    await day.waitFor(PATIENCE);
    await day.click();
    await settled(page);
    const card = page.getByLabel("The chosen day");
    await card.locator("table.numbers tbody tr a").first().waitFor(PATIENCE);
    const shown = { hash: await page.evaluate(() => location.hash), tile: await card.locator(".tile").first().innerText(), sessions: await card.locator("table.numbers tbody tr").count(), absent: await page.locator(".strip .absent").count() };
    // On a narrow screen no cell of a row lies over another.
    await page.setViewportSize({ width: 360, height: 800 });
    await card.locator("details summary").click();
    await card.locator("tr.row").first().waitFor(PATIENCE);
    shown.overlaps = await card.locator("tr.row").evaluateAll((rows) => rows.filter((row) => {
      const [time, type] = [row.cells[0].querySelector("button"), row.cells[1]].map((node) => node.getBoundingClientRect());
      return time.right > type.left && time.left < type.right && time.bottom > type.top && time.top < type.bottom;
    }).length);
    await page.setViewportSize({ width: 1280, height: 800 });
    // Another learner, who is not known: what was shown before is gone. Back leads to the day.
    await page.locator(".strip button").last().click();
    await page.goBack();
    shown.back = await page.locator(".strip [aria-pressed=true]").innerText();
    await page.getByLabel("Learner, by id or e-mail address").fill("unknown@school.example.org");
    await page.getByRole("button", { name: "Find" }).click();
    await page.getByText("No learner of this app has this address").waitFor(PATIENCE);
    shown.leftOver = await page.locator(".strip button").count();
    return shown;
  },

  // A class: who it has, who went quiet, as a file, and from a learner's name to the learner's page.
  async course(page) {
    await signedIn(page);
    await page.getByRole("link", { name: "Course" }).click();
    await page.getByLabel("Course id").fill(config.course);
    await page.getByRole("button", { name: "Find" }).click();
    const table = page.getByLabel("Learners of the course");
    await table.waitFor(PATIENCE);
    const rowsOf = () => table.locator("tbody tr").evaluateAll((rows) => rows.map((one) => one.innerText.replace(/\s+/g, " ")));
    const shown = { rows: await rowsOf(), hash: await page.evaluate(() => location.hash), axe: await axe(page) };
    const [download] = await Promise.all([page.waitForEvent("download", PATIENCE), page.getByRole("button", { name: "Download as CSV" }).click()]);
    shown.file = download.suggestedFilename();
    shown.csv = readFileSync(await download.path(), "utf8");
    await page.getByLabel("only who went quiet").check();
    shown.quiet = await rowsOf();
    // Another first day: it is part of the address, and the focus stays in its field.
    const first = page.getByLabel("First day");
    await first.focus();
    await first.fill(config.first);
    await page.waitForFunction((day) => location.hash.includes(`from=${day}`), config.first, PATIENCE);
    await settled(page);
    shown.focus = await first.evaluate((field) => field === document.activeElement);
    await table.getByRole("link", { name: config.name }).click();
    await page.getByLabel("The chosen day").or(page.locator(".empty")).first().waitFor(PATIENCE);
    shown.heading = await page.locator("h1").innerText();
    return shown;
  },

  // Another id is said to be the learner's, by the field of the learner's page, and taken back: the numbers follow.
  async ids(page) {
    await signedIn(page);
    await go(page, at("learner", config.learner));
    const card = page.locator("section.card", { hasText: "Ids of this person" });
    await card.waitFor(PATIENCE);
    const xp = () => page.getByLabel("The chosen day").locator(".tile", { hasText: "XP" }).innerText();
    const shown = { before: await xp() };
    await card.getByLabel("Another id of this person").fill(config.alias);
    await card.getByRole("button", { name: "Add" }).click();
    const takeBack = card.getByRole("button", { name: `Take back: ${config.alias}` });
    await takeBack.waitFor(PATIENCE);
    shown.said = await card.locator("[role=status]").innerText();
    shown.ids = await card.locator("li code").allInnerTexts();
    shown.both = await xp();
    await page.getByLabel("The chosen day").locator("details summary").click();
    shown.named = await page.getByLabel("The chosen day").locator("tr.row code.id").evaluateAll((codes) => [...new Set(codes.map((code) => code.title))].sort());
    shown.axe = await axe(page);
    await takeBack.click();
    await takeBack.waitFor({ state: "detached", ...PATIENCE });
    await page.waitForFunction((text) => [...document.querySelectorAll(".tile")].some((tile) => tile.innerText === text), shown.before, PATIENCE);
    return { ...shown, after: await xp(), focus: await page.evaluate(() => document.activeElement.innerText) };
  },

  // A person's data: counted, copied, and erased only with the code of the count.
  async person(page) {
    await signedIn(page);
    await go(page, at("person", config.learner));
    const done = (title) => page.getByRole("heading", { name: `${title}: ${config.learner}`, exact: true }).waitFor(PATIENCE);
    await page.getByRole("button", { name: "Make a copy" }).click();
    await done("The copy");
    const shown = { copy: await page.getByRole("link", { name: "Download the copy" }).getAttribute("href"), files: await page.locator("table").innerText() };
    await page.getByRole("button", { name: "Count what is kept" }).click();
    await done("Erase");
    shown.counts = await page.locator("table").innerText();
    shown.focus = await page.evaluate(() => document.activeElement.tagName);
    shown.axe = await axe(page);
    const field = page.getByLabel("To erase all of it for good");
    await field.fill("not the code");
    await page.getByRole("button", { name: "Erase", exact: true }).click();
    shown.wrong = await page.locator("section [role=alert]").innerText();
    await field.fill(await page.locator("label[for=code] code").innerText());
    await page.getByRole("button", { name: "Erase", exact: true }).click();
    await done("Erased");
    return { ...shown, receipt: await page.locator("section.card").innerText() };
  },

  // What the Tab key reaches first, and that Enter opens a row.
  async keyboard(page) {
    await signedIn(page);
    await page.locator("tr.row").first().waitFor(PATIENCE);
    const reached = [];
    for (let press = 0; press < 26; press += 1) {
      await page.keyboard.press("Tab");
      reached.push(await page.evaluate(() => (document.activeElement.getAttribute("aria-label") ?? document.activeElement.innerText ?? document.activeElement.tagName).trim().split("\n")[0]));
      if (await page.evaluate(() => document.activeElement.classList.contains("expand"))) break;
    }
    await page.keyboard.press("Enter");
    await page.locator("tr.details").first().waitFor(PATIENCE);
    return { reached, open: await page.evaluate(() => document.activeElement.getAttribute("aria-expanded")) };
  },

  // The token is gone: the console says so, keeps the page, and leads back to it.
  async expired(page) {
    await signedIn(page);
    const hash = `#/${at("session", config.session)}`;
    await page.evaluate(() => sessionStorage.setItem("caliper.token", "ck_no-such-key"));
    await page.evaluate((to) => { location.hash = to; }, hash);
    await page.waitForSelector(".welcome .notice", PATIENCE);
    const said = await page.locator(".welcome .notice").innerText();
    await page.getByText("Use an app's credential instead").click();
    await page.getByLabel("Client id", { exact: true }).fill(config.client_id);
    await page.getByLabel("Client secret").fill(config.client_secret);
    await page.getByRole("button", { name: "Sign in with it" }).click();
    await page.waitForSelector(".side", PATIENCE);
    await settled(page);
    return { said, hash: await page.evaluate(() => location.hash), wanted: hash, heading: await page.locator("h1").innerText(), pages: await page.locator(".side nav a").allInnerTexts() };
  },

  // The login page of the pool, with PKCE; the code is gone from the address, and a second use of a link is refused.
  async login(page) {
    await page.goto(config.console);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.locator("input[name=username]").fill(config.email);
    await page.locator("input[name=password]").fill(config.password);
    await page.locator("button[type=submit], input[type=submit]").first().click();
    await page.waitForSelector(".side", PATIENCE);
    await settled(page);
    return { url: page.url(), apps: await page.locator(".app").innerText(), pages: await page.locator(".side nav a").allInnerTexts(), token: await page.evaluate(() => sessionStorage.getItem("caliper.token")) };
  },

  async link(page) {
    await signedIn(page);
    const first = page.url();
    await page.evaluate(() => sessionStorage.clear());
    await page.goto("about:blank");
    await page.goto(config.link);
    await page.waitForSelector(".welcome .notice", PATIENCE);
    return { first, said: await page.locator(".welcome .notice").innerText() };
  },
};

const { browser, page, wrong } = await open(config);
try {
  const found = await SCENARIOS[process.argv[2]](page);
  console.log(JSON.stringify({ found, wrong }));
} catch (error) {
  console.error(error.message, await page.locator("body").innerText().catch(() => ""), wrong);
  process.exitCode = 1;
} finally {
  await page.screenshot({ path: config.screen }).catch(() => {}); // what a failing test leaves
  await browser.close();
}
