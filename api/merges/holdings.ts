/**
 * THE list of what hangs on a contact by its `contact_id` and moves with it; a test compares it with the database. Visitors come
 * first: ingest locks them on PostgreSQL, and whatever it stored for the loser until then is moved after them.
 */
export const holdings = ["visitors", "signals", "identity_claims", "enrollments", "message_threads", "messages", "workflow_runs", "events", "privacy_requests"] as const;
export type Holding = (typeof holdings)[number];

/** Made from the contact's own fields, and so its own. */
export const ownIndexes = ["contact_words", "contact_keys"] as const;
