import { CopyLine } from "../../parts/copy.tsx";
import { Owl } from "../../parts/owl.tsx";

export type SignedOutReason = "none" | "link" | "ended" | "left" | "unreachable";

const command = "npm run -s owlbound -- console link --data ./data";

const words: Record<SignedOutReason, { title: string; text: string }> = {
  none: { title: "Open the console with a one-time link", text: "There are no passwords here. Whoever can run a command on the server can make a link:" },
  link: { title: "This link was used or has expired", text: "A link opens the console once, within 30 minutes. Make a new one on the server:" },
  ended: { title: "Your session has ended", text: "Sessions end after a week without a visit. Make a new link on the server:" },
  left: { title: "You are signed out", text: "To come back, make a new link on the server:" },
  unreachable: { title: "The server does not answer", text: "It may be starting again, or this device is offline. If it is stopped, start it with:" },
};

/** What is shown without a session: why, and how to get in. */
export function SignedOutPage({ reason }: { reason: SignedOutReason }) {
  const { title, text } = words[reason];
  return (
    <main class="signed-out">
      <Owl class="mark" asleep={reason !== "none"} />
      <h1>{title}</h1>
      <p>{text}</p>
      {reason === "unreachable" ? (
        <>
          <CopyLine text="npm start" label="Copy the command" />
          <button type="button" class="button" onClick={() => location.reload()}>
            Try again
          </button>
        </>
      ) : (
        <>
          <CopyLine text={command} label="Copy the command" />
          <p class="quiet">It prints an address that starts with {location.origin}/console/. Open it in this browser.</p>
        </>
      )}
    </main>
  );
}
