// The packages that are bundled, with their versions and licences.

import { existsSync, readFileSync } from "node:fs";

const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"));
const texts = new Map();
for (const [path, { version, dev, optional }] of Object.entries(packages)) {
  if (path === "" || dev || optional) continue;
  const file = `${path}/LICENSE`;
  if (!existsSync(file)) throw new Error(`${path} has no licence`);
  const text = readFileSync(file, "utf8").trim().replaceAll("*/", "* /");
  const name = path.replace(/^.*node_modules\//, "");
  texts.set(text, [...(texts.get(text) ?? []), `${name} ${version}`]);
}
for (const [text, names] of texts) console.log(`\n${names.join(", ")}\n\n${text}`);
