export { type CountedSignal, daysNeeded, evaluate, type Facts } from "./evaluate.ts";
export { matchesGlob } from "./glob.ts";
