import type { InstallStatus, TagInfo } from "../../../api/console/contract.ts";
import { CopyLine } from "../../parts/copy.tsx";
import { Owl } from "../../parts/owl.tsx";
import { TagCode } from "./tag-panel.tsx";

interface FirstStepsProps {
  tag: TagInfo | null;
  install: InstallStatus;
  workspaceId: string;
}

/** What a new workspace sees in place of the feed: the way to the first signal. */
export function FirstSteps({ tag, install, workspaceId }: FirstStepsProps) {
  return (
    <section class="first" aria-label="Your first signal">
      <div class="first-head">
        <Owl class="mark" />
        <div>
          <h2>Three steps to your first signal</h2>
          <p>Then every visit and every download shows up here the moment it happens.</p>
        </div>
      </div>
      <ol class="steps">
        <li>
          <h3>Copy your tag</h3>
          {tag ? (
            <TagCode tag={tag} />
          ) : (
            <>
              <p>There is no key for a website yet. Make one on the server:</p>
              <CopyLine text={`npm run -s owlbound -- key create --type publishable --workspace ${workspaceId} --data ./data`} label="Copy the command" />
            </>
          )}
        </li>
        <li>
          <h3>Paste it into your site</h3>
          <p>
            Before <code>{"</head>"}</code> on every page. In WordPress, Webflow, Shopify or Squarespace it goes where “custom code” or “header scripts” are set; a tag manager works too.
          </p>
        </li>
        <li>
          <h3>Open a page of your site</h3>
          <p class={`waiting waiting-${install.state}`}>
            <span class="waiting-mark" aria-hidden="true" />
            {install.state === "problem" ? "Something arrives, but is refused: see what is wrong." : "Waiting for the first signal. This page notices by itself."}
          </p>
        </li>
      </ol>
    </section>
  );
}
