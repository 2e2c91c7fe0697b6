/** Worksheets of the lane kit, by file name. CSV (RFC 4180) with a header and example rows. */
export const kitFiles: Readonly<Record<string, string>> = {
  "READ-ME-FIRST.txt": `The lane kit
============

1  lane-description.csv     One row for each leg and each hand-over, in order.
2  product-limits.csv       One row for each product: band, time outside, study number.
3  hand-over-log.csv        Print it and hang it beside the dock door, with a pen on a string.
4  excursion-register.csv   One row for each warm or cold spell, however it was judged.

Fill in 1 and 2 with the person who packs. Keep 3 for two weeks. Copy from 3 into 4
whatever took longer than 20 minutes. Then you know which door to stand at.

All times with their zone, all temperatures in degrees Celsius.
Free to use and to change.

Rimeway Ltd, Grimsby
`,
  "lane-description.csv": csv([
    ["step", "kind", "place", "held_by", "planned_minutes", "worst_minutes", "worst_ambient_celsius", "who_notices"],
    ["1", "packing", "Grimsby, table 2", "own staff", "20", "45", "21", "packer"],
    ["2", "hand-over", "Grimsby, dock B", "own staff", "10", "55", "31", "nobody"],
    ["3", "road", "A46 to East Midlands", "carrier", "165", "240", "33", "driver"],
    ["4", "hand-over", "East Midlands, apron", "handler", "25", "95", "36", "nobody"],
  ]),
  "product-limits.csv": csv([
    ["product", "low_celsius", "high_celsius", "outside_minutes_max", "outside_celsius_max", "freeze_sensitive", "study", "then"],
    ["Adsorbed vaccine (example)", "2", "8", "0", "8", "yes", "21-043", "reject"],
    ["Antibody (example)", "2", "8", "720", "25", "no", "22-118", "hold"],
  ]),
  "hand-over-log.csv": csv([
    ["date", "consignment", "released_at", "released_by", "taken_over_at", "taken_over_by", "minutes_between", "celsius"],
    ["2026-09-14", "0417", "21:01", "R. Cole", "21:05", "J. Hart", "4", "4.6"],
  ]),
  "excursion-register.csv": csv([
    ["consignment", "left_band_at", "zone", "minutes_outside", "extreme_celsius", "place", "held_by", "judged", "report"],
    ["0417", "2026-09-15 02:10", "UTC", "47", "9.4", "East Midlands, apron", "handler", "release", "TD-26-031"],
  ]),
};

function csv(rows: readonly (readonly string[])[]): string {
  return `${rows.map((row) => row.map((cell) => (/[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(",")).join("\r\n")}\r\n`;
}
