import type { Pages } from "./types.ts";

type Page = Record<string, unknown> & { hasMore?: boolean; nextCursor?: string | null };

/** A list that asks `ask` for its pages: for the first at once, for each further one when it is reached. `rows` names the field that holds a page's rows. */
export function pagesOf(ask: (cursor?: string) => Promise<unknown>, rows: string): Pages<Page, unknown> {
  const first = ask() as Promise<Page>;
  async function* pages(): AsyncGenerator<Page> {
    for (let page = await first; ; page = (await ask(page.nextCursor ?? undefined)) as Page) {
      yield page;
      if (!page.nextCursor) return;
    }
  }
  async function* each(): AsyncGenerator<unknown> {
    for await (const page of pages()) yield* page[rows] as Iterable<unknown>;
  }
  return Object.assign(first, { pages, [Symbol.asyncIterator]: each });
}
