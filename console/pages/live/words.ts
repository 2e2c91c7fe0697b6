import type { FeedItem, RunMark, StepMark } from "../../../api/console/contract.ts";
import { visitorName } from "../../parts/visitor-name.ts";

type Kind = NonNullable<FeedItem["referrerKind"]>;

const kinds: Record<Kind, string> = {
  direct: "Direct",
  internal: "Same site",
  search: "Search",
  social: "Social",
  email: "E-mail",
  campaign: "Campaign",
  referral: "Link",
  ai: "AI",
};

/** `Search`, `Campaign` …: where a visit came from, in a word. */
export const kindWord = (kind: Kind): string => kinds[kind];

/** Who it was: a person's name or address, a made-up name for a visitor, or the source where there is neither. */
export function whoOf(item: FeedItem): string {
  if (item.person) return item.person.name ?? item.person.email ?? "Known person";
  return item.visitorId === null ? sourceWord(item.source) : visitorName(item.visitorId);
}

function sourceWord(source: string): string {
  return source === "api" ? "By the API" : source.replaceAll("_", " ");
}

/** `Visit`, `Download`, `Job change` … */
export function typeWord(type: FeedItem["type"]): string {
  if (type === "website_visit") return "Visit";
  if (type === "content_download") return "Download";
  const words = type.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What the signal is about: the file, the page's title or its path. */
export function whatOf(item: FeedItem): string {
  if (item.type === "content_download") return item.fileName ?? item.path ?? "A file";
  if (item.type === "website_visit") return item.title ?? item.path ?? "A page";
  return item.title ?? typeWord(item.type);
}

const runWords: Record<RunMark["status"] | StepMark["status"], string> = {
  queued: "queued",
  running: "running",
  waiting: "waiting",
  completed: "done",
  failed: "failed",
  stopped: "stopped",
  skipped: "skipped",
};

/** `done`, `failed` …: how a run or a step stands. */
export const runWord = (status: RunMark["status"] | StepMark["status"]): string => runWords[status];

const stepWords: Record<string, string> = {
  tag: "Tag",
  set: "Set a field",
  task: "Add a task",
  notify: "Tell the team",
  webhook: "Call a webhook",
  enrich: "Enrich",
  score: "Score",
  enroll: "Enroll",
  unenroll: "Take out of sequences",
  wait: "Wait",
  branch: "Decide",
  stop: "Stop",
};

/** `Tell the team`: what a step does. */
export const stepWord = (step: string): string => stepWords[step] ?? step;

/** `1,204`, in the viewer's language. */
export const figure = (n: number): string => numbers.format(n);
const numbers = new Intl.NumberFormat();

/** `1 visit`, `3 visits`. */
export const plural = (n: number, one: string, many = `${one}s`): string => `${figure(n)} ${n === 1 ? one : many}`;

/** `3 new signals: 2 visits, 1 download`: for the screen reader, seldom enough to bear. */
export function arrivalsInWords(count: number, newest: FeedItem | undefined): string {
  if (count === 1 && newest) return `New: ${whoOf(newest)}, ${whatOf(newest)}`;
  return `${plural(count, "new signal")}${newest ? `, the latest: ${whoOf(newest)}, ${whatOf(newest)}` : ""}`;
}
