import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** Who may import whom: docs/ARCHITECTURE.md holds the same table in words. Patterns match the imported file's path. */
const rules: readonly { from: RegExp; may: readonly RegExp[]; types?: readonly RegExp[] }[] = [
  { from: /^snippet\//, may: [/^snippet\//], types: [/^collector\/wire\.ts$/] },
  { from: /^core\//, may: [/^core\//] },
  { from: /^store\//, may: [/^store\//, /^core\//] },
  { from: /^collector\//, may: [/^collector\//, /^core\//, /^store\//, /^api\/(keys|usage|identity|contacts)\/index\.ts$/] },
  { from: /^api\/http\//, may: [/^api\/http\//, /^core\//, /^store\//, /^api\/\w+\/index\.ts$/, /^collector\/index\.ts$/] },
  {
    from: /^api\//,
    may: [/^core\//, /^store\//, /^api\/\w+\/index\.ts$/, /^api\/http\/(context|errors|headers)\.ts$/],
    types: [/^collector\/wire\.ts$/],
  },
  { from: /^worker\//, may: [/^worker\//, /^core\//, /^store\//, /^(api\/\w+|collector)\/index\.ts$/] },
  { from: /^client\//, may: [/^client\//, /^api\/\w+\/contract\.ts$/, /^collector\/contract\.ts$/, /^core\/endpoint\.ts$/] },
  { from: /^console\//, may: [/^console\//, /^client\//], types: [/^api\/\w+\/contract\.ts$/] },
  { from: /^demo-site\//, may: [/^demo-site\//] },
  { from: /^cli\//, may: [/^(?!console\/|snippet\/)/] },
];

const importLine = /^\s*(?:import|export)\s+(type\s)?[^"';]*?from\s+"(\.[^"]+)"|\bimport\(\s*"(\.[^"]+)"\s*\)|^import\s+"(\.[^"]+)"/gm;

/** Every import of `source` (at `file`, relative to the root) that its room may not make. */
export function forbiddenImports(file: string, source: string): string[] {
  const rule = rules.find((r) => r.from.test(file));
  if (!rule) return [];
  const wrong: string[] = [];
  for (const [, typeOnly, from, dynamic, bare] of source.matchAll(importLine)) {
    const target = join(dirname(file), from ?? dynamic ?? bare ?? "");
    const own = /^api\/\w+\//.exec(file)?.[0];
    const allowed = rule.may.some((p) => p.test(target)) || (own !== undefined && target.startsWith(own)) || (typeOnly !== undefined && rule.types?.some((p) => p.test(target)) === true);
    if (!allowed) wrong.push(`${file} may not import ${target}`);
  }
  return wrong;
}

if (import.meta.main) {
  const root = join(import.meta.dirname, "..");
  const files = globSync("{snippet,core,store,collector,api,worker,client,console,demo-site,cli}/**/*.{ts,tsx}", { cwd: root });
  // Tests and build scripts may reach across rooms.
  const wrong = files.filter((f) => !/\.test\.tsx?$|\/build\.ts$/.test(f)).flatMap((file) => forbiddenImports(relative("", file), readFileSync(join(root, file), "utf8")));
  for (const line of wrong) process.stderr.write(`${line}\n`);
  process.exit(wrong.length === 0 && files.length > 0 ? 0 : 1);
}
