const hostOf = /^(?:[a-z]{2,3}\.|www\.|m\.)*linkedin\.com$/;

/**
 * The duplicate key of a LinkedIn address: `in/slug` or `company/slug`, lower case, decoded, whatever locale, query or slash stood
 * around it. Undefined when it is none of `kind`.
 */
export function linkedInKey(text: string, kind: "in" | "company"): string | undefined {
  const typed = text.trim();
  let url: URL;
  try {
    url = new URL(/^[a-z]+:\/\//i.test(typed) ? typed : `https://${typed}`);
  } catch {
    return undefined;
  }
  if (!/^https?:$/.test(url.protocol) || !hostOf.test(url.hostname.toLowerCase())) return undefined;
  const [folder, slug] = url.pathname.split("/").filter((part) => part !== "");
  if (folder?.toLowerCase() !== kind || slug === undefined) return undefined;
  try {
    return `${kind}/${decodeURIComponent(slug).normalize("NFKC").toLowerCase()}`;
  } catch {
    return undefined;
  }
}
