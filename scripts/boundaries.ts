import { globSync, readFileSync } from "node:fs";
import { join, posix, resolve, sep } from "node:path";
import { parseSync } from "oxc-parser";

interface Rule {
  from: RegExp;
  /** Files that may be imported, by their path from the root; a capability's own folder always may. */
  may: readonly RegExp[];
  /** Files of which types only may be imported. */
  types?: readonly RegExp[];
  packages?: readonly RegExp[];
}

const frontDoors = /^api\/[\w-]+\/index\.ts$/;
const drivers = /^(better-sqlite3|pg|pg-.*|@electric-sql\/.*|kysely-.*)$/;

/**
 * Who may import whom; docs/ARCHITECTURE.md has the same table in words. The first rule that fits a file holds.
 * oxlint's patterns see specifiers, not files: "another's front door, but all of my own" can't be said to it.
 */
const rules: readonly Rule[] = [
  { from: /^snippet\//, may: [/^snippet\//], types: [/^collector\/wire\.ts$/], packages: [/^web-vitals/] },
  { from: /^core\//, may: [/^core\//], packages: [/^(zod|pino|ipaddr\.js|undici)$/, /^csv-stringify/] },
  { from: /^store\//, may: [/^store\//, /^core\//], packages: [/^kysely/, drivers] },
  // A view answers contacts as their own endpoints do.
  { from: /^api\/views\/contract\.ts$/, may: [/^api\/(conditions|contacts)\/contract\.ts$/, /^core\/(endpoint|[\w-]+-words)\.ts$/], packages: [/^zod$/] },
  { from: /^[\w-]+(\/[\w-]+)?\/contract\.ts$/, may: [/^api\/conditions\/contract\.ts$/, /^core\/(endpoint|[\w-]+-words)\.ts$/], types: [/^collector\/wire\.ts$/], packages: [/^zod$/] },
  { from: /^collector\//, may: [/^collector\//, /^core\//, /^store\//, /^api\/(keys|usage|identity|contacts|companies)\/index\.ts$/] },
  { from: /^api\/http\//, may: [/^api\/http\//, /^core\//, /^store\//, frontDoors, /^collector\/index\.ts$/] },
  { from: /^api\//, may: [/^core\//, /^store\//, frontDoors, /^api\/http\/(context|errors|headers)\.ts$/], types: [/^collector\/wire\.ts$/] },
  { from: /^worker\//, may: [/^worker\//, /^core\//, /^store\//, frontDoors, /^collector\/index\.ts$/] },
  { from: /^client\//, may: [/^client\//], packages: [] },
  { from: /^console\//, may: [/^console\//, /^client\//], types: [/^api\/[\w-]+\/contract\.ts$/, /^collector\/wire\.ts$/], packages: [/^preact/, /^@preact\//] },
  { from: /^demo-site\//, may: [/^demo-site\//], packages: [] },
  { from: /^cli\//, may: [/^(cli|core|store|collector|api|worker|client|demo-site)\//] },
];

/** SQL is written in the store and in queries.ts files, and only the store knows a driver. */
const packagesOfStore: readonly { from: RegExp; name: RegExp }[] = [
  { from: /^store\//, name: drivers },
  { from: /^store\/|\/queries(\.ts$|\/)/, name: /^kysely/ },
];

const rooms = "{snippet,core,store,collector,api,worker,client,console,demo-site,cli}/**/*.{ts,tsx}";
/** Tests, build scripts and what draws the demo's PDFs may reach across rooms. */
const free = /\.test\.tsx?$|^(snippet|console|client)\/(build|size|write-types|type-of)\.ts$|^demo-site\/make-files\.ts$/;

/** Every import in `source`, the text of `file` (its path from the root), that its room may not make, each as a sentence. */
export function forbiddenImports(file: string, source: string): string[] {
  const rule = rules.find(({ from }) => from.test(file));
  if (rule === undefined || free.test(file)) return [];
  return importsOf(file, source)
    .filter((found) => !allows(rule, file, found))
    .map(({ target, typeOnly }) => `${file} may not import ${typeOnly ? "even types of " : ""}${target}`);
}

/** The forbidden imports of a whole project; throws when there is no file to check, for then nothing was proved. */
export function checkBoundaries(root: string): string[] {
  const files = globSync(rooms, { cwd: root });
  if (files.length === 0) throw new Error(`no source file was found in ${root}`);
  return files.toSorted().flatMap((file) => forbiddenImports(file.split(sep).join("/"), readFileSync(join(root, file), "utf8")));
}

interface Import {
  /** A path from the root, or a package's name. */
  target: string;
  own: boolean;
  typeOnly: boolean;
}

function allows(rule: Rule, file: string, { target, own, typeOnly }: Import): boolean {
  if (!own) {
    if (target.startsWith("node:") || typeOnly) return true;
    if (rule.packages !== undefined) return rule.packages.some((name) => name.test(target));
    return packagesOfStore.every(({ from, name }) => from.test(file) || !name.test(target));
  }
  const capability = /^api\/[\w-]+\//.exec(file)?.[0];
  // A contract stands alone, so that a browser's bundle can hold it.
  if (capability !== undefined && target.startsWith(capability) && !file.endsWith("/contract.ts")) return true;
  return rule.may.some((path) => path.test(target)) || (typeOnly && rule.types?.some((path) => path.test(target)) === true);
}

function importsOf(file: string, source: string): Import[] {
  const { module, errors } = parseSync(file, source);
  const [error] = errors;
  if (error) throw new Error(`${file} can't be parsed: ${error.message}`);
  const found = (specifier: string, typeOnly: boolean): Import => {
    const path = specifier.startsWith(".") ? posix.join(posix.dirname(file), specifier) : undefined;
    // A package's data file, reached by its path past the package's exports, is still the package.
    if (path === undefined || path.startsWith("node_modules/")) return { own: false, typeOnly, target: path?.slice("node_modules/".length) ?? specifier };
    return { own: true, typeOnly, target: path };
  };
  const statics = module.staticImports.map(({ moduleRequest, entries }) => found(moduleRequest.value, entries.length > 0 && entries.every(({ isType }) => isType)));
  const reExports = module.staticExports.flatMap(({ entries }) => entries.flatMap(({ moduleRequest, isType }) => (moduleRequest ? [found(moduleRequest.value, isType)] : [])));
  const dynamics = module.dynamicImports.flatMap(({ moduleRequest: { start, end } }) => {
    // A specifier that is computed names a URL or a file of the machine, never a module of ours.
    const literal = /^(["'`])(.*)\1$/.exec(source.slice(start, end))?.[2];
    return literal === undefined ? [] : [found(literal, false)];
  });
  return [...statics, ...reExports, ...dynamics];
}

if (import.meta.main) {
  const root = resolve(process.argv[2] ?? join(import.meta.dirname, ".."));
  const wrong = checkBoundaries(root);
  for (const line of wrong) process.stderr.write(`${line}\n`);
  process.stdout.write(`${wrong.length} forbidden imports\n`);
  process.exit(wrong.length === 0 ? 0 : 1);
}
