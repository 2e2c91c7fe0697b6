import { expect, test } from "vitest";
import { addContact } from "../support/contacts.ts";
import { visit } from "../support/api.ts";
import { openConsole, patient } from "../support/console.ts";
import { startTagged, useBrowser } from "../support/journey.ts";

const browser = useBrowser();

/** An active workflow for visits to the prices, a known person, and a sequence that nobody activated. */
async function started(steps: (sequenceId: string) => unknown[]) {
  const api = await startTagged();
  const { key } = await api.newKey({ scopes: ["workflows:manage", "workflows:read", "sequences:manage"] });
  const sequenceId = String((await api.call("POST", "/v1/sequences", { key, body: { name: "Intro" } })).body.data.id);
  const contactId = await addContact(api.store, Date.now(), api.workspace.id, "jane@acme.test");
  const trigger = { on: "signal", types: ["website_visit"], page: "/pricing*" };
  const made = await api.call("POST", "/v1/workflows", { key, body: { name: "Hot pricing visit", trigger, steps: steps(sequenceId), cooldownHours: 0 } });
  await api.call("POST", `/v1/workflows/${made.body.data.id}/activate`, { key });
  return { api, contactId };
}

test("a row shows the run that its signal started, and the drawer its steps, as they happen and after a reload", async () => {
  const { api, contactId } = await started(() => [
    { do: "tag", add: ["hot"] },
    { do: "branch", where: { field: "contact.email", op: "exists" }, then: [{ do: "task", title: "Call {{ contact.email }}" }] },
    { do: "wait", hours: 2 },
    { do: "stop" },
  ]);
  const { page, errors } = await openConsole(browser(), api);
  await api.call("POST", "/v1/signals", { body: visit({ contactId }) });
  const chip = page.locator(".row .run");
  await chip.waitFor();
  await expect.poll(() => chip.textContent(), patient).toBe("workflow Hot pricing visitwaiting");
  await chip.click();
  const steps = page.locator(".runs li");
  await expect.poll(() => steps.allTextContents(), patient).toEqual(["Tagdone", "Decidedone", "Add a taskdone", "Waitwaiting"]);
  // The run goes on while the drawer is open: it is not read again, only told.
  await api.store.write(async (tx) => {
    await tx.updateTable("workflow_run_steps").set({ next_at: 1 }).where("status", "=", "waiting").execute();
    await tx.updateTable("workflow_runs").set({ due_at: 1 }).execute();
  });
  await expect.poll(() => steps.allTextContents(), patient).toEqual(["Tagdone", "Decidedone", "Add a taskdone", "Waitdone", "Stopdone"]);
  await page.reload();
  await expect.poll(() => page.locator(".row .run").textContent(), patient).toBe("workflow Hot pricing visitdone");
  expect(errors).toEqual([]);
});

test("a run that failed says so on a phone too, with the reason", async () => {
  const { api, contactId } = await started((id) => [{ do: "enroll", sequenceId: id }, { do: "tag", add: ["never"] }]);
  const { page } = await openConsole(browser(), api, { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
  await api.call("POST", "/v1/signals", { body: visit({ contactId }) });
  const chip = page.locator(".row .run-failed");
  await chip.waitFor();
  await chip.tap();
  await expect.poll(() => page.locator(".runs li").allTextContents(), patient).toEqual([expect.stringMatching(/^Enrollfailed.*The sequence is not active/)]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
});
