/// How the page looks: on a screen of any width, and on A4 paper.
///
/// Nothing rests on colour alone: states differ by pattern, marks by shape. Times in drawings are
/// percentages, so that letters keep their size.
enum Style {
  /// What the page's Content-Security-Policy lets through, and nothing else: SHA-256 of `sheet` in
  /// base64. A test computes it.
  static let hash = "m4WOrpzid452KHat5CehFZQVJ9A+qir4KZ4yXIGH52s="

  static let sheet: Markup = """

    :root{color-scheme:light}
    *{box-sizing:border-box}
    html{font-size:15px;-webkit-text-size-adjust:100%}
    body{margin:0 auto;max-width:62rem;padding:1.5rem 1.25rem 3rem;background:#fff;color:#15181d;\
    font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif;\
    font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
    h1{font-size:1.75rem;line-height:1.2;margin:.15rem 0 .35rem;letter-spacing:-.01em}
    h2{font-size:1.25rem;line-height:1.3;margin:2.75rem 0 .75rem;padding-top:.6rem;\
    border-top:2px solid #15181d}
    h3{font-size:1rem;line-height:1.35;margin:1.5rem 0 .4rem}
    p{margin:.5rem 0;max-width:46rem}
    a{color:#1b4f86}
    code,pre{font-family:ui-monospace,"Cascadia Mono",Menlo,"Liberation Mono",monospace;\
    font-size:.9em}
    pre{white-space:pre-wrap;background:#f4f5f7;border:1px solid #d5d9e0;padding:.6rem .8rem;\
    margin:.5rem 0}
    small,.m{color:#464c56;font-size:.87rem}
    .k0{color:#464c56;font-size:.8rem;font-weight:600;letter-spacing:.08em;\
    text-transform:uppercase;margin:0}
    .per{font-size:1.1rem;margin:0 0 1rem}
    dl{display:grid;grid-template-columns:9.5rem minmax(0,1fr);gap:.2rem 1rem;margin:.6rem 0}
    dt{color:#464c56}
    dd{margin:0}
    .v{border:1px solid #2f6b46;border-left-width:8px;padding:.7rem 1rem;margin:1.25rem 0}
    .v.bad{border:3px solid #8c1d18;border-left-width:12px}
    .v>p:first-child strong{font-size:1.15rem}
    .v.weak{border:1px dashed #15181d;border-left:8px solid #15181d}
    .v.bad strong{color:#8c1d18}
    .v p,.v ul{margin:.25rem 0}
    nav{margin:1.25rem 0}
    nav ol{columns:2;column-gap:2rem;margin:.3rem 0;padding-left:1.5rem}
    .f{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.75rem;\
    margin:1rem 0;padding:0;list-style:none}
    .f li{border:1px solid #b9bfc9;padding:.6rem .8rem}
    .f b{display:block;font-size:1.9rem;line-height:1.15}
    .f .bad{border:2px solid #8c1d18}
    .f .bad b{color:#8c1d18}
    table{border-collapse:collapse;width:100%;margin:.6rem 0;font-size:.93rem}
    caption{text-align:left;color:#464c56;font-size:.87rem;padding:.2rem 0}
    .c caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
    th,td{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;\
    border-bottom:1px solid #d5d9e0}
    thead th{border-bottom:1px solid #15181d;font-weight:600;overflow-wrap:normal}
    tbody th{font-weight:400;overflow-wrap:break-word}
    .tt{font-weight:600;border-top:1px solid #15181d}
    .num{text-align:right;white-space:nowrap;padding-right:0;padding-left:.6rem}
    .x1{border:1px solid #8c1d18;border-left-width:6px;padding:.3rem 1rem .6rem;margin:1rem 0}
    .x1 h3{margin-top:.5rem}
    .x1 ol{margin:0;padding-left:1.2rem}
    .g1{display:inline-block;border:1px solid #15181d;padding:0 .45rem;font-weight:600;\
    font-size:.87rem}
    .bad2{color:#8c1d18;font-weight:600}
    .c{margin:1.1rem 0 1.6rem}
    .c h3{margin:0;border-top:1px solid #b9bfc9;padding-top:.5rem}
    .c .m{margin:.1rem 0;max-width:none}
    .c table{table-layout:fixed;font-size:.87rem;margin:.15rem 0 0}
    .c tr:last-child>*{border-bottom:0}
    .c th,.c td{padding-top:.15rem;padding-bottom:.15rem}
    .c thead th{font-size:0;line-height:0;padding:0;border:0;width:10%}
    .c thead th:nth-child(2){width:27%}.c thead th:nth-child(3){width:auto}
    svg{display:block;overflow:visible}
    .defs{position:absolute}
    .t{margin:.35rem 0 .2rem}
    .h{margin:.8rem 0}
    svg text{font-size:11px;fill:#15181d;paint-order:stroke;stroke:#fff;stroke-width:3px;\
    stroke-linejoin:round}
    .n{text-anchor:middle;font-weight:600}
    .l{text-anchor:middle;fill:#464c56!important}
    .l.s{text-anchor:start}.l.f{text-anchor:end}
    .w{text-anchor:middle;fill:#fff!important;stroke:none!important;letter-spacing:.04em}
    .r{fill:#1f4068}
    .p{fill:url(#pp);stroke:#1f4068}
    .o{fill:#fff;stroke:#1f4068}
    .x{fill:none;stroke:#767d88;stroke-dasharray:2 3}
    .u{fill:url(#pu);stroke:#7a3e00}
    .g{fill:url(#pg);stroke:#15181d}
    .og{fill:url(#po);stroke:#15181d}
    .pb,.gb,.ub{fill:#fff}.pl{stroke:#1f4068;stroke-width:1.4}.gl{stroke:#15181d;stroke-width:1.3}
    .ud{fill:#a85400}
    .e{stroke:#15181d;stroke-width:3}
    .q{stroke:#464c56;stroke-dasharray:3 3}
    .k,.a{stroke:#767d88}
    .ma{fill:#15181d}
    .mc{fill:#1b5e3a;stroke:#fff}
    .mv{fill:#fff;stroke:#15181d;stroke-width:1.6}
    .mr{stroke:#15181d;stroke-width:3;fill:none}
    .mnb{stroke:#fff;stroke-width:6;fill:none}
    .mn{stroke:#8c1d18;stroke-width:3;fill:none}
    .b{fill:#1f4068}
    .d{stroke:#a85400;stroke-dasharray:2 3}
    .key{display:grid;grid-template-columns:repeat(auto-fill,minmax(10rem,1fr));\
    gap:.3rem 1rem;padding:0;margin:.75rem 0;list-style:none;font-size:.87rem}
    .key li{display:flex;gap:.5rem;align-items:center}
    .key svg{flex:none}
    .pa{display:none}
    .sig{display:grid;grid-template-columns:1fr 1fr;gap:2.6rem 2rem;margin:3rem 0 1rem}
    .sig div{border-top:1px solid #15181d;padding-top:.25rem;color:#464c56;font-size:.87rem}
    @media(max-width:40rem){
    body{padding:1rem 1rem 2rem}
    h1{font-size:1.45rem}
    dl{grid-template-columns:minmax(0,1fr);gap:0}
    dd{margin-bottom:.45rem}
    nav ol{columns:1}
    .f{grid-template-columns:1fr 1fr}
    th,td{padding-right:.4rem}
    .num{padding:.3rem 0 .3rem .35rem}
    .mx{font-size:.8rem}
    .mx code{overflow-wrap:anywhere}
    .c table,.c tbody{display:block}
    .c tbody tr{display:grid;grid-template-columns:auto minmax(0,1fr) auto;column-gap:.6rem;\
    border-bottom:1px solid #d5d9e0;padding:.25rem 0}
    .c tbody tr>*{border:0;padding:0}
    .c tbody td:nth-child(3){grid-row:2;grid-column:1/-1}
    .c tbody td:last-child{grid-row:1;grid-column:3}
    }
    @page{size:A4;margin:17mm 15mm 18mm;@bottom-right{content:counter(page) " / " counter(pages);\
    font:8pt system-ui,sans-serif;color:#464c56}}
    @media print{
    html{font-size:9pt}
    body{max-width:none;padding:0;line-height:1.4}
    p{max-width:none}
    a{color:inherit;text-decoration:none}
    nav,.c.qt{display:none}
    .pa{display:block}
    .pa td,.pa th{padding:.05rem .5rem .05rem 0;font-size:.8rem;line-height:1.3}
    .pa table{table-layout:fixed}
    .pa th:first-child{width:39%}.pa th:nth-child(2){width:14%}
    h2{break-after:avoid;margin-top:1.6rem}
    h3,h2+p,caption,thead{break-after:avoid}
    svg text{font-size:8pt}
    p{orphans:3;widows:3}
    dl{break-inside:avoid}
    dl{gap:.1rem 1rem}
    .c,.x1,.v,.f,tr,.mx,h2+p,figure,.sig,pre,.key,.end{break-inside:avoid}
    thead{display:table-header-group}
    *{print-color-adjust:exact;-webkit-print-color-adjust:exact}
    }

    """
}
