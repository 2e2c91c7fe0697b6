/** One of the papers on the resources page. */
export interface DocumentEntry {
  /** Name in this folder, and the last part of its URL. */
  file: string;
  title: string;
  summary: string;
  /** Large word on the drawn cover. */
  coverWord: string;
  pages: number;
}

/** The papers that `make-files.ts` prints. */
export const documents: readonly DocumentEntry[] = [
  {
    file: "cold-chain-audit-checklist.pdf",
    title: "The cold-chain audit checklist",
    summary: "Forty-two questions that auditors ask, in the order in which they walk the building, each with the piece of paper that answers it.",
    coverWord: "Walk",
    pages: 3,
  },
  {
    file: "lane-qualification-handbook.pdf",
    title: "Lane qualification, step by step",
    summary: "How to show that a route holds its temperature: risk review, summer and winter runs, where the loggers go, what to write down.",
    coverWord: "Lane",
    pages: 4,
  },
  {
    file: "deviation-report-template.pdf",
    title: "A deviation report that gets signed",
    summary: "Two pages to fill in: what happened, how warm, how long, and why the goods are or are not fit to release. With notes for the writer.",
    coverWord: "Sign",
    pages: 2,
  },
];
