/**
 * Whether a text fits a pattern in which `*` stands for any characters and `?` for one; without regard to case. Time is at
 * most the product of both lengths: what visitors send can't make it slow (security row 8).
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const p = [...pattern.toLowerCase()];
  const t = [...text.toLowerCase()];
  let at = 0;
  let star = -1;
  let retry = 0;
  for (let i = 0; i < t.length; ) {
    if (at < p.length && p[at] === "*") {
      star = at++;
      retry = i;
    } else if (at < p.length && (p[at] === "?" || p[at] === t[i])) {
      at++;
      i++;
    } else if (star >= 0) {
      // The last star takes one more character; earlier stars need not be tried again.
      at = star + 1;
      i = ++retry;
    } else return false;
  }
  while (p[at] === "*") at++;
  return at === p.length;
}
