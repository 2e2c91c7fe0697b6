import { useId, useState } from "preact/hooks";
import type { TagInfo } from "../../../api/console/contract.ts";
import { CopyLine } from "../../parts/copy.tsx";

const modes: Record<TagInfo["mode"], string> = {
  anonymous: "Anonymous: nothing is stored in the browser, visitors are not linked to people.",
  consent: "Consent: nothing is sent before the visitor agrees.",
  identified: "Identified: visitors are recognised and can be linked to people. Ask for consent where the law does.",
};

/** The tag to paste, plain or pinned. Folded away once it works. */
export function TagPanel({ tag, open }: { tag: TagInfo; open: boolean }) {
  return (
    <details class="panel" open={open}>
      <summary>
        <h2>Your tag</h2>
      </summary>
      <TagCode tag={tag} />
      <dl class="facts">
        <div>
          <dt>Key</dt>
          <dd>{tag.keyName}</dd>
        </div>
        <div>
          <dt>Sites</dt>
          <dd>{tag.allowedOrigins.length === 0 ? "Any site may use it" : tag.allowedOrigins.join(", ")}</dd>
        </div>
        <div>
          <dt>Privacy</dt>
          <dd>{modes[tag.mode]}</dd>
        </div>
      </dl>
    </details>
  );
}

/** The tag's code with its two variants. */
export function TagCode({ tag }: { tag: TagInfo }) {
  const [pinned, setPinned] = useState(false);
  const name = useId();
  return (
    <div class="tag-code">
      <CopyLine text={pinned ? tag.pinnedHtml : tag.html} label="Copy the tag" />
      <fieldset class="variants">
        <legend class="unseen">Variant of the tag</legend>
        <label>
          <input type="radio" name={name} checked={!pinned} onChange={() => setPinned(false)} />
          Stays current
        </label>
        <label>
          <input type="radio" name={name} checked={pinned} onChange={() => setPinned(true)} />
          Pinned, with SRI
        </label>
      </fieldset>
      <p class="quiet">{pinned ? "The browser runs exactly this version and refuses any other. Paste it again after an update." : "Updates reach your pages within an hour, nothing to do."}</p>
    </div>
  );
}
