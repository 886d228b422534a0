// The page of `veil try` in headless Chromium; VEIL is the program.
// A policy and a sample are made up in a folder; each case opens the page anew.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { test, before, after } from "node:test";

import { chromium } from "playwright-core";
import { launch } from "./browser.mjs";

const VEIL = process.env.VEIL ?? "target/debug/veil";
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const POLICY = `apiVersion: veil/v1
kind: Policy
metadata: { name: web, version: 3, owner: tests }
source: { topic: raw, type: [type] }
keys:
  people: { ref: "file:keyring.json#people" }
  quarantine: { ref: "file:keyring.json#quarantine" }
outputs:
  - topic: web.clean
    purpose: analytics.reporting
    domain: analytics
    fields:
      userId: { pseudonymize: { key: people, normalize: text, epoch: none } }
      amount: { generalize: { bucket: 10 } }
      plan: { keep: { one_of: [free, pro] }, on_error: drop_field }
  - topic: web.pages
    purpose: analytics.reporting
    domain: analytics
    fields: { amount: { generalize: { bucket: 100 } } }
    types: { page: {} }
quarantine: { topic: refused, key: quarantine, retention: 7d }
`;
const HOSTILE = `<img src=x onerror="document.title='owned'">`;
const SAMPLE = [
  { type: "page", userId: "u-1", amount: 12, note: "NOTE" },
  { type: "order", userId: "u-2", amount: 250, plan: "other" },
  { type: "order", amount: "AMOUNT" },
  { type: "page", [HOSTILE]: `${HOSTILE}\u202e`, amount: 5 },
];

let browser, veil, address, folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "veil-try-"));
  writeFileSync(join(folder, "policy.yaml"), POLICY);
  const lines = [...SAMPLE.map((event) => JSON.stringify(event)), "no JSON <b>"];
  writeFileSync(join(folder, "events.ndjson"), `${lines.join("\n")}\n`);
  const args = ["try", "-p", "policy.yaml", "-i", "events.ndjson", "--test-keys", "--serve"];
  veil = spawn(resolve(VEIL), args, { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  [address] = await new Promise((told, refused) => {
    createInterface(veil.stdout).once("line", (line) => told([line]));
    veil.once("exit", (code) => refused(new Error(`veil try has ended: ${code}`)));
  });
  browser = await launch(chromium);
});

after(async () => {
  await browser?.close();
  veil?.kill("SIGINT");
  if (folder) rmSync(folder, { recursive: true });
});

// A page that is ready; whatever it complains of, or asks of others, is a failure.
async function opened(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && complaints.push(m.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith(new URL(address).origin) && !/^(data|blob):/.test(request.url())) {
      complaints.push(`asks for ${request.url()}`);
    }
  });
  await page.goto(address);
  await status(page, /of 5 records/);
  return { page, complaints, close: () => context.close() };
}

const status = (page, text) => page.getByRole("status").filter({ hasText: text }).waitFor();
const row = (page, path) => page.locator("#beside tbody tr").filter({ hasText: path }).first();

async function axe(page) {
  // By the debugger: the page's own rules let no other script in.
  await page.evaluate(AXE);
  const { violations, passes } = await page.evaluate(() => globalThis.axe.run(document));
  assert.ok(passes.length > 10, "axe has looked at little");
  const told = violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html} ${n.failureSummary}`));
  assert.deepEqual(told, []);
}

for (const colorScheme of ["light", "dark"]) {
  for (const width of [1280, 400]) {
    test(`axe finds nothing, ${colorScheme}, ${width} px`, async () => {
      const { page, complaints, close } = await opened({ colorScheme, viewport: { width, height: 900 } });
      await axe(page);
      await page.getByRole("button", { name: "record 3" }).click();
      await status(page, /of 5 records/);
      await page.locator("#beside .bad").first().waitFor();
      await axe(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${wide} px wide`);
      const colours = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      assert.equal(colours === "rgb(255, 255, 255)", colorScheme === "light");
      assert.deepEqual(complaints, []);
      await close();
    });
  }
}

test("before, after and why stand side by side", async () => {
  const { page, complaints, close } = await opened();
  assert.match(await row(page, "amount").textContent(), /12.*10.*written/);
  assert.match(await row(page, "note").textContent(), /NOTE.*unnamed.*nobody named it/);
  await page.getByRole("button", { name: "Next" }).click();
  await row(page, "plan").filter({ hasText: "left out" }).waitFor();
  await page.getByLabel("Output").selectOption("web.pages");
  await page.locator("#beside .fate").filter({ hasText: "not_selected" }).waitFor();
  const explained = await page.locator("#explained").textContent();
  assert.match(explained, /web\.clean.*amount.*web\.pages/);
  assert.match(await page.locator("#commands").textContent(), /veil explain -p policy\.yaml --on events\.ndjson/);
  assert.deepEqual(complaints, []);
  await close();
});

test("what is typed is tried, and findings stand where they are", async () => {
  const { page, complaints, close } = await opened();
  const line = page.locator(".cm-line").filter({ hasText: "amount: { generalize: { bucket: 10 " }).first();
  await line.click();
  await page.keyboard.press("End");
  await page.keyboard.type(" # wide");
  await status(page, /of 5 records/);
  // A word of the policy, misspelt.
  await page.locator(".cm-line").filter({ hasText: "retention: 7d" }).click();
  await page.keyboard.press("Home");
  await page.keyboard.type("x");
  const error = page.locator("#findings li.error").first();
  await error.waitFor();
  await status(page, /1 error.*made before/);
  assert.ok((await page.locator(".cm-lintRange-error").count()) > 0, "nothing is underlined");
  assert.ok((await page.locator(".cm-lint-marker-error").count()) > 0, "nothing in the gutter");
  assert.match(await row(page, "amount").textContent(), /12.*10/, "what was made before is gone");
  await axe(page);
  await error.getByRole("button").click();
  await page.keyboard.press("Delete");
  await status(page, /of 5 records/);
  assert.equal(await page.locator("#findings li.error").count(), 0);
  // Another policy, another value; and the file stays.
  await line.click();
  await page.keyboard.press("ControlOrMeta+a");
  // Typed over a selection, Chromium makes styles of its own, which the page forbids.
  await page.keyboard.press("Backspace");
  await page.keyboard.insertText(POLICY.replace("bucket: 10 }", "bucket: 5 }"));
  await row(page, "amount").filter({ hasText: "5" }).waitFor();
  await page.locator("#commands").filter({ hasText: "edited" }).waitFor();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download" }).click();
  assert.match(readFileSync(await (await download).path(), "utf8"), /bucket: 5 /);
  assert.equal(readFileSync(join(folder, "policy.yaml"), "utf8"), POLICY);
  await page.getByRole("button", { name: "Revert" }).click();
  await row(page, "amount").filter({ hasText: "10" }).waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test("the first and the last record are the ends, however quickly the buttons are pressed", async () => {
  const { page, complaints, close } = await opened();
  const pressed = (id) =>
    page.evaluate((id) => {
      for (let n = 0; n < 9; n++) document.getElementById(id).click();
    }, id);
  await page.getByRole("button", { name: "record 2" }).click();
  await page.locator("#beside").filter({ hasText: "Record 2," }).waitFor();
  await pressed("previous");
  await page.locator("#beside").filter({ hasText: "Record 1," }).waitFor();
  await pressed("next");
  await page.locator('tr[aria-current="true"]').filter({ hasText: "5" }).waitFor();
  await page.locator("#beside").filter({ hasText: "Record 5," }).waitFor();
  await status(page, /of 5 records/);
  assert.deepEqual(complaints, []);
  await close();
});

test("what could not be tried is marked, and tried again", async () => {
  const { page, complaints, close } = await opened();
  const answers = [];
  await page.route("**/try", async (route) => {
    const answer = answers.shift();
    if (!answer) return route.continue();
    await new Promise((passed) => setTimeout(passed, 300));
    return route.fulfill(answer);
  });
  // Asked again by itself.
  answers.push({ status: 503, body: "too many questions wait already: ask again\n" });
  await page.getByRole("button", { name: "record 2" }).click();
  await status(page, /ask again; below is what the policy made before/);
  await page.locator("body.stale").waitFor();
  await page.locator("body:not(.stale)").waitFor();
  await page.locator("#beside").filter({ hasText: "Record 2," }).waitFor();
  // What is chosen meanwhile is asked for, whatever the answer was.
  answers.push({ status: 400, contentType: "application/json", body: '{"error":"no question"}' });
  await page.getByRole("button", { name: "record 3" }).click();
  await page.getByRole("button", { name: "record 4" }).click();
  await page.locator("#beside").filter({ hasText: "Record 4," }).waitFor();
  await status(page, /of 5 records/);
  assert.equal(await page.locator("body.stale").count(), 0);
  // And what will not be answered stays marked.
  answers.push({ status: 413, body: "" });
  await page.getByRole("button", { name: "record 1" }).click();
  await status(page, /too large.*made before/);
  await page.locator("body.stale").waitFor();
  const unlike = complaints.filter((complaint) => !/Failed to load resource.*(503|400|413)/.test(complaint));
  assert.deepEqual(unlike, []);
  await close();
});

test("a hostile event is text", async () => {
  const { page, complaints, close } = await opened();
  for (const [record, text] of [["record 4", "<img src=x onerror="], ["record 5", "no JSON <b>"]]) {
    await page.getByRole("button", { name: record }).click();
    await page.locator("#beside").filter({ hasText: text }).waitFor();
    assert.equal(await page.locator("#beside img, #beside b, #explained img").count(), 0);
  }
  assert.equal(await page.title(), "veil try");
  const turned = await page.evaluate(() => /[\u202a-\u202e]/.test(document.getElementById("beside").textContent));
  assert.equal(turned, false);
  assert.deepEqual(complaints, []);
  await close();
});

test("the editor's ring is there at once with the focus", async () => {
  const { page, complaints, close } = await opened();
  const ring = await page.evaluate(() => {
    document.querySelector("#editor .cm-content").focus();
    return getComputedStyle(document.querySelector("#editor .cm-editor")).outlineStyle;
  });
  assert.equal(ring, "solid");
  assert.deepEqual(complaints, []);
  await close();
});

test("everything is reached and done with the keyboard alone", async () => {
  const { page, complaints, close } = await opened();
  const seen = [];
  const focused = () =>
    page.evaluate(() => {
      const e = document.activeElement;
      return e.id || e.getAttribute("aria-label") || e.textContent.trim();
    });
  for (let n = 0; n < 60; n++) {
    await page.keyboard.press("Tab");
    seen.push(await focused());
    const ring = await page.evaluate(() => {
      const e = document.activeElement.closest(".cm-editor") ?? document.activeElement;
      return e === document.body || getComputedStyle(e).outlineStyle !== "none";
    });
    assert.ok(ring, `no ring around ${seen.at(-1)}`);
    if (seen.at(-1).startsWith("Copy the command")) break;
  }
  const stops = ["Skip to the record", "theme", "copy-policy", "policy", "findings", "records", "record 1", "next", "output", "leaves"];
  let from = 0;
  for (const stop of stops) {
    const at = seen.indexOf(stop, from);
    assert.ok(at >= 0, `${stop} is not reached in order: ${seen}`);
    from = at;
  }
  assert.ok(seen.at(-1).startsWith("Copy the command"), `the end is not reached: ${seen}`);
  // From record to record, the focus with them.
  await page.getByRole("button", { name: "record 1" }).focus();
  await page.keyboard.press("ArrowDown");
  await page.locator('tr[aria-current="true"]').filter({ hasText: "order" }).waitFor();
  await page.waitForFunction(() => document.activeElement.getAttribute("aria-label") === "record 2");
  await page.keyboard.press("End");
  await page.waitForFunction(() => document.activeElement.getAttribute("aria-label") === "record 5");
  await page.keyboard.press("Home");
  await page.waitForFunction(() => document.activeElement.getAttribute("aria-label") === "record 1");
  assert.deepEqual(complaints, []);
  await close();
});

test("the switch turns the colours, and a new tab has no token", async () => {
  const { page, complaints, close } = await opened({ colorScheme: "light" });
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.equal(await ground(), "rgb(255, 255, 255)");
  await page.getByLabel("Colours").selectOption("dark");
  assert.notEqual(await ground(), "rgb(255, 255, 255)");
  assert.equal(new URL(page.url()).hash, "", "the token stays in the address");
  await page.reload();
  await status(page, /of 5 records/);
  assert.notEqual(await ground(), "rgb(255, 255, 255)");
  assert.deepEqual(complaints, []);
  const other = await page.context().newPage();
  await other.goto(new URL(address).origin);
  await status(other, /no token/);
  assert.ok(!(await other.content()).includes("u-1"));
  await close();
});
