"""How the report page looks and what its few lines of script do; the same colours for a drawing in a file.

Two palettes, one light and one dark, chosen by the reader's system; ``data-theme`` on the root overrules it.
Hues are those that colour-blind readers tell apart (green, orange, blue), dark enough in light and light
enough in dark for text in them; shapes, stripes and words say the same again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LIGHT: Final[Mapping[str, str]] = {
    "paper": "#faf9f6",
    "card": "#ffffff",
    "ink": "#1d1c1a",
    "soft": "#5d5a54",
    "rule": "#dcd8cf",
    "grid": "#e9e6df",
    "verkle": "#00785a",
    "patricia": "#b4500b",
    "binary": "#1f62b5",
    "other": "#6b5b95",
    "plain": "#5d5a54",
    "on": "#ffffff",
    "link": "#1f62b5",
    "mark": "#f1eee6",
}
DARK: Final[Mapping[str, str]] = {
    "paper": "#131417",
    "card": "#1a1c20",
    "ink": "#eae8e3",
    "soft": "#a5a29b",
    "rule": "#34373d",
    "grid": "#282b30",
    "verkle": "#46c79d",
    "patricia": "#f59a55",
    "binary": "#74aef5",
    "other": "#b3a4dc",
    "plain": "#a5a29b",
    "on": "#0e1012",
    "link": "#8bbcf7",
    "mark": "#24272c",
}
HUES: Final = ("verkle", "patricia", "binary", "other", "plain")


def _variables(palette: Mapping[str, str]) -> str:
    return "".join(f"--{name}:{colour};" for name, colour in palette.items())


_HUES: Final = "".join(f".{hue}{{--hue:var(--{hue})}}" for hue in HUES)
CHART: Final = (
    _HUES
    + """
.chart{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",
"Liberation Sans",Arial,sans-serif;
font-size:12px;font-variant-numeric:tabular-nums;fill:var(--ink)}
.chart .t{fill:var(--ink)}.chart .b{font-weight:600}.chart .s,.chart .tick,.chart .axis{fill:var(--soft)}
.chart .tick,.chart .axis{font-size:11.5px}.chart .axis{font-style:italic}
.chart .hued{fill:var(--hue);font-weight:600}.chart .on{fill:var(--on);font-weight:600;font-size:11.5px}
.chart .grid{stroke:var(--grid);stroke-width:1}.chart .zero{stroke:var(--soft);stroke-width:1}
.chart .fill{fill:var(--hue)}.chart .tint{fill:var(--hue);fill-opacity:.42}
.chart .faint{fill:var(--hue);fill-opacity:.13}.chart .wash{fill:var(--hue);fill-opacity:.2}
.chart .dot{fill:var(--hue);fill-opacity:.78;stroke:var(--card);stroke-width:.8}
.chart .point{fill:var(--hue);stroke:var(--card);stroke-width:1.2}
.chart .open{fill:var(--card);stroke:var(--hue);stroke-width:1.8}
.chart .law{fill:none;stroke:var(--hue);stroke-width:1.8;stroke-linejoin:round}
.chart .dash{stroke-dasharray:6 3}.chart .dots{stroke-dasharray:1.5 3;stroke-linecap:round}
.chart .whisker{stroke:var(--hue);stroke-width:1.4}.chart .median{stroke:var(--hue);stroke-width:2.6}
.chart .leader{stroke:var(--rule);stroke-width:1}
"""
)

_PAGE: Final = """
*{box-sizing:border-box}
html{color-scheme:light dark;background:var(--paper);color:var(--ink);-webkit-text-size-adjust:100%;
scroll-padding-top:1rem}
:root[data-theme=light]{color-scheme:light}:root[data-theme=dark]{color-scheme:dark}
body{margin:0;font:1.0625rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",
"Liberation Sans",
Arial,sans-serif;overflow-wrap:break-word}
h1,h2,h3,.lead,.big{font-family:Charter,"Bitstream Charter","Iowan Old Style","Source Serif 4",Cambria,
Georgia,
"Liberation Serif",serif}
.page{max-width:76rem;margin:0 auto;padding:0 1rem 4rem;display:grid;grid-template-columns:minmax(0,1fr)}
main{min-width:0}
a{color:var(--link);text-underline-offset:.18em;text-decoration-thickness:.06em}
a:focus-visible,button:focus-visible,summary:focus-visible,
.scroll:focus-visible{outline:2px solid var(--link);
outline-offset:2px;border-radius:2px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;background:var(--card);
padding:.4rem .8rem}
header{padding:1.1rem 0 0}
.bar{display:flex;justify-content:space-between;align-items:center;gap:1rem;
border-bottom:1px solid var(--rule);
padding-bottom:.7rem;font-size:.8125rem;color:var(--soft)}
.bar code{color:var(--ink);font-weight:600}
.bar span{white-space:nowrap}
button{font:inherit;color:inherit;background:none;border:0;padding:0;cursor:pointer}
.control{border:1px solid var(--rule);border-radius:999px;padding:.2rem .8rem;font-size:.8125rem;
color:var(--ink);
background:var(--card);min-height:2rem}
.control:hover{border-color:var(--soft)}
.js-only{display:none}.js .js-only{display:inline-block}
h1{font-size:clamp(2rem,1.4rem + 2.6vw,3.25rem);line-height:1.1;letter-spacing:-.015em;font-weight:700;
margin:2.6rem 0 1rem;max-width:22em;text-wrap:balance}
.lead{font-size:clamp(1.125rem,1.05rem + .4vw,1.3125rem);line-height:1.55;max-width:40em;margin:0 0 1.6rem}
.lead b{font-weight:700;white-space:nowrap}.lead .verkle,.lead .patricia,.lead .binary{color:var(--hue)}
h2{font-size:1.625rem;line-height:1.25;letter-spacing:-.01em;margin:3.6rem 0 .6rem;padding-top:1.1rem;
border-top:1px solid var(--rule);text-wrap:balance}
h3{font-size:1.1875rem;line-height:1.35;margin:2rem 0 .4rem}
p,ul,ol,dl{max-width:42em}p{margin:.6rem 0}
ul,ol{padding-left:1.2em}li{margin:.35rem 0}
.soft{color:var(--soft)}.small{font-size:.875rem}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:.9em;
overflow-wrap:anywhere}
pre{background:var(--mark);border-radius:6px;padding:.8rem 1rem;overflow-x:auto;font-size:.8125rem;
line-height:1.6;
max-width:100%}
pre code{overflow-wrap:normal;font-size:1em}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(15.5rem,1fr));gap:1px;
background:var(--rule);
border:1px solid var(--rule);border-radius:10px;overflow:hidden;margin:1.8rem 0 0;padding:0;
list-style:none;max-width:none}
.tiles li{background:var(--card);margin:0;padding:1.05rem 1.2rem 1.1rem;border-top:3px solid var(--hue)}
.tiles .name{display:block;font-size:.875rem;font-weight:600;color:var(--hue)}
.tiles .big{display:block;font-size:2.125rem;line-height:1.2;font-weight:700;letter-spacing:-.02em;
margin:.15rem 0 .1rem;
white-space:nowrap}
.tiles .what{display:block;font-size:.8125rem;line-height:1.45;color:var(--soft)}
figure{margin:1.9rem 0 2.2rem;min-width:0}
figcaption{margin:0 0 .9rem;max-width:46em}
figcaption strong{display:block;font-size:1.0625rem;line-height:1.4}
figcaption span{display:block;font-size:.875rem;line-height:1.55;color:var(--soft)}
.plate{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:1.1rem 1rem .8rem}
.chart{display:block;max-width:100%;height:auto}
.wide .chart{width:100%}.narrow .chart{width:100%;max-width:27rem}
.narrow{display:none}
.panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(22rem,100%),1fr));column-gap:1.4rem}
.panels figure{display:grid;grid-template-rows:subgrid;grid-row:span 3;grid-template-columns:minmax(0,
1fr);row-gap:0}
.panels .plate{display:flex;flex-direction:column;justify-content:space-between}
.key{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;margin:0 0 .8rem;padding:0;list-style:none;
font-size:.8125rem;
color:var(--soft);max-width:none}
.key li{margin:0;display:flex;align-items:center;gap:.45rem}
.key svg{flex:none;display:block}
details{margin:.7rem 0 0;font-size:.875rem}
summary{cursor:pointer;color:var(--soft);padding:.25rem 0}summary:hover{color:var(--ink)}
.scroll{overflow-x:auto;max-width:100%;border:1px solid var(--rule);border-radius:10px;
background:var(--card);
margin:.8rem 0;-webkit-overflow-scrolling:touch}
.scroll.tall{max-height:34rem;overflow-y:auto}
table{border-collapse:separate;border-spacing:0;width:100%;font-size:.8438rem;line-height:1.4;
font-variant-numeric:tabular-nums}
caption{text-align:left;padding:.8rem .9rem .2rem;color:var(--soft);font-size:.8125rem}
th,td{text-align:left;padding:.5rem .8rem;border-bottom:1px solid var(--grid);vertical-align:baseline}
tbody tr:last-child>*{border-bottom:0}
thead th{position:sticky;top:0;z-index:2;background:var(--card);border-bottom:1px solid var(--soft);
font-weight:600;
vertical-align:bottom}
.side small{white-space:normal;min-width:7rem}
th.quoted small{min-width:13rem}
.long{min-width:17rem}
thead th small,tbody th small{display:block;font-weight:400;color:var(--soft);font-size:.75rem}
tbody th{font-weight:600;position:sticky;left:0;background:var(--card);z-index:1;min-width:8.5rem;
max-width:17rem}
thead th:first-child{left:0;z-index:3}
tbody tr:hover>*{background:var(--mark)}
.n{text-align:right;white-space:nowrap}
th.n button{text-align:right}
th button{font-weight:600;text-align:left;line-height:1.3;white-space:nowrap}
.w{white-space:nowrap}
th button::after{content:"";display:inline-block;width:1em;text-align:right;color:var(--soft)}
th[aria-sort=ascending] button::after{content:"↑"}th[aria-sort=descending] button::after{content:"↓"}
th.n button{position:relative}th.n button::after{position:absolute;right:100%;top:0}
.js th button:hover{text-decoration:underline;text-underline-offset:.2em}
caption span{display:block;position:sticky;left:.9rem;width:min(46rem,calc(100vw - 5rem))}
th.quoted,td.quoted{border-left:2px dashed var(--rule);color:var(--soft)}
.badge{display:inline-block;border:1px solid var(--rule);border-radius:4px;padding:0 .4em;font-size:.75rem;
color:var(--soft);white-space:nowrap}
.badge.measured{border-color:var(--ink);color:var(--ink)}.badge.modelled{border-style:dashed}
.badge.bad{border-color:var(--patricia);color:var(--patricia);font-weight:600}
.swatch{display:inline-block;width:.7em;height:.7em;border-radius:2px;background:var(--hue);
margin-right:.5em}
.facts{display:grid;grid-template-columns:minmax(8rem,max-content) minmax(0,1fr);gap:.35rem 1.4rem;
margin:.8rem 0;
font-size:.9rem;max-width:none}
.facts dt{color:var(--soft)}.facts dd{margin:0;overflow-wrap:anywhere}
.facts dl{margin:0}
nav{font-size:.8438rem;line-height:1.4}
nav ol{list-style:none;margin:0;padding:0}
nav a{color:var(--soft);text-decoration:none}nav a:hover{color:var(--ink);text-decoration:underline}
.contents{display:none}
footer{margin-top:3.5rem;border-top:1px solid var(--rule);padding-top:1rem;font-size:.8125rem;
color:var(--soft)}
@media (min-width:72rem){
.page{grid-template-columns:11.5rem minmax(0,1fr);column-gap:3.2rem;padding:0 2rem 5rem}
header{grid-column:1/-1}
.contents{display:block;position:sticky;top:1.6rem;align-self:start;padding-top:4.2rem}
.contents li{margin:.5rem 0}
}
@media (max-width:46rem){
body{font-size:1rem}
.plate{padding:.9rem .7rem .6rem;border-radius:8px}
h1{margin-top:1.8rem}h2{margin-top:2.8rem;font-size:1.4375rem}
.facts{grid-template-columns:minmax(0,1fr);gap:0}.facts dd{margin-bottom:.6rem}
th,td{padding:.45rem .6rem}
tbody th{max-width:9.5rem}
}
@media (max-width:53rem){.wide{display:none}.narrow{display:block}}
@media (max-width:62rem){.panels .wide{display:none}.panels .narrow{display:block}}
@media print{
html,:root[data-theme]{background:#fff;color-scheme:light}.page{display:block;max-width:none;padding:0}.contents,.control,
.skip{display:none!important}
body{font-size:10pt}.plate,.scroll{border-color:#bbb;break-inside:avoid}.scroll,
.scroll.tall{overflow:visible;max-height:none}
figure,tr{break-inside:avoid}h2,h3{break-after:avoid}thead th,tbody th{position:static}
}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
"""

SCRIPT: Final = """
(function(){
"use strict";
var root=document.documentElement,toggle=document.getElementById("theme"),
dark=matchMedia("(prefers-color-scheme: dark)");
function kept(){try{return localStorage.getItem("theme")}catch(e){return null}}
function keep(name){try{localStorage.setItem("theme",name)}catch(e){}}
function now(){return root.dataset.theme||(dark.matches?"dark":"light")}
function say(){toggle.textContent=now()==="dark"?"Light":"Dark";
toggle.setAttribute("aria-label","Switch to "+(now()==="dark"?"light":"dark")+" colours")}
function set(name){if(name==="light"||name==="dark"){root.dataset.theme=name}say()}
root.classList.add("js");
set(location.hash==="#dark"?"dark":location.hash==="#light"?"light":kept());
toggle.addEventListener("click",function(){var name=now()==="dark"?"light":"dark";set(name);keep(name)});
dark.addEventListener("change",say);
function value(row,column){var cell=row.cells[column];if(!cell){return""}
var said=cell.getAttribute("data-v");return said===null?cell.textContent.trim():said===""?null:Number(said)}
function compare(a,b){if(a===null||b===null){return(a===null)-(b===null)}
return typeof a==="number"&&typeof b==="number"?a-b:String(a).localeCompare(String(b),"en",{numeric:true})}
document.querySelectorAll("table.sortable thead th").forEach(function(head){
var button=document.createElement("button");button.type="button";
while(head.firstChild){button.appendChild(head.firstChild)}
head.appendChild(button);
button.addEventListener("click",function(){
var table=head.closest("table"),body=table.tBodies[0],column=head.cellIndex;
var up=head.getAttribute("aria-sort")!=="ascending";
table.querySelectorAll("th[aria-sort]").forEach(function(each){each.removeAttribute("aria-sort")});
head.setAttribute("aria-sort",up?"ascending":"descending");
Array.from(body.rows).map(function(row,i){return{row:row,v:value(row,column),i:i}}).sort(function(a,b){
if(a.v===null||b.v===null){return compare(a.v,b.v)||a.i-b.i}
return(up?1:-1)*compare(a.v,b.v)||a.i-b.i}).forEach(function(each){body.appendChild(each.row)})})});
var save=document.getElementById("save");
save.addEventListener("click",function(){
var link=document.createElement("a"),text=document.getElementById("data").textContent;
link.href=URL.createObjectURL(new Blob([text],{type:"application/json"}));link.download="compare.json";
link.click();
setTimeout(function(){URL.revokeObjectURL(link.href)},1000)});
})();
"""


def page_style() -> str:
    """The style sheet of the page; paper is light, whatever the screen is."""
    light, dark = _variables(LIGHT), _variables(DARK)
    return (
        f":root{{{light}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}"
        f"@media screen{{:root[data-theme=dark]{{{dark}}}}}" + CHART + _PAGE
    )


def drawing_style() -> str:
    """The style sheet of a drawing in a file of its own; it follows the system of whoever looks."""
    return (
        f".chart{{{_variables(LIGHT)}}}@media (prefers-color-scheme:dark){{.chart{{{_variables(DARK)}}}}}"
        + CHART
    )
