/** The fence between the tag and the page that hosts it. */

/**
 * Makes a function that never throws, and that does nothing in a page still being prerendered:
 * a call made then runs once the page is shown, in the order of the calls, or never.
 */
export const guard =
  <A extends unknown[], R>(run: (...args: A) => R) =>
  (...args: A): R | void => {
    try {
      if (!document.prerendering) return run(...args);
      listen("prerenderingchange", () => run(...args));
    } catch {
      // The page matters more than the signal.
    }
  };

/** Listens to an event on its way down, before a handler of the page can stop it. */
export const listen = <E extends Event>(type: string, run: (event: E) => unknown): void =>
  addEventListener(type, guard(run) as (event: Event) => void, true);
