// Screenshots of the page, in light and dark, wide and narrow: node shots.mjs FOLDER
// with VEIL_ADDRESS set to what `veil try --serve` printed.

import { chromium } from "playwright-core";
import { launch } from "./browser.mjs";

const folder = process.argv[2];
const browser = await launch(chromium);
for (const colorScheme of ["light", "dark"]) {
  for (const width of [1280, 400]) {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
    const page = await context.newPage();
    page.on("console", (m) => console.log(colorScheme, width, m.type(), m.text()));
    page.on("pageerror", (e) => console.log(colorScheme, width, e.message));
    await page.goto(process.env.VEIL_ADDRESS);
    await page.getByRole("status").filter({ hasText: "record" }).waitFor();
    await page.screenshot({ path: `${folder}/${colorScheme}-${width}.png` });
    await page.screenshot({ path: `${folder}/${colorScheme}-${width}-whole.png`, fullPage: true });
    await context.close();
  }
}
await browser.close();
