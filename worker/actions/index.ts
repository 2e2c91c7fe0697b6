import type { PlainStep } from "../../api/workflows/index.ts";
import type { Inside, Outside } from "./action.ts";
import { enrich } from "./enrich.ts";
import { enroll } from "./enroll.ts";
import { notify } from "./notify.ts";
import { score } from "./score.ts";
import { set } from "./set.ts";
import { tag } from "./tag.ts";
import { task } from "./task.ts";
import { unenroll } from "./unenroll.ts";
import { webhook } from "./webhook.ts";

/** THE list of what steps do in the store. */
export const insides = { enrich, enroll, score, set, tag, task, unenroll } as Readonly<Partial<Record<PlainStep["do"], Inside<PlainStep>>>>;

/** THE list of what steps do outside. */
export const outsides = { notify, webhook } as Readonly<Partial<Record<PlainStep["do"], Outside<PlainStep>>>>;
