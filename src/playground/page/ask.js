// Questions to `veil try`, with the token that stood behind the `#` of the address.

const KEY = "veil-token";
const TOKEN = /^#[0-9a-f]{32}$/;

function token() {
  if (TOKEN.test(location.hash)) {
    sessionStorage.setItem(KEY, location.hash.slice(1));
    // Out of the address, which others may see on the screen.
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem(KEY) ?? "";
}

// A new address in an open tab differs behind the `#` alone.
addEventListener("hashchange", () => {
  if (TOKEN.test(location.hash)) location.reload();
});

const authorization = `Bearer ${token()}`;

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, { ...options, headers: { authorization }, cache: "no-store" });
  } catch {
    throw new Error("veil try has ended: start it again, and open the address that it prints");
  }
  if (answer.status === 401) {
    throw new Error("this tab has no token: open the address that veil try printed");
  }
  if (answer.status === 413) throw new Error("the policy is too large to be tried");
  const text = await answer.text();
  const json = answer.headers.get("content-type") === "application/json" ? JSON.parse(text) : null;
  if (!answer.ok) {
    // Somebody else asks too, or what keys come from does not answer now.
    throw Object.assign(new Error(json?.error ?? text.trim()), { later: answer.status === 503 });
  }
  return json;
}

export const start = () => ask("/start", {});

export const tried = (policy, record, output) =>
  ask("/try", { method: "POST", body: JSON.stringify({ policy, record, output }) });
