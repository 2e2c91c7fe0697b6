/** What an event's payload names, and so what a webhook's body carries beside the ids. */
export type Subject = "contact" | "company" | "signal" | "run" | "workflow" | "sequence" | "enrollment";

interface Kind {
  what: string;
  /** Ids and words that its payload holds; never personal data. */
  ids: readonly string[];
  /** What of it is shown to receivers as the API shows it. */
  carries: readonly Subject[];
}

const contact = (what: string, ...more: string[]): Kind => ({ what, ids: ["contactId", ...more], carries: ["contact"] });
const company = (what: string, ...more: string[]): Kind => ({ what, ids: ["companyId", ...more], carries: ["company"] });
const signal = (what: string): Kind => ({ what, ids: ["signalId", "contactId"], carries: ["signal", "contact"] });
const workflow = (what: string): Kind => ({ what, ids: ["workflowId", "version"], carries: ["workflow"] });
const run = (what: string): Kind => ({ what, ids: ["runId", "workflowId", "contactId"], carries: ["run", "contact"] });
const sequence = (what: string): Kind => ({ what, ids: ["sequenceId", "version"], carries: ["sequence"] });
const enrollment = (what: string): Kind => ({ what, ids: ["enrollmentId", "sequenceId", "contactId"], carries: ["enrollment", "contact"] });
const enrichment = (what: string): Kind => ({ what, ids: ["contactId", "jobId"], carries: ["contact"] });
const connector = (what: string, ...more: string[]): Kind => ({ what, ids: ["connectorId", "integrationSlug", ...more], carries: [] });
const webhook = (what: string): Kind => ({ what, ids: ["webhookId", "reason"], carries: [] });

/** THE catalogue of events: what `recordEvent` may record, webhooks may ask for and GET /events answers. */
export const eventKinds = {
  "contact.created": contact("A contact was created"),
  "contact.updated": contact("Fields of a contact changed", "fields"),
  "contact.status_changed": contact("A contact's status changed", "from", "to"),
  "contact.archived": contact("A contact was archived"),
  "contact.restored": contact("An archived contact was brought back"),
  "contact.merged": contact("Another contact was merged into this one", "mergedContactId", "mergeId"),
  "contact.merge_undone": contact("A merge into this contact was taken back", "mergedContactId", "mergeId"),
  "contact.scored": contact("A contact was scored", "icpProfileId", "icpVersion", "scoreId", "oldScore", "newScore", "verdict"),
  "company.created": company("A company was created"),
  "company.updated": company("Fields of a company changed", "fields"),
  "import.committed": { what: "An import of contacts was carried out", ids: ["importId", "created", "updated", "skipped", "rejected"], carries: [] },
  "visitor.identified": { what: "A visitor turned out to be a contact", ids: ["visitorId", "contactId"], carries: ["contact"] },
  "signal.received": signal("A signal was stored (people's, not bots'); recorded while a webhook asks for it"),
  "signal.actioned": { what: "A signal was marked as actioned", ids: ["signalId"], carries: ["signal"] },
  "signal.unactioned": { what: "A signal's mark was taken back", ids: ["signalId"], carries: ["signal"] },
  "workflow.created": workflow("A workflow was created"),
  "workflow.updated": workflow("A workflow has a new version"),
  "workflow.activated": workflow("A workflow was put to work"),
  "workflow.paused": workflow("A workflow was paused"),
  "workflow.archived": workflow("A workflow was archived"),
  "workflow.run_queued": run("A run of a workflow is queued"),
  "workflow.run_completed": run("A run of a workflow did all its steps"),
  "workflow.run_failed": run("A run of a workflow failed"),
  "workflow.run_stopped": run("A run of a workflow was ended before its last step: cancelled, by a step's onError, or since its contact is gone"),
  "task.created": { what: "People are asked to do something", ids: ["taskId", "contactId"], carries: ["contact"] },
  "task.closed": { what: "A task was done, or dismissed", ids: ["taskId", "contactId"], carries: ["contact"] },
  "task.reopened": { what: "A closed task was opened again", ids: ["taskId", "contactId"], carries: ["contact"] },
  "sequence.created": sequence("A sequence was created"),
  "sequence.updated": sequence("A sequence has a new version"),
  "sequence.activated": sequence("A sequence was put to work"),
  "sequence.paused": sequence("A sequence was paused"),
  "sequence.archived": sequence("A sequence was archived"),
  "enrollment.created": enrollment("A contact was enrolled in a sequence"),
  "enrollment.paused": enrollment("An enrollment was paused"),
  "enrollment.resumed": enrollment("A paused enrollment goes on"),
  "enrollment.completed": enrollment("An enrollment did all its steps"),
  "enrollment.stopped": enrollment("An enrollment was stopped"),
  "icp_profile.created": { what: "An ICP profile was created", ids: ["icpProfileId", "version"], carries: [] },
  "icp_profile.updated": { what: "An ICP profile has a new version", ids: ["icpProfileId", "version"], carries: [] },
  "icp_profile.published": { what: "An ICP profile's rules were put to work", ids: ["icpProfileId", "version"], carries: [] },
  "icp_profile.archived": { what: "An ICP profile was archived", ids: ["icpProfileId", "version"], carries: [] },
  "enrichment.queued": enrichment("A contact's enrichment is queued"),
  "enrichment.completed": enrichment("A contact's enrichment is complete"),
  "enrichment.failed": enrichment("A contact's enrichment failed"),
  "connector.created": connector("A connector was added"),
  "connector.updated": connector("A connector's name or configuration changed"),
  "connector.reconnected": connector("A connector has new credentials"),
  "connector.archived": connector("A connector was archived"),
  "connector.failing": connector("A connector keeps failing", "reason"),
  "connector.recovered": connector("A connector works again"),
  "website_analysis.queued": { what: "The analysis of a company's site is queued", ids: ["analysisId", "companyId"], carries: ["company"] },
  "message.drafted": { what: "A reply was drafted", ids: ["threadId", "draftId"], carries: [] },
  "webhook.failing": webhook("A webhook's receiver keeps failing"),
  "webhook.disabled": webhook("A webhook was switched off: its receiver said 410 Gone, or nothing arrived for days"),
  "inbound.received": { what: "A row of an inbound hook was taken in", ids: ["inboundHookId", "payloadId", "row", "contactId", "signalId"], carries: ["contact", "signal"] },
} as const satisfies Record<string, Kind>;

/** Whether a kind is asked for by `contact.created`, `contact.*` or `*`. */
export function matchesKind(patterns: readonly string[], kind: string): boolean {
  return patterns.some((pattern) => pattern === kind || pattern === "*" || (pattern.endsWith(".*") && kind.startsWith(pattern.slice(0, -1))));
}
