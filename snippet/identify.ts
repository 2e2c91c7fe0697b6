/** Who the visitor says to be. */

import type { PersonWire } from "../collector/wire.ts";
import { post } from "./delivery.ts";
import { remembers, who } from "./privacy.ts";

/** Links the visitor to a person; where nothing may be remembered there is no visitor to link. */
export const identify = (person: PersonWire, proof?: string): void => {
  if (remembers) post("/identify", { person, proof, ...who() });
};
