import { describe, expect, test } from "vitest";
import { OperatorError } from "../../core/errors.ts";
import { servers } from "../../test/support/stores.ts";
import { openPostgresStore } from "./index.ts";
import { explain } from "./open.ts";

const now = () => 1_950_000_000_000;
const secret = "s3cr3t-pass";

async function refusalOf(url: string): Promise<string> {
  const error: unknown = await openPostgresStore({ url, now }).then(
    async (store) => store.close(),
    (reason: unknown) => reason,
  );
  if (!(error instanceof OperatorError)) throw new Error("it was not refused in an operator's words", { cause: error });
  return error.message;
}

describe("a start that can't succeed names DATABASE_URL and the fix, never the password", () => {
  test.each([
    ["a URL of something else", `mysql://u:${secret}@127.0.0.1/db`, /not a PostgreSQL URL.*postgres:\/\/user:password@host/],
    ["no URL at all", secret, /not a PostgreSQL URL/],
    ["nobody listens", `postgres://u:${secret}@127.0.0.1:1/db`, /127\.0\.0\.1:1\/db can't be reached \(ECONNREFUSED\).*DATABASE_URL/],
    ["no such host", `postgres://u:${secret}@nowhere.invalid/db`, /nowhere\.invalid:5432\/db can't be found.*DATABASE_URL/],
  ])("%s", async (_, url, words) => {
    const message = await refusalOf(url);
    expect(message).toMatch(words);
    expect(message).not.toContain(secret);
  });

  test.each([
    ["28P01", /refused the user or password/],
    ["53300", /no connection left/],
    ["42501", /GRANT CREATE/],
    ["57P03", /still starting/],
    ["XX000", /answered XX000: odd/],
  ])("the server answers %s", (code, words) => {
    const error = explain(Object.assign(new Error("odd"), { code, severity: "FATAL" }), `postgres://u:${secret}@db.example/app`);
    expect(error).toBeInstanceOf(OperatorError);
    expect(String(error)).toMatch(words);
    expect(String(error)).toContain("DATABASE_URL");
    expect(String(error)).not.toContain(secret);
  });
});

describe.each(servers)("a %s server", (_name, open) => {
  test("that acknowledges before its log is on disk is refused", async () => {
    const { url = "", run, dispose } = await open(now);
    try {
      await run(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET synchronous_commit = off`);
      expect(await refusalOf(url)).toMatch(/synchronous_commit = off.*ALTER DATABASE/);
    } finally {
      await dispose();
    }
  });

  test("without the database is refused", async () => {
    const { url = "", dispose } = await open(now);
    try {
      expect(await refusalOf(`${url}_gone`)).toMatch(/no such database.*createdb/);
    } finally {
      await dispose();
    }
  });
});
