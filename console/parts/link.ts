/** The address to link to, or null: only http and https, whatever a page or script put into a signal. */
export function safeHref(text: string | null): string | null {
  if (text === null || !URL.canParse(text)) return null;
  const url = new URL(text);
  return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
}

/** A mailto link, or null where the text is no plain address. */
export function mailHref(email: string | null): string | null {
  return email !== null && /^[^\s@?&#%:/\\]+@[^\s@?&#%:/\\]+$/.test(email) ? `mailto:${email}` : null;
}

/** `example.com/pricing?plan=a`: an address as people read it. The text itself where it is none. */
export function readableUrl(text: string): string {
  const href = safeHref(text);
  if (href === null) return text;
  const { host, pathname, search } = new URL(href);
  const path = `${pathname}${search}`;
  try {
    return host + decodeURI(path);
  } catch {
    return host + path;
  }
}
