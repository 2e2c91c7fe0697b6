import { useMemo } from "preact/hooks";
import { Icon } from "./icons.tsx";
import { hashOf, initials } from "./visitor-name.ts";

interface Who {
  visitorId: string | null;
  person: { name: string | null; email: string | null } | null;
}

const tufts = ["M4 4 12 7 20 4V13a8 7.5 0 0 1-16 0z", "M4 7.5C4 5 7 6 8 3.5c2 1.6 6 1.6 8 0 1 2.5 4 1.5 4 4V13a8 7.5 0 0 1-16 0z", "M4 9a8 5.5 0 0 1 16 0v4a8 7.5 0 0 1-16 0z"];

/** A small owl of its own for every unknown visitor, initials for a known person. Says nothing that the name beside does not. */
export function Avatar({ visitorId, person }: Who) {
  const seed = visitorId ?? "";
  return useMemo(() => {
    if (person) return <span class="avatar avatar-known" aria-hidden="true">{initials(person.name, person.email)}</span>;
    if (seed === "") return <span class="avatar avatar-none" aria-hidden="true"><Icon name="other" /></span>;
    const hash = hashOf(seed);
    const look = { x: ((hash >>> 18) % 3) - 1, y: ((hash >>> 20) % 3) - 1 };
    const eye = hash & 64 ? 3.4 : 2.9;
    return (
      <svg class="avatar" viewBox="2.5 2 19 19" aria-hidden="true" style={{ "--hue": String(((hash >>> 8) % 24) * 15) }}>
        <path class="avatar-face" d={tufts[(hash >>> 3) % tufts.length]} />
        <circle class="avatar-eye" cx="8.4" cy="11.5" r={eye} />
        <circle class="avatar-eye" cx="15.6" cy="11.5" r={eye} />
        <circle class="avatar-pupil" cx={8.4 + look.x} cy={11.5 + look.y} r="1.4" />
        <circle class="avatar-pupil" cx={15.6 + look.x} cy={11.5 + look.y} r="1.4" />
        <path class="avatar-beak" d="M10.9 14.6h2.2L12 16.8z" />
      </svg>
    );
  }, [seed, person?.name, person?.email]);
}
