import type { Html } from "../render/html.ts";
import { deviationReport } from "./deviation-report.ts";
import { fortySevenMinutes } from "./forty-seven-minutes.ts";
import { kineticMean } from "./kinetic-mean.ts";
import { threePlaces } from "./three-places.ts";

/** A note on the blog. */
export interface Post {
  /** Last part of its address. */
  slug: string;
  title: string;
  summary: string;
  author: string;
  role: string;
  /** ISO 8601 day. */
  date: string;
  /** Picks the small trace beside the title. */
  seed: number;
  body: Html;
}

/** All notes, newest first. */
export const posts: readonly Post[] = [fortySevenMinutes, kineticMean, threePlaces, deviationReport];
