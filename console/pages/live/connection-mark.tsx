import type { Connection } from "./stream.ts";

const words: Record<Connection, string> = { connecting: "Connecting", live: "Live", reconnecting: "Reconnecting" };

/** Whether what is on screen is current. */
export function ConnectionMark({ connection }: { connection: Connection }) {
  return (
    <span class={`connection connection-${connection}`} title={connection === "live" ? "New signals appear by themselves" : "New signals appear once the server answers again; none is lost"}>
      {words[connection]}
    </span>
  );
}
