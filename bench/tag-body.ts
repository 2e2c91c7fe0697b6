/** What the tag posts, with the pages, campaigns and people of a small company's site. */

export const chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
export const site = "https://www.example.com";

/** As a browser sends them with the tag's text body. */
export const headers = {
  "content-type": "text/plain;charset=UTF-8",
  "user-agent": chrome,
  origin: site,
  referer: `${site}/`,
  accept: "*/*",
  "accept-language": "en-GB,en;q=0.9",
  "accept-encoding": "gzip, deflate, br, zstd",
  "sec-ch-ua": '"Chromium";v="140", "Not=A?Brand";v="24", "Google Chrome";v="140"',
  "sec-ch-ua-mobile": "?0",
  "sec-ch-ua-platform": '"Windows"',
  "sec-fetch-site": "cross-site",
  "sec-fetch-mode": "cors",
  "sec-fetch-dest": "empty",
} as const;

const paths = ["/", "/pricing", "/product", "/customers", "/about", "/contact", "/blog", ...Array.from({ length: 30 }, (_, i) => `/blog/how-we-measure-${i + 1}`)];
const campaigns = ["utm_source=newsletter&utm_medium=email&utm_campaign=spring", "utm_source=google&utm_medium=cpc&utm_campaign=brand&gclid=EAIaIQobChMI"];
const referrers = ["https://www.google.com/", "https://www.linkedin.com/", "https://news.ycombinator.com/item?id=41", ""];

/** Bodies up to what differs between any two signals; four of five visits come from another page of the site. */
export const visits = paths.flatMap((path, i) =>
  Array.from({ length: 5 }, (_, n) => {
    const entry = n === 0;
    const query = entry && i % 2 === 0 ? `?${campaigns[i % 4 === 0 ? 0 : 1]}` : "";
    const referrer = entry ? referrers[i % referrers.length] : site + (paths[(i + n) % paths.length] ?? "/");
    return {
      type: "website_visit" as const,
      data: { pageUrl: site + path + query, ...(referrer === "" ? {} : { referrer }), title: `Example ${path === "/" ? "Ltd" : path}` },
      source: "website_tracker",
    };
  }),
);

/** As the tag makes them: the time, then 53 random bits. */
export const newTagId = (now: number): string => `${now}-${Math.floor(Math.random() * 2 ** 53)}`;

export function pick<T>(from: readonly T[]): T {
  const found = from[Math.floor(Math.random() * from.length)];
  if (found === undefined) throw new Error("nothing to pick from");
  return found;
}

/** A body as it goes over the wire. */
export function tagBody(key: string, visitorId: string): string {
  const now = Date.now();
  return JSON.stringify({ ...pick(visits), occurredAt: now - 20, visitorId, messageId: newTagId(now), key, sentAt: now });
}
