/** Says within this process that something of a workspace changed which open screens show. What it is, they read from the store. */
export interface News {
  tell(workspaceId: string): void;
  /** Answers how to stop listening. */
  on(listener: (workspaceId: string) => void): () => void;
}

export function createNews(): News {
  const listeners = new Set<(workspaceId: string) => void>();
  return {
    tell: (workspaceId) => {
      for (const listener of listeners) listener(workspaceId);
    },
    on: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
