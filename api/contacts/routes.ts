import { action, Reply, route } from "../http/context.ts";
import { createContacts } from "./batch.ts";
import * as contract from "./contract.ts";
import { detailOf, getContact } from "./detail.ts";
import { exportContacts } from "./export.ts";
import { toContact } from "./fields.ts";
import { searchContacts } from "./search.ts";
import { archiveContact, createContact, listCompanyContacts, listContacts, restoreContact, updateContact, upsertContact } from "./service.ts";

export const contactRoutes = [
  route(contract.listContacts, ({ ctx, cursors, query }) => listContacts(ctx, cursors, query)),
  action(contract.createContact, async ({ ctx, tx, query, body }) => {
    const { row, created } = await createContact(ctx, tx, body, query.on_duplicate);
    return new Reply(created ? 201 : 200, { contactId: row.id });
  }),
  action(contract.createContacts, async ({ ctx, tx, query, body, refund }) => {
    const { results, charged } = await createContacts(ctx, tx, body.contacts, query.on_duplicate);
    refund((results.length - charged) * contract.createContact.credits);
    return { results };
  }),
  route(contract.companyContacts, ({ ctx, cursors, params, query }) => listCompanyContacts(ctx, cursors, params.id, query)),
  action(contract.upsertContact, async ({ ctx, tx, body }) => {
    const { row, created } = await upsertContact(ctx, tx, body);
    return new Reply(created ? 201 : 200, { contactId: row.id, created });
  }),
  route(contract.searchContacts, ({ ctx, body }) => searchContacts(ctx, body)),
  route(contract.exportContacts, ({ ctx, query }) => exportContacts(ctx, query)),
  route(contract.getContact, ({ ctx, params }) => getContact(ctx, params.id)),
  action(contract.updateContact, async ({ ctx, tx, params, body }) => detailOf(tx, await updateContact(ctx, tx, params.id, body))),
  action(contract.archiveContact, ({ ctx, tx, params, query, body }) => archiveContact(ctx, tx, params.id, body?.reason ?? query.reason)),
  action(contract.restoreContact, async ({ ctx, tx, params }) => toContact(await restoreContact(ctx, tx, params.id))),
];
