import { action, route } from "../http/context.ts";
import * as contract from "./contract.ts";
import { checkEligibility, enroll, getEnrollment, listEnrollments, updateEnrollment } from "./enrollments.ts";
import { archiveSequence, createSequence, getSequence, listSequences, setSequenceStatus, updateSequence } from "./service.ts";

export const sequenceRoutes = [
  route(contract.listSequences, ({ ctx, cursors, query }) => listSequences(ctx, cursors, query)),
  action(contract.createSequence, ({ ctx, tx, body }) => createSequence(ctx, tx, body)),
  route(contract.getSequence, ({ ctx, params }) => getSequence(ctx, params.id)),
  action(contract.updateSequence, ({ ctx, tx, params, body }) => updateSequence(ctx, tx, params.id, body)),
  action(contract.archiveSequence, ({ ctx, tx, params }) => archiveSequence(ctx, tx, params.id)),
  action(contract.activateSequence, ({ ctx, tx, params }) => setSequenceStatus(ctx, tx, params.id, "active")),
  action(contract.pauseSequence, ({ ctx, tx, params }) => setSequenceStatus(ctx, tx, params.id, "paused")),
  action(contract.enroll, ({ ctx, tx, params, body }) => enroll(ctx, tx, params.id, body)),
  route(contract.checkEligibility, ({ ctx, params, body }) => checkEligibility(ctx, params.id, body.contactIds)),
  route(contract.listEnrollments, ({ ctx, cursors, params, query }) => listEnrollments(ctx, cursors, params.id, query)),
  route(contract.getEnrollment, ({ ctx, params }) => getEnrollment(ctx, params.id)),
  action(contract.updateEnrollment, ({ ctx, tx, params, body }) => updateEnrollment(ctx, tx, params.id, body)),
];
