import type { ContactScore } from "../../core/score-words.ts";

const rulesNamed = 3;
const charsMax = 4000;

/**
 * The breakdown in sentences, made of nothing but rules, figures and counts of signals: no value of the contact's own gets into it,
 * so that no text of a stranger can pass for a judgement.
 */
export function reasoningOf(profile: { name: string; version: number }, { score, breakdown }: Pick<ContactScore, "score" | "breakdown">): string {
  const groups = breakdown.filter(({ max }) => max > 0);
  const against = breakdown.find(({ max }) => max === 0);
  const sentences = [`${score} of 100 by "${profile.name}", version ${profile.version}.`, ...groups.map((group) => `${group.category}: ${group.score} of ${group.max}, ${group.evidence.length === 0 ? "no rule holds" : because(group.evidence)}.`)];
  if (against && against.evidence.length > 0) sentences.push(`Taken off: ${0 - against.score}, ${because(against.evidence)}.`);
  const text = sentences.join(" ");
  return text.length > charsMax ? `${text.slice(0, charsMax - 1).toWellFormed()}…` : text;
}

function because(evidence: ContactScore["breakdown"][number]["evidence"]): string {
  const named = evidence.slice(0, rulesNamed).map(({ rule, signals }) => (signals > 0 ? `${signals} × ${rule}` : rule));
  const more = evidence.length - named.length;
  return `since ${named.join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}
