/** What the viewer chose; `system` follows prefers-color-scheme. */
export type Theme = "system" | "light" | "dark";

const place = "owlbound.theme";

/** The remembered choice; `system` where there is none or storage is blocked. */
export function readTheme(): Theme {
  try {
    const kept = localStorage.getItem(place);
    return kept === "light" || kept === "dark" ? kept : "system";
  } catch {
    return "system";
  }
}

/** Shows a theme and remembers it. */
export function chooseTheme(theme: Theme): void {
  show(theme);
  try {
    if (theme === "system") localStorage.removeItem(place);
    else localStorage.setItem(place, theme);
  } catch {
    // Blocked storage: the choice holds for this page only.
  }
}

function show(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}

// Also built as a script of its own that runs before the first paint, so that a remembered theme never flashes.
show(readTheme());
