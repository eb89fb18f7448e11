"""The style sheet of the HTML report: light and dark, phone and paper."""

from __future__ import annotations

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #fff; --panel: #f6f7f9; --ink: #1b1f24; --dim: #57606a; --rule: #d5dae1; --link: #0a58b8;
  --error: #b3261e; --warning: #8a5300; --note: #0b6b83; --good: #1a7034; --unknown: #6b3fa0;
  --closing: #c2410c; --repricing: #7c5cc4;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --panel: #1d2127; --ink: #e7eaee; --dim: #a2abb5; --rule: #353b44; --link: #7fb6ff;
    --error: #ff8a80; --warning: #f2b84b; --note: #62c6de; --good: #6fce8b; --unknown: #c3a2f2;
    --closing: #f28b54; --repricing: #b39cf0;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif;
  overflow-wrap: anywhere; }
main, header, footer { max-width: 68rem; margin: 0 auto; padding: 0 1.25rem; }
h1, h2, h3, p, ul, ol { margin: 0; }
h2 { margin: 2.5rem 0 .75rem; font-size: 1.15rem; border-bottom: 1px solid var(--rule); padding-bottom: .3rem; }
h3 { font-size: 1rem; }
code, .place { font: .9em/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
code { background: var(--panel); border-radius: .25rem; padding: .05rem .3rem; }
a { color: var(--link); }
header { padding-top: 2rem; }
h1 { display: flex; flex-wrap: wrap; gap: .4rem 1rem; align-items: baseline; font-size: 1.5rem; }
.verdict { border: 2px solid; border-radius: .4rem; padding: 0 .6rem; letter-spacing: .04em; }
.dim, small { color: var(--dim); font-size: .9rem; font-weight: normal; }
.error, .FAIL { color: var(--error); } .warning { color: var(--warning); } .note { color: var(--note); }
small.error, small.warning { color: var(--error); } small.warning { color: var(--warning); }
.good, .PASS { color: var(--good); } .unknown, .INCOMPLETE { color: var(--unknown); }
.first { padding-left: 1.6rem; } .first li { margin: .6rem 0; }
article { border-left: .3rem solid; padding: .1rem 0 .1rem 1rem; margin: 1.25rem 0; break-inside: avoid; }
article > * { color: var(--ink); } article > .dim { color: var(--dim); }
article h3 .severity { margin-right: .5rem; }
article h3 .subject { font-weight: normal; margin-left: .5rem; }
.next { margin-top: .4rem; padding: .4rem .7rem; background: var(--panel); border-radius: .3rem; }
.facts { padding-left: 1.1rem; color: var(--dim); font-size: .9rem; }
.place { color: var(--dim); }
details > summary { cursor: pointer; }
.exposed { border-bottom: 1px solid var(--rule); padding: .3rem 0; break-inside: avoid; }
.exposed > summary { display: grid; grid-template-columns: minmax(8rem, 20rem) 1fr 2.5rem; gap: 0 .8rem;
  align-items: center; list-style: none; }
.exposed > summary::-webkit-details-marker { display: none; }
.exposed .name::before { content: "+ "; color: var(--dim); } .exposed[open] .name::before { content: "− "; }
.exposed .score { text-align: right; font-variant-numeric: tabular-nums; }
.why td:first-child { white-space: nowrap; text-align: right; font-variant-numeric: tabular-nums; }
.why td:nth-child(2) { width: 45%; } .why td:last-child { color: var(--dim); }
.exposed .why { padding: .3rem 0 .6rem 1rem; }
svg { display: block; width: 100%; }
.bars { height: 1.1rem; }
.grid { stroke: var(--rule); } .closing { fill: var(--closing); } .repricing { fill: var(--repricing); }
.key { display: inline-block; width: .8rem; height: .8rem; border-radius: .15rem; margin: 0 .3rem 0 1rem; }
.key.closing { background: var(--closing); } .key.repricing { background: var(--repricing); }
.sort { display: inline-block; margin: 0 .3rem .6rem 0; padding: .1rem .6rem; border: 1px solid var(--rule);
  border-radius: 1rem; cursor: pointer; font-size: .9rem; }
.pick { position: absolute; opacity: 0; }
.pick:checked + .sort { background: var(--ink); color: var(--paper); border-color: var(--ink); }
.pick:focus-visible + .sort { outline: 2px solid var(--link); outline-offset: 2px; }
.rows { display: flex; flex-direction: column; border-top: 1px solid var(--rule); }
.row { display: grid; grid-template-columns: 4.2rem 7rem 11rem minmax(0, 1fr) 4rem 11rem; gap: 0 .8rem;
  padding: .4rem 0; border-bottom: 1px solid var(--rule); break-inside: avoid; }
.head { color: var(--dim); font-size: .9rem; order: -1; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
#by-model:checked ~ .rows .row { order: var(--model); }
#by-availability:checked ~ .rows .row { order: var(--availability); }
#by-license:checked ~ .rows .row { order: var(--license); }
.line { margin: 1.2rem 0; break-inside: avoid; }
.line svg { height: 54px; overflow: visible; }
.axis { stroke: var(--rule); stroke-width: 2; }
.open-release { fill: var(--good); stroke: var(--good); } .closed-release { fill: var(--paper); stroke: var(--error); }
.yours { stroke: var(--ink); stroke-width: 3; }
.line text { font-size: .75rem; fill: var(--dim); }
table { border-collapse: collapse; font-size: .9rem; margin: .4rem 0; }
td { padding: .15rem 1rem .15rem 0; vertical-align: top; }
footer { margin-top: 3rem; padding-bottom: 3rem; }
footer p { border-top: 1px solid var(--rule); padding-top: .8rem; }
@media (max-width: 46rem) {
  .row { grid-template-columns: 7rem 1fr; }
  .row > :nth-child(3)::before { content: "license "; color: var(--dim); }
  .row > :nth-child(3) { grid-column: 2; } .row > :nth-child(4) { grid-column: 1 / -1; order: -1; font-weight: 600; }
  .row > :nth-child(5)::before { content: "loads "; color: var(--dim); } .row > :nth-child(5) { text-align: left; }
  .head { display: none; }
  .row > :nth-child(1)::before { content: "exposure "; color: var(--dim); } .row > :nth-child(1) { text-align: left; }
  .exposed > summary { grid-template-columns: 1fr 2.5rem; } .exposed .name { grid-column: 1 / -1; }
  td { display: block; padding: 0; } tr { display: block; padding: .3rem 0; border-bottom: 1px solid var(--rule); }
}
@media print {
  :root { color-scheme: light; --paper: #fff; --panel: #f2f2f2; --ink: #000; --dim: #444; --rule: #bbb; --link: #000;
    --error: #a00; --warning: #740; --note: #056; --good: #060; --unknown: #537; --closing: #c2410c;
    --repricing: #7c5cc4; }
  html { font-size: 9pt; }
  body { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .sort { display: none; }
  .exposed { break-inside: auto; } .exposed::details-content { content-visibility: visible; }
  h2, h3, h2 + p { break-after: avoid; }
}
"""
