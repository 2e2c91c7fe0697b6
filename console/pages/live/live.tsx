import { useEffect, useState } from "preact/hooks";
import type { FeedItem } from "../../../api/console/contract.ts";
import { Shell } from "../../parts/shell.tsx";
import { Announcer } from "./announcer.tsx";
import { ConnectionMark } from "./connection-mark.tsx";
import { FeedPanel } from "./feed-panel.tsx";
import { FirstSteps } from "./first-steps.tsx";
import { InstallCheck } from "./install-check.tsx";
import { Ledger } from "./ledger.tsx";
import { SignalDrawer } from "./signal-drawer.tsx";
import { Summary } from "./summary.tsx";
import { TagPanel } from "./tag-panel.tsx";
import { useLive } from "./use-live.ts";
import { Warnings } from "./warnings.tsx";

interface LivePageProps {
  onSignedOut(): void;
  signOut(): void;
}

/** The live screen: who is on the site this minute, how the day goes, and whether the tag works. */
export function LivePage({ onSignedOut, signOut }: LivePageProps) {
  const [live, actions] = useLive(onSignedOut);
  const [open, setOpen] = useState<FeedItem | null>(null);
  const { overview, feed, loaded } = live;
  const empty = loaded && feed.items.length === 0 && feed.held.length === 0;
  const working = overview?.install.state === "receiving";
  const [roomy] = useState(() => matchMedia("(min-width: 1081px)").matches);
  useUnseenTitle(live.arrivals);

  const rail = overview && (
    <aside class="rail" aria-label="Installation">
      <InstallCheck install={overview.install} tag={overview.tag} workspaceId={overview.workspace.id} unfold={roomy && empty} />
      {overview.tag && !empty && <TagPanel tag={overview.tag} open={!working || roomy} />}
      {overview.counts.received > 0 && <Ledger counts={overview.counts} open={roomy} />}
    </aside>
  );

  return (
    <Shell workspace={overview?.workspace.name ?? ""} signOut={signOut} status={<ConnectionMark connection={live.connection} />}>
      <main id="main" tabIndex={-1} class="live">
        <h1 class="unseen">Live signals</h1>
        {overview && <Warnings warnings={overview.warnings} />}
        {!empty && <Summary today={overview?.today} />}
        <div class="columns">
          {!working && !empty && rail}
          {empty && overview ? (
            <FirstSteps tag={overview.tag} install={overview.install} workspaceId={overview.workspace.id} />
          ) : (
            <FeedPanel feed={feed} loaded={loaded} drawerOpen={open !== null} loadingOlder={live.loadingOlder} actions={actions} onOpen={setOpen} />
          )}
          {(working || empty) && rail}
        </div>
      </main>
      <Announcer arrivals={live.arrivals} newest={feed.held[0] ?? feed.items[0]} connection={live.connection} />
      {open && <SignalDrawer item={open} others={feed.items} onOpen={setOpen} onClose={() => setOpen(null)} />}
    </Shell>
  );
}

/** Counts in the tab's title what came in while nobody looked. */
function useUnseenTitle(arrivals: number): void {
  const [seen, setSeen] = useState(0);
  useEffect(() => {
    const onVisible = () => !document.hidden && setSeen(arrivals);
    onVisible();
    document.addEventListener("visibilitychange", onVisible);
    return () => document.removeEventListener("visibilitychange", onVisible);
  }, [arrivals]);
  useEffect(() => {
    document.title = arrivals > seen ? `(${arrivals - seen}) Live · Owlbound` : "Live · Owlbound";
  }, [arrivals, seen]);
}
