/** The published ingest enum: exactly these eight. */
export const signalTypes = [
  "job_change",
  "company_growth",
  "funding_round",
  "website_visit",
  "content_download",
  "job_posting",
  "technology_adoption",
  "custom_webhook",
] as const;
export type SignalType = (typeof signalTypes)[number];

export const priorities = ["high", "medium", "low"] as const;
export type Priority = (typeof priorities)[number];
