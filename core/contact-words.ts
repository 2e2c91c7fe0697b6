/** The published states of a contact. */
export const contactStatuses = ["new", "ready", "contacted", "replied", "converted", "lost"] as const;
