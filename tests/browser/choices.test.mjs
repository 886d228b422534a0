// The page on which people decide, in headless Chromium; VEIL is the program.
// `veil serve --try` serves it: decisions are kept in memory, and each test begins anew.
// VEIL_PICTURES names a folder for pictures of it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { test, before, after, beforeEach, afterEach } from "node:test";

import { chromium } from "playwright-core";
import { launch } from "./browser.mjs";

const VEIL = process.env.VEIL ?? "target/debug/veil";
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PICTURES = process.env.VEIL_PICTURES;

const POLICY = `apiVersion: veil/v1
kind: Policy
metadata: { name: shop, version: 1, owner: tests }
source: { topic: raw, subject: { customer: userId, email: { path: email, normalize: email } } }
consent:
  state: {}
  categories:
    Analytics:
      title: { en: Statistics, de: Statistik }
      text:
        en: We count visits and clicks, to see which pages help and which do not.
        de: Wir zählen Besuche und Klicks, um zu sehen, welche Seiten helfen und welche nicht.
      purposes: [analytics.reporting]
    Ads:
      title: { en: Advertising, de: Werbung }
      text:
        en: Partners show you advertising that fits what you looked at here.
        de: Partner zeigen Ihnen Werbung, die zu dem passt, was Sie sich hier angesehen haben.
      purposes: [marketing.advertising]
rights: { key: subjects }
keys:
  people: { ref: "file:keyring.json#people" }
  subjects: { ref: "file:subjects.json#subjects" }
  quarantine: { ref: "file:keyring.json#quarantine" }
outputs:
  - topic: clean
    purpose: analytics.reporting
    domain: analytics
    needs_consent: Analytics
    fields: { userId: { pseudonymize: { key: people, normalize: text, epoch: none } } }
  - topic: partner
    purpose: marketing.advertising
    domain: partner
    needs_consent: Ads
    fields: { userId: { pseudonymize: { key: people, normalize: text, epoch: none } } }
quarantine: { topic: refused, key: quarantine, retention: 7d }
`;

let browser, veil, folder, decide, withdraw;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "veil-choices-"));
  writeFileSync(join(folder, "policy.yaml"), POLICY);
  browser = await launch(chromium);
  if (PICTURES) mkdirSync(PICTURES, { recursive: true });
});

after(async () => {
  await browser?.close();
  if (folder) rmSync(folder, { recursive: true });
});

// Nobody has decided anything, and nobody has asked too often.
beforeEach(async () => {
  const args = ["serve", "-p", "policy.yaml", "--try"];
  veil = spawn(resolve(VEIL), args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const said = [];
  veil.stderr.on("data", (text) => said.push(text));
  const lines = createInterface(veil.stdout)[Symbol.asyncIterator]();
  const ended = new Promise((_, refused) =>
    veil.once("exit", (code) => refused(new Error(`veil serve has ended: ${code} ${said.join("")}`))),
  );
  ended.catch(() => {});
  const next = async () => (await Promise.race([lines.next(), ended])).value.split(/\s+/)[1];
  decide = await next();
  withdraw = await next();
});

afterEach(async () => {
  const gone = new Promise((done) => veil.once("exit", done));
  veil.kill("SIGINT");
  await gone;
});

// The page; whatever it complains of, or asks of others, is a failure.
async function opened(address, options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    locale: "en-GB",
    javaScriptEnabled: options.axe ?? false,
    ...options,
  });
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && complaints.push(m.text()));
  page.on("request", (request) => {
    if (!request.url().startsWith(new URL(decide).origin)) complaints.push(`asks for ${request.url()}`);
  });
  const response = await page.goto(address);
  return { page, response, complaints, close: () => context.close() };
}

async function axe(page) {
  // By the debugger: the page's own rules let no script in.
  await page.evaluate(AXE);
  const { violations, passes } = await page.evaluate(() => globalThis.axe.run(document));
  assert.ok(passes.length > 10, "axe has looked at little");
  const told = violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html} ${n.failureSummary}`));
  assert.deepEqual(told, []);
}

const picture = (page, name) =>
  PICTURES && page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
const radio = (page, category, answer) => page.getByRole("group", { name: category }).getByLabel(answer);

for (const colorScheme of ["light", "dark"]) {
  for (const width of [1280, 320]) {
    for (const [locale, words] of [["en-GB", "Your choices"], ["de-AT", "Ihre Entscheidungen"]]) {
      test(`axe finds nothing, ${colorScheme}, ${width} px, ${locale}`, async () => {
        const viewport = { width, height: 900 };
        const { page, complaints, close } = await opened(decide, { axe: true, colorScheme, viewport, locale });
        assert.equal(await page.getByRole("heading", { level: 1 }).textContent(), words);
        assert.equal(await page.evaluate(() => document.documentElement.lang), locale.slice(0, 2));
        await axe(page);
        await picture(page, `${colorScheme}-${width}-${locale}`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= width, `${wide} px wide`);
        await page.getByRole("radio").first().check();
        await page.getByRole("radio").last().check();
        await page.getByRole("button").click();
        await page.getByRole("status").waitFor();
        await axe(page);
        await picture(page, `${colorScheme}-${width}-${locale}-saved`);
        assert.deepEqual(complaints, []);
        await close();
      });
    }
  }
}

test("at 200 % nothing is cut off or wider than the window", async () => {
  // A window of 1280 px at 200 % is one of 640 px whose pixels are two each.
  const viewport = { width: 640, height: 450 };
  const { page, close } = await opened(decide, { axe: true, viewport, deviceScaleFactor: 2 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 640, `${wide} px wide`);
  // Text alone at 200 %, as some browsers do it.
  await page.evaluate(() => (document.documentElement.style.fontSize = "212.5%"));
  const cut = await page.evaluate(() =>
    [...document.querySelectorAll("main, fieldset, .choice, label, button, p")].filter(
      (e) => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline",
    ).map((e) => e.outerHTML.slice(0, 80)),
  );
  assert.deepEqual(cut, []);
  await picture(page, "zoom-200");
  await close();
});

test("without a script, a yes and a no take the same clicks, and stay", async () => {
  const { page, complaints, close } = await opened(decide);
  assert.equal(await page.locator(":checked").count(), 0, "something is chosen already");
  for (const [answer, told] of [["Yes, I agree", "You agreed"], ["No, I do not agree", "You did not agree"]]) {
    await radio(page, "Advertising", answer).check();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("status").filter({ hasText: "Your choice is saved." }).waitFor();
    assert.match(await page.getByRole("group", { name: "Advertising" }).textContent(), new RegExp(told));
    assert.ok(await radio(page, "Advertising", answer).isChecked());
    assert.match(await page.title(), /^Your choice is saved\./);
  }
  assert.equal(await page.getByRole("group", { name: "Statistics" }).locator(":checked").count(), 0);
  // Loaded again it sends nothing again.
  const address = page.url();
  const response = await page.reload();
  assert.equal(response.request().method(), "GET");
  assert.equal(page.url(), address);
  assert.deepEqual(complaints, []);
  await close();
});

test("everything is reached and done with the keyboard alone", async () => {
  const { page, complaints, close } = await opened(decide, { axe: true });
  const focused = () =>
    page.evaluate(() => {
      const e = document.activeElement;
      const { outlineStyle, outlineWidth } = getComputedStyle(e);
      const ring = outlineStyle === "solid" && parseFloat(outlineWidth) >= 2;
      return { what: e.id || e.textContent.trim(), ring };
    });
  const seen = [];
  for (let n = 0; n < 3; n++) {
    await page.keyboard.press("Tab");
    const { what, ring } = await focused();
    assert.ok(ring, `no ring around ${what}`);
    seen.push(what);
  }
  assert.deepEqual(seen, ["y0", "y1", "Save"]);
  await picture(page, "focus-button");
  // Back to the last group: its no, by an arrow; the first group: its yes, by the space bar.
  await page.keyboard.press("Shift+Tab");
  // Where nothing is chosen, one comes back to the group's last.
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  await picture(page, "focus-radio");
  assert.ok((await focused()).ring);
  const chosen = await page.locator("fieldset").nth(1).locator(":checked").getAttribute("value");
  assert.ok(["granted", "denied"].includes(chosen));
  await page.locator("h1").evaluate((e) => (e.tabIndex = -1, e.focus()));
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  assert.ok(await radio(page, "Statistics", "Yes, I agree").isChecked());
  await page.keyboard.press("Enter");
  await page.getByRole("status").filter({ hasText: "Your choice is saved." }).waitFor();
  assert.match(await page.getByRole("group", { name: "Statistics" }).textContent(), /You agreed/);
  assert.deepEqual(complaints, []);
  await close();
});

test("a link that is passed on withdraws, and grants nothing", async () => {
  const first = await opened(decide);
  await radio(first.page, "Advertising", "Yes, I agree").check();
  await first.page.getByRole("button", { name: "Save" }).click();
  await first.page.getByRole("status").waitFor();
  await first.close();
  const { page, complaints, close } = await opened(withdraw, { axe: true });
  await axe(page);
  await picture(page, "withdraw");
  assert.ok(await radio(page, "Advertising", "Yes, I agree").isEnabled(), "what is granted may stay");
  assert.ok(await radio(page, "Statistics", "Yes, I agree").isDisabled());
  await radio(page, "Advertising", "No, I do not agree").check();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("status").filter({ hasText: "Your choice is saved." }).waitFor();
  assert.match(await page.getByRole("group", { name: "Advertising" }).textContent(), /You did not agree/);
  assert.deepEqual(complaints, []);
  await close();
  // A form that was made for it by somebody else's hand.
  const page2 = await opened(withdraw);
  const mark = await page2.page.locator("input[name=mark]").getAttribute("value");
  const forged = await page2.page.request.post(withdraw.replace("/u/", "/p/"), {
    form: { mark, "c.Analytics": "granted" },
  });
  assert.match(await forged.text(), /Consent was not given/);
  await page2.close();
});

test("links that are changed or none are told alike", async () => {
  const { origin } = new URL(decide);
  const changed = decide.slice(0, -3) + (decide.endsWith("AAA") ? "BBB" : "AAA");
  const pages = [];
  for (const address of [changed, decide.slice(0, -1), `${origin}/p/vl1.subjects:9.AAAA`, `${origin}/u/x`]) {
    const { page, response, close } = await opened(address, { axe: true });
    assert.equal(response.status(), 404);
    await axe(page);
    pages.push(await page.content());
    await picture(page, "no-link");
    await close();
  }
  assert.equal(new Set(pages).size, 1);
  assert.match(pages[0], /does not work, or does not work any more/);
});

test("a scanner of mails changes nothing", async () => {
  const { page, close } = await opened(decide);
  for (const address of [decide, withdraw]) {
    for (let n = 0; n < 5; n++) {
      assert.equal((await page.request.get(address)).status(), 200);
      assert.equal((await page.request.head(address)).status(), 200);
    }
  }
  await page.goto(decide);
  assert.equal(await page.locator(":checked").count(), 0);
  assert.equal(await page.getByText("You have not decided yet").count(), 2);
  await close();
});

test("one click of a mail program withdraws", async () => {
  const { page, close } = await opened(decide);
  const click = (form) => page.request.post(withdraw, { form, maxRedirects: 0 });
  assert.equal((await click({ other: "x" })).status(), 400);
  const done = await click({ "List-Unsubscribe": "One-Click" });
  assert.equal(done.status(), 200);
  assert.match(await done.text(), /You have withdrawn your consent/);
  await page.goto(decide);
  assert.equal(await page.getByText("You did not agree").count(), 2);
  await close();
});

test("nothing about a request is told to anybody", async () => {
  const { page, response, close } = await opened(decide);
  const headers = response.headers();
  assert.equal(headers["referrer-policy"], "no-referrer");
  assert.equal(headers["cache-control"], "no-store");
  assert.match(headers["content-security-policy"], /default-src 'none'.*frame-ancestors 'none'/);
  assert.deepEqual(await page.context().cookies(), []);
  assert.equal(await page.locator("script").count(), 0);
  await close();
});
