const tones = "Amber Ashen Bold Brisk Calm Clear Copper Coral Dusky Early Fleet Gentle Golden Hazel Idle Ivory Jade Keen Late Lively Misty Mossy Nimble Olive Pale Quiet Rosy Rustic Silver Sunny Swift Wry".split(" ");
const birds = "Auk Bittern Brant Crake Crane Curlew Dove Dunlin Egret Eider Falcon Finch Grebe Gull Heron Hoopoe Ibis Jay Kestrel Kite Lark Linnet Magpie Martin Oriole Plover Robin Siskin Stork Swift Tern Wren".split(" ");

/** 32-bit FNV-1a with a final mix: the same id looks the same on every screen. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** `Amber Wren 7f`: a name for somebody whom nobody knows, stable for an id. */
export function visitorName(id: string): string {
  const hash = hashOf(id);
  const tail = ((hash >>> 10) & 255).toString(16).padStart(2, "0");
  return `${tones[hash & 31] ?? ""} ${birds[(hash >>> 5) & 31] ?? ""} ${tail}`;
}

/** `AL` of `Ada Lovelace`, or of the e-mail where there is no name. */
export function initials(name: string | null, email: string | null): string {
  const words = (name ?? email?.split("@")[0]?.replace(/[._-]+/g, " ") ?? "").trim().split(/\s+/);
  const first = [...(words[0] ?? "")][0] ?? "?";
  const last = words.length > 1 ? ([...(words.at(-1) ?? "")][0] ?? "") : "";
  return (first + last).toUpperCase();
}
