/** Transactions (by their `tx`) that recorded events, so that the writer can say so right after their commit. */
const marked = new WeakSet<object>();

export const markEvents = (tx: object): void => void marked.add(tx);

/** Whether events were recorded by `tx` since the last time it was asked. */
export const takeEventMark = (tx: object): boolean => marked.delete(tx);
