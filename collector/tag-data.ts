import type { SignalInput } from "./contract.ts";

const urlCharsMax = 2000;
const textCharsMax = 500;
const linkTextCharsMax = 200;

/** What is offered as a file on the web, by extension. The tag asks about every other link that is no page. */
const fileExtensions = new Set(
  (
    "pdf doc docx docm dot dotx xls xlsx xlsm xlsb ppt pptx pptm pps ppsx odt ods odp odg rtf txt md csv tsv xml json yaml yml ics vcf epub mobi azw3 djvu ps eps ai psd sketch fig " +
    "key numbers pages zip rar 7z gz tgz tar bz2 xz zst dmg pkg exe msi apk aab ipa deb rpm iso img appimage jar war whl bin " +
    "mp3 wav flac ogg oga m4a aac wma mid midi mp4 m4v mov avi mkv webm wmv mpg mpeg ogv svg png jpg jpeg gif webp avif tif tiff bmp ttf otf woff woff2 stl step stp dwg dxf"
  ).split(" "),
);
const imageExtensions = new Set(["svg", "png", "jpg", "jpeg", "gif", "webp", "avif"]);

/**
 * Finishes what the tag leaves to the server so that every page loads less: bounds of texts, the name and extension of
 * a file, and, where the tag is not sure (`data.check`), whether a link is a file at all. Answers undefined if it is none.
 */
export function completeTagData(input: SignalInput): SignalInput | undefined {
  const { check, ...data } = input.data;
  for (const name of ["pageUrl", "referrer", "fileUrl", "targetUrl"]) tidy(data, name);
  if (data["referrer"] === "") delete data["referrer"];
  for (const name of ["title", "fileName"]) cut(data, name, textCharsMax);
  if (input.type === "content_download" && typeof data["fileUrl"] === "string") {
    const last = lastSegment(data["fileUrl"]);
    const named = typeof data["fileName"] === "string" && data["fileName"] !== "";
    const extension = extensionOf(named ? String(data["fileName"]) : last) ?? extensionOf(last);
    // A picture that a click opens is looked at, not taken home.
    if (check === true && !named && (extension === undefined || !fileExtensions.has(extension) || imageExtensions.has(extension))) return undefined;
    data["fileName"] = named ? data["fileName"] : last.slice(0, textCharsMax);
    if (extension !== undefined) data["fileExtension"] ??= extension;
    if (typeof data["linkText"] === "string") data["linkText"] = data["linkText"].trim().replaceAll(/\s+/g, " ").slice(0, linkTextCharsMax);
  }
  return { ...input, source: input.source ?? "website_tracker", data };
}

/** Where the tag took a parameter out, its separators stand. */
function tidy(data: Record<string, unknown>, name: string): void {
  const text = data[name];
  if (typeof text === "string") data[name] = text.slice(0, urlCharsMax).replaceAll(/([?&])&+/g, "$1").replace(/[?&]+(?=#|$)/, "");
}

function cut(data: Record<string, unknown>, name: string, max: number): void {
  const text = data[name];
  if (typeof text === "string" && text.length > max) data[name] = text.slice(0, max);
}

function lastSegment(url: string): string {
  const last = url.replace(/[?#].*/s, "").split("/").at(-1) ?? "";
  try {
    return decodeURIComponent(last);
  } catch {
    // A stray per cent sign: the name stays as it is written.
    return last;
  }
}

const extensionOf = (name: string) => /\.(\w{1,10})$/.exec(name.toLowerCase())?.[1];
