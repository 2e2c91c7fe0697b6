// The field guide's own router. Every view is in the page already; moving between them is a change of address and of what is shown.
const guide = document.querySelector("[data-guide]");
const views = new Map([...guide.querySelectorAll("[data-view]")].map((view) => [view.dataset.view, view]));

function show(path) {
  for (const [name, view] of views) view.hidden = name !== path;
  for (const link of guide.querySelectorAll("nav a")) {
    if (link.pathname === path) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  for (const link of document.querySelectorAll('.top a[href="/guide"]')) link.setAttribute("aria-current", path === "/guide" ? "page" : "true");
  // As in most single-page sites, the title follows the address, not the other way round.
  document.title = views.get(path).dataset.title;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (event.defaultPrevented || !plain || !link || link.target || link.hasAttribute("download")) return;
  if (link.origin !== location.origin || !views.has(link.pathname)) return;
  event.preventDefault();
  if (link.pathname !== location.pathname) history.pushState(null, "", link.pathname);
  show(link.pathname);
  window.scrollTo(0, 0);
  views.get(link.pathname).querySelector("h1").focus({ preventScroll: true });
});

window.addEventListener("popstate", () => {
  if (views.has(location.pathname)) show(location.pathname);
});

// Mean kinetic temperature by Haynes' formula; ΔH/R is 10,000 K for the usual activation energy.
const activation = 83_144 / 8.3144;

function kineticMean(celsius) {
  const mean = celsius.reduce((sum, value) => sum + Math.exp(-activation / (value + 273.15)), 0) / celsius.length;
  return activation / -Math.log(mean) - 273.15;
}

const calculator = guide.querySelector("[data-calculator]");
const readings = calculator.querySelector("textarea");

function calculate() {
  const words = readings.value.split(/[\s;]+|,(?=\s)/).filter(Boolean);
  const values = words.map((word) => Number(word.replace(",", ".").replace("−", "-"))).filter((value) => Number.isFinite(value) && value > -200 && value < 200);
  const write = (name, value) => {
    calculator.querySelector(`[data-${name}]`).textContent = Number.isFinite(value) ? `${value.toFixed(1).replace("-", "−")} °C` : "–";
  };
  write("mkt", kineticMean(values));
  write("mean", values.reduce((sum, value) => sum + value, 0) / values.length);
  write("peak", Math.max(...values));
  write("low", Math.min(...values));
  const skipped = words.length - values.length;
  calculator.querySelector("[data-note]").textContent =
    `${values.length} readings${skipped > 0 ? `, ${skipped} left out because they are no temperatures` : ""}. Activation energy 83.144 kJ/mol.`;
}

readings.addEventListener("input", calculate);
calculator.addEventListener("submit", (event) => event.preventDefault());
calculate();
