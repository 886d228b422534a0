// Chromium as every test starts it: without a window, a profile, or a network of its own.

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const launch = (chromium) =>
  chromium.launch({
    executablePath: process.env.VEIL_CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: FLAGS,
  });
