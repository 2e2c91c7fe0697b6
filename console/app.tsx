import { useCallback, useEffect, useState } from "preact/hooks";
import { client, isRefused, isSignedOut } from "./api.ts";
import { LivePage } from "./pages/live/live.tsx";
import { SignedOutPage, type SignedOutReason } from "./pages/signed-out/signed-out.tsx";

type Session = { state: "opening" } | { state: "open" } | { state: "closed"; reason: SignedOutReason };

/** The session's door: trades a one-time link, then shows the workspace, or says how to get in. */
export function App() {
  const [session, setSession] = useState<Session>({ state: "opening" });

  useEffect(() => {
    const enter = () => void enterWith(takeToken()).then(setSession);
    enter();
    // A link pasted into the open console changes the fragment only; the page is not loaded again.
    const onLink = () => location.hash.startsWith("#setup=") && enter();
    window.addEventListener("hashchange", onLink);
    return () => window.removeEventListener("hashchange", onLink);
  }, []);

  const ended = useCallback(() => setSession({ state: "closed", reason: "ended" }), []);
  const signOut = useCallback(() => {
    client.session.close({ retriesMax: 0 }).then(
      () => setSession({ state: "closed", reason: "left" }),
      (error: unknown) => setSession({ state: "closed", reason: isSignedOut(error) ? "left" : "unreachable" }),
    );
  }, []);

  if (session.state === "opening") return <div class="opening" aria-busy="true" />;
  if (session.state === "closed") return <SignedOutPage reason={session.reason} />;
  return <LivePage onSignedOut={ended} signOut={signOut} />;
}

/** The token of the one-time link. It leaves the address bar and the history at once. */
function takeToken(): string | null {
  const token = /^#setup=([\w-]{8,200})$/.exec(location.hash)?.[1] ?? null;
  if (location.hash !== "") history.replaceState(null, "", location.pathname + location.search);
  return token;
}

async function enterWith(token: string | null): Promise<Session> {
  let linkFailed = false;
  try {
    // Tried once: a link whose answer was lost is used up.
    if (token !== null) await client.session.open({ token }, { retriesMax: 0 });
  } catch (error) {
    if (isRefused(error)) linkFailed = true;
    else return { state: "closed", reason: "unreachable" };
  }
  try {
    // Also after a used link: whoever has a session already stays in.
    await client.install.get();
    return { state: "open" };
  } catch (error) {
    if (!isSignedOut(error)) return { state: "closed", reason: "unreachable" };
    return { state: "closed", reason: linkFailed ? "link" : "none" };
  }
}
