import { z } from "zod";
import { isHeaderName, isHeaderValue } from "../../../core/outbound-hop.ts";

const headersMax = 20;

/** Headers that a person adds to requests; their values may be credentials. */
export const headersOf = z
  .record(z.string().max(100).refine(isHeaderName, "is no header that can be set"), z.string().max(2000).refine(isHeaderValue, "holds a line break, a control character or letters past Latin-1"))
  .refine((all) => Object.keys(all).length <= headersMax, `has more than ${headersMax} headers`)
  .meta({ description: "More headers, e.g. Authorization" });
