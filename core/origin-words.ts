/** Why a text is no origin exactly as browsers send it (scheme, host, port; no path, no wildcard); undefined where it is one. */
export function originProblem(text: string): string | undefined {
  if (text.includes("*")) return `"${text}" has a wildcard, but origins are matched exactly. Name each one.`;
  if (!URL.canParse(text)) return `"${text}" is not an origin. Write it as browsers send it, e.g. https://www.example.com`;
  const { origin } = new URL(text);
  if (origin === "null") return `"${text}" is not an origin of a web page. Write it as browsers send it, e.g. https://www.example.com`;
  return origin === text.replace(/\/$/, "") ? undefined : `"${text}" is not an origin. Did you mean ${origin}?`;
}
