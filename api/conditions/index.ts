export { type CountedSignal, daysNeeded, evaluate, type Facts, valueOf } from "./evaluate.ts";
export { matchesGlob } from "./glob.ts";
export { companyFacts, contactFacts } from "./row-facts.ts";
