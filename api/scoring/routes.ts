import { action, route } from "../http/context.ts";
import { backtestProfile } from "./backtest.ts";
import * as contract from "./contract.ts";
import { archiveProfile, createProfile, getProfile, listProfiles, publishProfile, updateProfile } from "./profiles.ts";
import { listScores, scoreContact } from "./service.ts";

export const scoringRoutes = [
  route(contract.listProfiles, ({ ctx, cursors, query }) => listProfiles(ctx, cursors, query)),
  action(contract.createProfile, ({ ctx, tx, body }) => createProfile(ctx, tx, body)),
  route(contract.getProfile, ({ ctx, params, query }) => getProfile(ctx, params.id, query.version)),
  action(contract.updateProfile, ({ ctx, tx, params, body }) => updateProfile(ctx, tx, params.id, body)),
  action(contract.archiveProfile, ({ ctx, tx, params }) => archiveProfile(ctx, tx, params.id)),
  action(contract.publishProfile, ({ ctx, tx, params }) => publishProfile(ctx, tx, params.id)),
  route(contract.backtestProfile, ({ ctx, params, body }) => backtestProfile(ctx, params.id, body?.version)),
  action(contract.scoreContact, ({ ctx, tx, params, body }) => scoreContact(ctx, tx, params.id, body.icpProfileId)),
  route(contract.listScores, ({ ctx, cursors, params, query }) => listScores(ctx, cursors, params.id, query)),
];
