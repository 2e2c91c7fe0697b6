import { html, type Html } from "../render/html.ts";

type Question = readonly [question: string, paper: string];

const rooms: readonly (readonly [name: string, why: string, questions: readonly Question[]])[] = [
  ["At the gate", "Auditors begin where your control begins. Show them the line.", [
    ["Who may hand goods over here, and how do you know them?", "Approved carrier list"],
    ["How long may a vehicle wait before it is unloaded?", "Dock procedure"],
    ["Is the vehicle's temperature read before its doors are opened?", "Arrival form"],
    ["What happens when the seal number does not match?", "Discrepancy record"],
    ["Who decides at night?", "On-call list"],
    ["How is the hand-over minute recorded, and by both sides?", "Hand-over log"],
    ["Where do rejected goods stand, and can they be mistaken?", "Site plan, quarantine"]]],
  ["On the dock", "The warmest spot in most buildings, and the one with the fewest sensors.", [
    ["What is the dock's temperature on the hottest day of last year?", "Dock monitoring, July"],
    ["How many minutes may a pallet stand there?", "Time-out-of-storage rule"],
    ["Who watches the clock?", "Shift roster, log"],
    ["Are trailers cooled down before loading, and who checks?", "Pre-cool checklist"],
    ["Do the doors close before the next one opens?", "Door interlock test"],
    ["Are conditioned gel packs weighed and timed?", "Coolant preparation record"],
    ["Can you show last month's longest waiting time?", "Hand-over report"]]],
  ["In the cold room", "Mapping, monitoring, alarms: in this order.", [
    ["When was the room mapped, empty and loaded, winter and summer?", "Mapping report"],
    ["Do the sensors sit where the map says the extremes are?", "Sensor plan"],
    ["When were they calibrated, at which points, by whom?", "Certificates"],
    ["Show me an alarm from last month, from first ring to closing.", "Alarm log, one case"],
    ["What happens if the power fails for four hours?", "Power-failure test"],
    ["How do you keep frozen goods off the air outlet?", "Shelf marking"],
    ["Who can change an alarm limit, and where is that seen?", "Access list, audit trail"]]],
  ["At the packing table", "Most deviations are packed, not driven.", [
    ["Which packing instruction belongs to this product and this season?", "Packing instruction"],
    ["How does the packer know when summer begins?", "Season change notice"],
    ["Where exactly does the logger go?", "Drawing in the instruction"],
    ["Has the shipper been qualified for the longest route plus a day?", "Qualification report"],
    ["Is the logger started, and at temperature, before the lid is closed?", "Start record"],
    ["Who packed this box, and who checked?", "Batch packing record"],
    ["When did this person last pack under observation?", "Training record"]]],
  ["On the road", "You cannot see it, so you need somebody's word and somebody's data.", [
    ["Is there a quality agreement with every carrier on this lane?", "Quality agreements"],
    ["Who are the subcontractors, and who approved them?", "Subcontractor list"],
    ["Was the lane assessed for risk, and when was it last reviewed?", "Lane risk review"],
    ["What does the driver do when the unit stops?", "Driver's instruction"],
    ["Who is told of an excursion while something can still be done?", "Alarm routing"],
    ["How do you get the data if the logger does not come back?", "Upload settings"],
    ["Which lane failed most often last year, and what did you change?", "Annual lane review"]]],
  ["In the office", "Here the stories are compared with the papers.", [
    ["Show me the last three transport deviations.", "Deviation reports"],
    ["Who decides on release, and can they be overruled?", "Release procedure"],
    ["Which stability data justify this decision?", "Study number, budget sheet"],
    ["How much of the batch's stability budget was already spent?", "Budget sheet"],
    ["Can a record be changed, and would you notice?", "Audit trail, hash check"],
    ["For how long are the records kept, and can you still open them?", "Retention test"],
    ["What did the last self-inspection find, and is it closed?", "Self-inspection, CAPA list"]]],
];

/** Three pages: six stations, forty-two questions. */
export function checklist(): Html[] {
  return [0, 2, 4].map((first) => html`${first === 0 && html`<header class="cover"><h1>The cold-chain audit checklist</h1><p>Forty-two questions in the order in which an auditor walks the building. Tick those that you can answer within five minutes, with the paper in your hand. The others are your work for this month.</p></header>`}
${rooms.slice(first, first + 2).map(([name, why, questions], index) => html`<section class="station"><h2>${first + index + 1}. ${name}</h2><p class="why">${why}</p>
<table><thead><tr><th class="tick"></th><th>Question</th><th class="paper-col">Paper that answers it</th></tr></thead><tbody>${questions.map(([question, paper]) => html`<tr><td class="tick"><i></i></td><td>${question}</td><td class="paper-col">${paper}</td></tr>`)}</tbody></table></section>`)}
${first === 4 && html`<p class="sign">Walked on <b></b> by <b></b> Answered within five minutes: <b class="short"></b> of 42</p>`}`);
}
