const paths = {
  visit: "M4 2.5h5.5L12 5v8.5H4zM9.5 2.5V5H12",
  download: "M8 2.5v7M5 7l3 3 3-3M3.5 13h9",
  other: "M8.8 1.8 4 9h3.6l-.6 5.2L12 7H8.4z",
  person: "M8 8a2.6 2.6 0 1 0 0-5.2A2.6 2.6 0 0 0 8 8zM3 13.6c.5-2.6 2.4-4 5-4s4.5 1.4 5 4",
  pause: "M5.5 3v10M10.5 3v10",
  play: "M5 3l7.5 5L5 13z",
  copy: "M5.5 5.5h7v8h-7zM3.5 10.5v-8h7",
  check: "M3 8.5l3.5 3.5L13 4.5",
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  leave: "M9.5 3H4v10h5.5M7 8h6.5M11 5.5 13.5 8 11 10.5",
  light: "M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6zM8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.2 1.2M11.8 11.8 13 13M13 3l-1.2 1.2M4.2 11.8 3 13",
  dark: "M13 9.8A5.5 5.5 0 0 1 6.2 3 5.5 5.5 0 1 0 13 9.8z",
  system: "M2 3.5h12v7.5H2zM5.5 13.5h5M8 11v2.5",
  out: "M6 3.5H3.5v9h9V10M9 3h4v4M13 3 7.5 8.5",
  clock: "M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zM8 5.2V8l2 1.6",
  alert: "M8 2 14.5 13.5h-13zM8 6.5v3.2M8 11.6v.2",
} as const;

export type IconName = keyof typeof paths;

/** A line icon; the text or label beside it says what it means. */
export function Icon({ name, class: more }: { name: IconName; class?: string }) {
  return (
    <svg class={`icon ${more ?? ""}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
