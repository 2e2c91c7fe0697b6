/** Chunk that every page loads beside the core: what happens in the page after it was shown. */

import { clicks } from "./downloads.ts";
import { engagement } from "./engagement.ts";
import { guard, listen } from "./guard.ts";
import { watchHistory } from "./history.ts";
import type { StartPage } from "./chunk.ts";

const load = (name: string, ...needs: unknown[]) =>
  import(new URL(name, import.meta.url).href).then((chunk) => chunk.default(...needs)).catch(console.warn);

export default guard<Parameters<StartPage>, void>((shared, post, clean, script, visit, who) => {
  const { track } = window.owlbound;
  const settings = script.dataset;
  shared.doctor = () => load(CHUNK_DOCTOR, script, shared);
  const idle = self.requestIdleCallback || setTimeout;
  idle(() => {
    if ("vitals" in settings) load(CHUNK_VITALS, shared, post);
    if ("forms" in settings) load(CHUNK_FORMS, post, who);
  });
  if (/[?&]owlbound_debug/.test(location.search)) shared.doctor();
  watchHistory(visit);
  const follow = clicks(track, clean, settings);
  for (const type of ["click", "auxclick"]) listen(type, follow);
  shared.report = guard(engagement(shared, post));
});
