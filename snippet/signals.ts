/** The shape of everything that is counted. */

import type { SignalType, SignalWire } from "../collector/wire.ts";
import { post } from "./delivery.ts";
import { who } from "./privacy.ts";

/** A signal as it happens now. */
export const newSignal = (type: SignalType, data: Record<string, unknown>, options?: object): SignalWire => ({
  ...options,
  type,
  data,
  source: "website_tracker",
  occurredAt: Date.now(),
  ...who(),
});

/** Counts something that happened in the page. */
export const track = (type: SignalType, data: Record<string, unknown>, options?: object): void =>
  post("/signals", newSignal(type, data, options));
