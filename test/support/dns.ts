import { createSocket, type RemoteInfo } from "node:dgram";
import { onTestFinished } from "vitest";

const types = new Map([[1, "A"], [12, "PTR"]]);

/** A DNS server on a free loopback port that answers from `records` (`PTR 7.0.0.9.in-addr.arpa`, `A gate.acme.test`), and what it was asked; stopped when the test ends. */
export async function startDns(records: Record<string, string>): Promise<{ address: string; asked: string[] }> {
  const asked: string[] = [];
  const socket = createSocket("udp4");
  socket.on("message", (query: Buffer, from: RemoteInfo) => {
    const { name, end } = readName(query);
    const type = query.readUInt16BE(end);
    const question = `${types.get(type) ?? type} ${name}`;
    asked.push(question);
    const found = records[question];
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(found === undefined ? 0x8183 : 0x8180, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(found === undefined ? 0 : 1, 6);
    const parts = [header, query.subarray(12, end + 4)];
    if (found !== undefined) {
      const data = type === 1 ? Buffer.from(found.split(".").map(Number)) : writeName(found);
      const fixed = Buffer.alloc(12);
      fixed.writeUInt16BE(0xc00c, 0);
      fixed.writeUInt16BE(type, 2);
      fixed.writeUInt16BE(1, 4);
      fixed.writeUInt32BE(60, 6);
      fixed.writeUInt16BE(data.length, 10);
      parts.push(fixed, data);
    }
    socket.send(Buffer.concat(parts), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  onTestFinished(() => void socket.close());
  return { address: `127.0.0.1:${socket.address().port}`, asked };
}

function readName(query: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join("."), end: at + 1 };
}

function writeName(name: string): Buffer {
  return Buffer.concat([...name.split(".").map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, "latin1")])), Buffer.from([0])]);
}
