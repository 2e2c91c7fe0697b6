/** A new id: the time, so that a waiting body's age shows in its name, and 53 random bits in digits. */
export const newId = (): string => Date.now() + "-" + Math.random() * 2 ** 53;
