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

/** What connectors read from social networks: stored and listed beside the eight, never taken by POST /signals. */
export const socialTypes = ["social_post", "social_comment", "social_reaction", "social_mention", "social_follow"] as const;
export type SocialType = (typeof socialTypes)[number];

/** Every type that a stored signal may have; a signal is social by its type. */
export const storedTypes = [...signalTypes, ...socialTypes] as const;
export type StoredType = SignalType | SocialType;

export const isSocial = (type: StoredType): type is SocialType => socialTypes.some((social) => social === type);

export const priorities = ["high", "medium", "low"] as const;
export type Priority = (typeof priorities)[number];
