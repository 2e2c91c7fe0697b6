import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { chooseTheme, readTheme, type Theme } from "../theme.ts";
import { Icon } from "./icons.tsx";
import { Owl } from "./owl.tsx";

interface ShellProps {
  workspace: string;
  status: ComponentChildren;
  signOut(): void;
  children: ComponentChildren;
}

/** What every page of the console shares: whose workspace, how the connection is, theme, the way out. */
export function Shell({ workspace, status, signOut, children }: ShellProps) {
  return (
    <>
      <a class="skip" href="#main">
        Skip to the signals
      </a>
      <header class="top">
        <div class="top-in">
          <Owl class="mark" />
          <span class="brand">Owlbound</span>
          {workspace && <span class="workspace">{workspace}</span>}
          <span class="top-gap" />
          {status}
          <ThemeSwitch />
          <button type="button" class="tool" onClick={signOut} aria-label="Sign out" title="Sign out">
            <Icon name="leave" />
          </button>
        </div>
      </header>
      {children}
    </>
  );
}

const next: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const names: Record<Theme, string> = { system: "as the system", light: "light", dark: "dark" };

function ThemeSwitch() {
  const [theme, setTheme] = useState(readTheme);
  const label = `Theme: ${names[theme]}. Switch to ${names[next[theme]]}`;
  const onClick = () => {
    chooseTheme(next[theme]);
    setTheme(next[theme]);
  };
  return (
    <button type="button" class="tool" onClick={onClick} aria-label={label} title={label}>
      <Icon name={theme} />
    </button>
  );
}
