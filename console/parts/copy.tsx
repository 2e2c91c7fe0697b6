import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "./icons.tsx";

type Copied = "idle" | "copied" | "select";

const words: Record<Copied, string> = { idle: "Copy", copied: "Copied", select: "Press Ctrl+C" };

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
      <code ref={code}>{pieces(text)}</code>
      <button type="button" class="copy-button" onClick={copy} aria-label={label}>
        <Icon name={state === "copied" ? "check" : "copy"} />
        {words[state]}
      </button>
      <span class="unseen" role="status">
        {state === "idle" ? "" : words[state]}
      </span>
    </div>
  );
}

/** Long lines break between attributes, not within them. */
function pieces(text: string) {
  return text.split(" ").map((piece, i) => [i > 0 ? " " : "", <span key={i}>{piece}</span>]);
}
