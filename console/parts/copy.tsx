import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "./icons.tsx";

type Copied = "idle" | "copied" | "select";

/** A line of code with a button that copies it. Where the clipboard is closed, the text is selected instead. */
export function CopyLine({ text, label }: { text: string; label: string }) {
  const code = useRef<HTMLElement>(null);
  const [state, setState] = useState<Copied>("idle");
  useEffect(() => {
    if (state === "idle") return;
    const timer = setTimeout(() => setState("idle"), 2500);
    return () => clearTimeout(timer);
  }, [state]);

  const copy = () => {
    // Plain http on another machine has no clipboard at all, whatever the types say.
    const clipboard = navigator.clipboard as Clipboard | undefined;
    const byHand = () => {
      if (code.current) getSelection()?.selectAllChildren(code.current);
      setState("select");
    };
    if (clipboard) clipboard.writeText(text).then(() => setState("copied"), byHand);
    else byHand();
  };

  return (
    <div class="copy-line">
      <code ref={code} tabIndex={0} aria-label={text}>
        {text}
      </code>
      <button type="button" class="copy-button" onClick={copy} aria-label={label}>
        <Icon name={state === "copied" ? "check" : "copy"} />
        <span role="status">{state === "copied" ? "Copied" : state === "select" ? "Press Ctrl+C" : "Copy"}</span>
      </button>
    </div>
  );
}
