type Value = string | number | boolean | readonly Value[] | { readonly [name: string]: Value };
type Node = [Node | number | undefined, Node | number | undefined];

const recordBytes = 3;
const separatorBytes = 16;

/** The bytes of an MMDB file for IPv4 networks (`203.0.113.0/24` → record), by the format's specification (maxmind.github.io/MaxMind-DB). */
export function mmdbOf(networks: Readonly<Record<string, Value>>): Buffer {
  const data: Buffer[] = [];
  let dataBytes = 0;
  const root: Node = [undefined, undefined];
  for (const [network, record] of Object.entries(networks)) {
    const [address = "", bits = "32"] = network.split("/");
    put(root, address, Number(bits), dataBytes);
    const encoded = encode(record);
    data.push(encoded);
    dataBytes += encoded.length;
  }
  const nodes: Node[] = [];
  const number = (node: Node): void => {
    nodes.push(node);
    for (const child of node) if (Array.isArray(child)) number(child);
  };
  number(root);
  const tree = Buffer.alloc(nodes.length * 2 * recordBytes);
  for (const [i, node] of nodes.entries()) {
    for (const side of [0, 1] as const) {
      const child = node[side];
      const value = child === undefined ? nodes.length : typeof child === "number" ? nodes.length + separatorBytes + child : nodes.indexOf(child);
      tree.writeUIntBE(value, (i * 2 + side) * recordBytes, recordBytes);
    }
  }
  const metadata = { node_count: nodes.length, record_size: recordBytes * 8, ip_version: 4, database_type: "Test", languages: ["en"], binary_format_major_version: 2, binary_format_minor_version: 0, build_epoch: 1_700_000_000, description: { en: "test" } };
  return Buffer.concat([tree, Buffer.alloc(separatorBytes), ...data, Buffer.from("\xab\xcd\xefMaxMind.com", "latin1"), encode(metadata)]);
}

function put(root: Node, address: string, bits: number, offset: number): void {
  const value = address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
  let node = root;
  for (let depth = 0; depth < bits; depth++) {
    const side = Math.floor(value / 2 ** (31 - depth)) % 2 === 0 ? 0 : 1;
    if (depth === bits - 1) {
      node[side] = offset;
      return;
    }
    const next = node[side];
    const child: Node = Array.isArray(next) ? next : [undefined, undefined];
    node[side] = child;
    node = child;
  }
}

function encode(value: Value): Buffer {
  if (typeof value === "string") return Buffer.concat([control(2, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === "boolean") return control(14, value ? 1 : 0);
  if (typeof value === "number") {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([control(6, 4), bytes]);
  }
  if (Array.isArray(value)) return Buffer.concat([control(11, value.length), ...value.map(encode)]);
  const entries = Object.entries(value);
  return Buffer.concat([control(7, entries.length), ...entries.flatMap(([name, inner]) => [encode(name), encode(inner)])]);
}

function control(type: number, size: number): Buffer {
  const [low, more] = size < 29 ? [size, []] : [29, [size - 29]];
  return Buffer.from(type > 7 ? [low, type - 7, ...more] : [(type << 5) | low, ...more]);
}
