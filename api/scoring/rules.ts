import type { ContactScore } from "../../core/score-words.ts";
import type { StoredType } from "../../core/signal-words.ts";
import { evaluate, type Facts, matchesGlob, valueOf } from "../conditions/index.ts";
import { type ActivityRule, type Criterion, type Definition, type FieldRule, negativeCategory } from "./contract.ts";

const dayMs = 86_400_000;
const valueCharsMax = 200;
const idsShown = 10;

/** A signal of the contact that may count: no bot's, and the contact's by proof. */
export interface ScoredSignal {
  id: string;
  type: StoredType;
  page: string | null;
  /** Epoch ms. */
  at: number;
}

type Breakdown = ContactScore["breakdown"];
type Evidence = Breakdown[number]["evidence"][number];

/**
 * What a contact is worth to a profile: pure, and the breakdown sums to the score exactly, since every entry is a whole number
 * before it is added up. Rules that don't hold leave no evidence. `signals` are newest first.
 */
export function scoreByRules(definition: Definition, facts: Facts, signals: readonly ScoredSignal[]): { score: number; breakdown: Breakdown } {
  const breakdown: Breakdown = definition.groups.map(({ category, max, criteria }) => {
    const found = criteria.map((criterion) => worth(criterion, facts, signals)).filter((one) => one !== undefined);
    return { category, score: Math.round(Math.min(max, sum(found.map((one) => one.exact)))), max, evidence: found.map((one) => one.evidence) };
  });
  const gained = sum(breakdown.map((group) => group.score));
  if (definition.negative.length === 0) return { score: gained, breakdown };
  const against = definition.negative.map((rule) => fieldWorth(rule, facts)).filter((one) => one !== undefined);
  // Nobody falls below 0, and 0 is never written as -0.
  const lost = Math.min(gained, sum(against.map((one) => one.exact)));
  breakdown.push({ category: negativeCategory, score: 0 - lost, max: 0, evidence: against.map(({ evidence }) => ({ ...evidence, points: 0 - evidence.points })) });
  return { score: gained - lost, breakdown };
}

export function verdictOf(score: number): ContactScore["verdict"] {
  if (score >= 80) return "strong_fit";
  if (score >= 60) return "good_fit";
  return score >= 40 ? "possible_fit" : "poor_fit";
}

/** How much of its points a signal of this age is worth; one from the future counts as of now. */
export const decay = (ageMs: number, halfLifeDays: number): number => 0.5 ** (Math.max(0, ageMs) / (halfLifeDays * dayMs));

interface Worth {
  exact: number;
  evidence: Evidence;
}

function worth(criterion: Criterion, facts: Facts, signals: readonly ScoredSignal[]): Worth | undefined {
  return "activity" in criterion ? activityWorth(criterion, facts, signals) : fieldWorth(criterion, facts);
}

function fieldWorth(rule: FieldRule, facts: Facts): Worth | undefined {
  if (!evaluate(rule, facts)) return undefined;
  return { exact: rule.points, evidence: { rule: ruleText(rule), points: rule.points, value: shown(valueOf(rule.field, facts)), signals: 0, signalIds: [] } };
}

function activityWorth(rule: ActivityRule, facts: Facts, signals: readonly ScoredSignal[]): Worth | undefined {
  const fitting = signals.filter(({ type, page }) => type === rule.activity && (rule.page === undefined || (page !== null && matchesGlob(rule.page, page.slice(0, 2000)))));
  if (fitting.length === 0) return undefined;
  const exact = sum(fitting.map(({ at }) => rule.points * decay(facts.now - at, rule.halfLifeDays)));
  const evidence = { rule: ruleText(rule), points: Math.round(exact * 100) / 100, value: null, signals: fitting.length, signalIds: fitting.slice(0, idsShown).map(({ id }) => id) };
  return { exact, evidence };
}

/** The rule as its author would say it. */
export function ruleText(rule: Criterion): string {
  if ("activity" in rule) return `${rule.activity}${rule.page === undefined ? "" : ` of ${rule.page}`}, halved every ${rule.halfLifeDays} days`;
  const value = rule.value === undefined ? "" : ` ${JSON.stringify(rule.value)}`;
  return cut(`${rule.field} ${rule.op}${value}`);
}

function shown(value: unknown): string | null {
  if (value === undefined || value === null || value === "") return null;
  return cut(typeof value === "string" ? value : JSON.stringify(value));
}

const cut = (text: string) => (text.length > valueCharsMax ? `${text.slice(0, valueCharsMax - 1).toWellFormed()}…` : text);

const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);
