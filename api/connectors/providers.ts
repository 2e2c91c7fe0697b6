import type { Provider } from "./provider.ts";
import { anthropic } from "./providers/anthropic/index.ts";
import { httpEnrichment } from "./providers/http-enrichment/index.ts";
import { hubspot } from "./providers/hubspot/index.ts";
import { imap } from "./providers/imap/index.ts";
import { mmdb } from "./providers/mmdb/index.ts";
import { openaiCompatible } from "./providers/openai-compatible/index.ts";
import { slack } from "./providers/slack/index.ts";
import { smtp } from "./providers/smtp/index.ts";
import { webhook } from "./providers/webhook/index.ts";

/** THE list of what can be plugged in. */
export const providers: readonly Provider[] = [slack, webhook, smtp, imap, hubspot, openaiCompatible, anthropic, httpEnrichment, mmdb];

export const findProvider = (slug: string): Provider | undefined => providers.find((p) => p.slug === slug);
