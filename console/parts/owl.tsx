/** The product's mark. Asleep it has its eyes closed; awake it blinks where CSS lets it. */
export function Owl({ class: name, asleep = false }: { class?: string; asleep?: boolean }) {
  return (
    <svg class={`owl ${name ?? ""}`} viewBox="0 0 32 32" aria-hidden="true">
      <path class="owl-face" d="M3 5c5 0 9 1 13 4 4-3 8-4 13-4v13a13 11 0 0 1-26 0z" />
      {asleep ? (
        <path class="owl-lids" d="M5.5 17c1.5 3 7.5 3 9 0M17.5 17c1.5 3 7.5 3 9 0" />
      ) : (
        <g class="owl-eyes">
          <circle class="owl-white" cx="10" cy="17" r="5.6" />
          <circle class="owl-white" cx="22" cy="17" r="5.6" />
          <circle class="owl-iris" cx="10.6" cy="17" r="3.1" />
          <circle class="owl-iris" cx="21.4" cy="17" r="3.1" />
          <circle class="owl-pupil" cx="10.6" cy="17" r="1.5" />
          <circle class="owl-pupil" cx="21.4" cy="17" r="1.5" />
        </g>
      )}
      <path class="owl-iris" d="M14.4 21.2h3.2L16 24.6z" />
    </svg>
  );
}
