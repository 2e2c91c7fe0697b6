import { OperatorError } from "../core/errors.ts";
import { build } from "./build.ts";

try {
  await build();
} catch (error) {
  if (!(error instanceof OperatorError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
const { start } = await import("../cli/start.ts");
await start(process.env);
