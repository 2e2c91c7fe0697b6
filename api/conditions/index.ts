export { type Condition, fieldKind } from "./contract.ts";
export { type CountedSignal, daysNeeded, evaluate, type Facts, rootsOf, valueOf } from "./evaluate.ts";
export { matchesGlob } from "./glob.ts";
export { companyFacts, contactFacts } from "./row-facts.ts";
