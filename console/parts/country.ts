const names = new Intl.DisplayNames(undefined, { type: "region" });

/** `Germany` for `DE`; the code itself where nobody knows it. */
export function countryName(code: string): string {
  try {
    return names.of(code) ?? code;
  } catch {
    return code;
  }
}

/** The flag's two regional indicators, or null for what is no code. */
export function flagOf(code: string): string | null {
  if (!/^[A-Z]{2}$/.test(code)) return null;
  return String.fromCodePoint(...[...code].map((letter) => 0x1f1a5 + letter.charCodeAt(0)));
}

let drawn: boolean | undefined;

/** Whether this machine draws flags. Windows ships none: it shows two letters, which the code beside says already. */
export function drawsFlags(): boolean {
  if (drawn !== undefined) return drawn;
  const pen = document.createElement("canvas").getContext("2d");
  if (pen === null) return (drawn = false);
  pen.font = "20px sans-serif";
  drawn = pen.measureText("\u{1F1E9}\u{1F1EA}").width < pen.measureText("\u{1F1E9}").width * 1.5;
  return drawn;
}
