/** Browser features newer than TypeScript's DOM library, and names that the build puts in. */
interface Document {
  /** https://developer.mozilla.org/docs/Web/API/Document/prerendering */
  readonly prerendering?: boolean;
}
interface Navigator {
  /** https://www.w3.org/TR/gpc/ */
  readonly globalPrivacyControl?: boolean;
}
/** File names of the chunks beside the script, put in by build.ts. */
declare const CHUNK_MORE: string;
declare const CHUNK_OUTBOUND: string;
declare const CHUNK_VITALS: string;
declare const CHUNK_FORMS: string;
declare const CHUNK_DOCTOR: string;
/** Version of the package, put in by build.ts. */
declare const TAG_VERSION: string;
