// Light or dark: as the system, or as chosen, for as long as the tab is open.

const KEY = "veil-theme";

export function theme(select) {
  const apply = (value) => {
    if (value) document.documentElement.dataset.theme = value;
    else delete document.documentElement.dataset.theme;
  };
  select.value = sessionStorage.getItem(KEY) ?? "";
  apply(select.value);
  select.addEventListener("change", () => {
    sessionStorage.setItem(KEY, select.value);
    apply(select.value);
  });
}
