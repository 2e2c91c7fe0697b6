/** What the script tag puts at `window.owlbound`. No call ever throws, whatever the page or the network does. */

/** A published signal type. */
export type OwlboundSignalType =
  | "job_change"
  | "company_growth"
  | "funding_round"
  | "website_visit"
  | "content_download"
  | "job_posting"
  | "technology_adoption"
  | "custom_webhook";

export interface OwlboundTrackOptions {
  contactId?: string;
  priority?: "high" | "medium" | "low";
  notes?: string;
}

export interface OwlboundPerson {
  email?: string;
  contactId?: string;
  firstName?: string;
  lastName?: string;
  company?: string;
  title?: string;
  phone?: string;
}

/** One finding of the doctor. */
export interface OwlboundCheck {
  name: string;
  ok: boolean;
  /** What was found and, when not ok, what to do about it. */
  text: string;
}

/** What became of the last signal. */
export interface OwlboundReceipt {
  stored: boolean;
  signalId?: string;
  duplicate?: boolean;
  /** Ids of the workflows that matched, where the answer names them. */
  workflows?: string[];
  error?: { code: string; message: string };
}

export interface OwlboundDoctorReport {
  ok: boolean;
  version: string;
  checks: OwlboundCheck[];
  /** Absent while nothing was sent from this page. */
  receipt?: OwlboundReceipt;
}

export interface Owlbound {
  /** Sends a signal. `data` up to 10 KB of JSON. */
  track(type: OwlboundSignalType, data: Record<string, unknown>, options?: OwlboundTrackOptions): void;
  /** Says who the visitor is; `proof` is the hex HMAC-SHA-256 made by the site's server. Does nothing in mode `anonymous`. */
  identify(person: OwlboundPerson, proof?: string): void;
  /** Records a visit of the current address, even when it did not change. */
  page(): void;
  /** `granted`: send and, where the mode says so, remember. `denied`: stop, and delete what was stored. */
  consent(decision: "granted" | "denied"): void;
  /** Stops everything in this browser until `optIn()`. */
  optOut(): void;
  optIn(): void;
  /** Forgets the visitor and session ids (at sign-out); later signals belong to somebody new. */
  reset(): void;
  /** Says in the console what is wrong with this installation, and what became of the last signal. */
  doctor(): Promise<OwlboundDoctorReport>;
}

declare global {
  interface Window {
    owlbound: Owlbound;
  }
}
