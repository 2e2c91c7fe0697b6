// The estimate under the rate card: the same three prices, times the number on the slider.
const form = document.querySelector("[data-estimate]");
const slider = form.querySelector("input");
const plans = [
  { name: "Network", from: 400, pounds: 8.5 },
  { name: "Depot", from: 40, pounds: 11 },
  { name: "Lane", from: 0, pounds: 14 },
];

function estimate() {
  const count = slider.valueAsNumber;
  const plan = plans.find((candidate) => count >= candidate.from);
  form.querySelector("[data-count]").textContent = count;
  form.querySelector("[data-sum]").textContent = `£${(count * plan.pounds).toLocaleString("en-GB", { maximumFractionDigits: 0 })}`;
  form.querySelector("[data-plan]").textContent = plan.name;
}

slider.addEventListener("input", estimate);
form.addEventListener("submit", (event) => event.preventDefault());
estimate();
