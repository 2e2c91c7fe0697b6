/** Says within this process that something of a workspace changed which open screens show. What it is, they read from the store. */
export interface News<More extends unknown[] = []> {
  tell(workspaceId: string, ...more: More): void;
  /** Answers how to stop listening. */
  on(listener: (workspaceId: string, ...more: More) => void): () => void;
}

/** News of workflow runs, by id: one each time a run has moved and its state is durable. */
export type RunNews = News<[runId: string]>;

export function createNews<More extends unknown[] = []>(): News<More> {
  const listeners = new Set<(workspaceId: string, ...more: More) => void>();
  return {
    tell: (workspaceId, ...more) => {
      for (const listener of listeners) listener(workspaceId, ...more);
    },
    on: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
