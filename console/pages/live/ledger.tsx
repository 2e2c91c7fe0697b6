import type { Overview } from "../../../api/console/contract.ts";
import { figure } from "./words.ts";

/** Received = stored + duplicate + dropped, over the last 24 hours: nothing is dropped silently. */
export function Ledger({ counts, open }: { counts: Overview["counts"]; open: boolean }) {
  const dropped = Object.entries(counts.dropped);
  const missing = counts.received - counts.stored - counts.duplicate - dropped.reduce((sum, [, n]) => sum + n, 0);
  const rows: [string, number][] = [["Stored", counts.stored], ["Duplicates", counts.duplicate], ...dropped.map(([reason, n]): [string, number] => [reason.toLowerCase().replaceAll("_", " "), n])];
  if (missing !== 0) rows.push(["not accounted for yet", missing]);
  return (
    <details class="panel ledger" open={open}>
      <summary>
        <h2>{`${figure(counts.received)} received in 24 hours`}</h2>
      </summary>
      <table>
        <tbody>
          {rows.map(([name, n]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{figure(n)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
