"""Style and script of the plan's page."""

from typing import Final

STYLE: Final = """
:root { color-scheme: light dark; --ink: #1d2733; --paper: #fff; --soft: #5b6775; --line: #d9dee5;
  --bar: #2f6fb5; --gone: #c9ced6; --good: #e4f2ea; --bad: #f9e3e1; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9ef; --paper: #14181d; --soft: #9aa6b4;
  --line: #323a44; --bar: #5b93d3; --gone: #39414b; --good: #1d3529; --bad: #432423; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 84rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; line-height: 1.25; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
.verdict { font-size: 1.1rem; padding: .8rem 1rem; border-radius: .4rem; background: var(--good); }
.bad { background: var(--bad); }
.soft, footer, figcaption { color: var(--soft); font-size: .85rem; }
.wide { overflow-x: auto; }
p, ul { max-width: 48rem; }
.verdict { max-width: none; }
table { border-collapse: collapse; font-size: .82rem; overflow-wrap: normal; }
th, td { text-align: left; padding: .25rem .45rem; border-bottom: 1px solid var(--line); }
td { white-space: nowrap; }
#strategies th:first-child, #strategies td:first-child { position: sticky; left: 0;
  background: var(--paper); padding-left: 0; }
#strategies .best td:first-child { background: var(--good); padding-left: .3rem; }
#strategies .bad td:first-child { background: var(--bad); padding-left: .3rem; }
footer { margin-top: 1.5rem; }
.n { text-align: right; font-variant-numeric: tabular-nums; }
.best { background: var(--good); font-weight: 600; }
.out { color: var(--soft); }
th button { all: unset; cursor: pointer; font-weight: 600; white-space: nowrap; }
th button:focus-visible { outline: 2px solid var(--bar); }
th[aria-sort=ascending] button::after { content: " \\25B4"; }
th[aria-sort=descending] button::after { content: " \\25BE"; }
figure { margin: 0; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr));
  gap: 1rem 3rem; }
svg { width: 100%; max-width: 40rem; height: auto; display: block; }
@media (max-width: 40rem) { svg text { font-size: 15px; } td { white-space: normal; }
  td.n { white-space: nowrap; } td:first-child { min-width: 7.5rem; overflow-wrap: anywhere; }
  td:nth-child(2) { min-width: 5.6rem; } }
@media print { body { max-width: none; font-size: 11px; } h2 { break-after: avoid; }
  .wide { overflow: visible; } table { font-size: 7px; } figure, tr { break-inside: avoid; }
  .figures { grid-template-columns: 1fr 1fr; } th, td { padding: .1rem .25rem; } }
"""

SORT_SCRIPT: Final = """
document.querySelectorAll("#strategies th button").forEach(button => {
  button.addEventListener("click", () => {
    const head = button.parentElement, body = document.querySelector("#strategies tbody");
    const up = head.getAttribute("aria-sort") !== "ascending";
    document.querySelectorAll("#strategies th").forEach(th => th.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const place = Number(button.dataset.column);
    const value = row => {
      const cell = row.cells[place], known = cell.dataset.value;
      if (known !== undefined) return Number(known);
      return cell.classList.contains("n") ? Infinity : cell.textContent;
    };
    const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0) * (up ? 1 : -1);
    [...body.rows].sort((a, b) => order(value(a), value(b))).forEach(row => body.append(row));
  });
});
"""
