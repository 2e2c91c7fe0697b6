/** The bytes of a MaxMind DB (format 2.0) in which every IPv4 address leads to the one record. */
export function mmdbFile(type: string, record: Record<string, string | number>): Buffer {
  const node = Buffer.from([...pointer(1, 0), ...pointer(1, 0)]);
  const metadata = {
    binary_format_major_version: 2, binary_format_minor_version: 0, build_epoch: 1_700_000_000, database_type: type, description: "test", ip_version: 4, node_count: 1, record_size: 24,
  };
  return Buffer.concat([node, Buffer.alloc(16), mapOf(record), Buffer.from("abcdef4d61784d696e642e636f6d", "hex"), mapOf(metadata)]);
}

/** A record of the tree that points into the data: past the nodes and the 16 empty bytes. */
const pointer = (nodes: number, offset: number) => {
  const value = nodes + 16 + offset;
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
};

function mapOf(record: Record<string, string | number>): Buffer {
  const entries = Object.entries(record).flatMap(([name, value]) => [textOf(name), typeof value === "string" ? textOf(value) : numberOf(value)]);
  return Buffer.concat([Buffer.from([(7 << 5) | Object.keys(record).length]), ...entries]);
}

function textOf(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length >= 29) throw new Error("longer texts need another size");
  return Buffer.concat([Buffer.from([(2 << 5) | bytes.length]), bytes]);
}

/** As uint32. */
function numberOf(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes[0] = (6 << 5) | 4;
  bytes.writeUInt32BE(value, 1);
  return bytes;
}
