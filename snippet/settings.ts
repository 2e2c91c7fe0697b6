/** What the script tag's own attributes and address say. */

/** The tag itself. */
export const script = document.currentScript as HTMLScriptElement;

/** The tag's `data-*` attributes. */
export const settings = script.dataset;

/** The tag's own address; the chunks lie beside it. */
export const address = new URL(script.src);

/** Publishable key; tag managers drop attributes, so the address may carry it too. */
export const key = settings.key || address.searchParams.get("key");

/** Base URL of the collector's endpoints, without a slash at its end. */
export const collector = settings.collector || address.origin + "/v1";
