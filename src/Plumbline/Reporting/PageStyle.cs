using System.Diagnostics.CodeAnalysis;

namespace Plumbline.Reporting;

/// <summary>
/// The style sheets of page and pictures. Text keeps a contrast of 4.5 and lines of 3 on every ground (WCAG 2.2 AA), the
/// deepest heat included, in the light and in the dark.
/// </summary>
internal static class PageStyle
{
    public static Markup Colours { get; } = Sheet("""
        :root { color-scheme: light dark;
          --ground: #ffffff; --raised: #f3f5f7; --ink: #15191e; --quiet: #545d68; --line: #c9d0d8; --grid: #e3e7eb;
          --heat: #5aa4e6; --accent: #0b62a8; --mark: #b03a06; --link: #0b5394;
          --c0: #0b62a8; --c1: #b8450a; --c2: #00704f; --c3: #8a3f8f; --c4: #7a5c00; }
        @media (prefers-color-scheme: dark) { :root {
          --ground: #14181d; --raised: #1e242b; --ink: #eef1f4; --quiet: #a9b3be; --line: #46505b; --grid: #2a313a;
          --heat: #1c66a8; --accent: #6cb4f0; --mark: #ff9d66; --link: #86c1f5;
          --c0: #6cb4f0; --c1: #f59a62; --c2: #4fcfa0; --c3: #d59ae0; --c4: #e0c060; } }
        """);

    public static Markup Pictures { get; } = Sheet("""
        .picture { font: 12px system-ui, sans-serif; }
        .picture text { fill: var(--ink); }
        .picture .tick { fill: var(--quiet); font-size: 11px; }
        .picture .grid { stroke: var(--grid); fill: none; }
        .picture .axis { stroke: var(--quiet); fill: none; }
        .picture .frame { stroke: var(--line); fill: none; }
        .picture .diagonal { stroke: var(--quiet); stroke-dasharray: 5 4; fill: none; }
        .picture .heat { fill: var(--heat); }
        .picture .edged { stroke: var(--grid); stroke-width: .5; }
        .picture .hit { font-weight: 700; }
        .picture .track { fill: var(--raised); }
        .picture .bar { fill: var(--accent); }
        .picture .soft { fill-opacity: .5; }
        .picture .dot { fill: var(--ground); stroke: var(--mark); stroke-width: 2; }
        .picture .curve { fill: none; stroke-width: 1.6; stroke-linejoin: round; }
        .picture .mean { stroke: var(--ink); stroke-width: 3; }
        .picture .dashed { stroke-dasharray: 6 4; }
        .picture .c0 { stroke: var(--c0); } .picture .c1 { stroke: var(--c1); } .picture .c2 { stroke: var(--c2); }
        .picture .c3 { stroke: var(--c3); } .picture .c4 { stroke: var(--c4); }
        .picture .f0 { fill: var(--c0); } .picture .f1 { fill: var(--c1); } .picture .f2 { fill: var(--c2); }
        .picture .dots { fill: none; stroke-width: 6; stroke-linecap: round; stroke-opacity: .65; }
        .picture .cross { fill: none; stroke-width: 1.6; }
        .picture .thin { fill: none; stroke-width: 1; stroke-opacity: .5; }
        .picture .ring { fill: none; stroke: var(--ink); stroke-width: 2; }
        .picture .hollow { fill: var(--ground); stroke-width: 1.2; }
        .picture .quiet { stroke: var(--quiet); }
        .picture .halo { paint-order: stroke; stroke: var(--ground); stroke-width: 3px; stroke-linejoin: round; }
        .picture .f3 { fill: var(--c3); } .picture .f4 { fill: var(--c4); } .picture .f5 { fill: var(--quiet); }
        """);

    public static Markup Page { get; } = Sheet("""
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 80rem; padding: 1.25rem 1rem 4rem; background: var(--ground); color: var(--ink);
          font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
        h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .5rem; }
        h2 { font-size: 1.3rem; margin: 2.75rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--line); }
        h3 { font-size: 1rem; margin: 0 0 .5rem; }
        p { margin: .5rem 0; max-width: 46rem; }
        a { color: var(--link); }
        nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; list-style: none; margin: 1rem 0; padding: 0; }
        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem; margin: 1.25rem 0; }
        .tiles div { background: var(--raised); border-radius: .5rem; padding: .75rem; }
        .tiles dt { color: var(--quiet); font-size: .875rem; }
        .tiles dd { margin: 0; font-variant-numeric: tabular-nums; }
        .tiles strong { display: block; font-size: 1.5rem; line-height: 1.25; }
        .quiet { color: var(--quiet); font-size: .875rem; }
        .scroll { overflow-x: auto; }
        .scroll:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .5rem 0 1rem; }
        caption { text-align: start; font-weight: 600; padding: .25rem 0 .5rem; }
        th, td { text-align: start; padding: .3rem 1.25rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
        thead th { color: var(--quiet); font-weight: 600; font-size: .875rem; }
        tbody th { font-weight: 400; }
        .facts td, blockquote { overflow-wrap: anywhere; }
        td.n, th.n { text-align: end; white-space: nowrap; }
        tr.chosen > * { font-weight: 700; }
        .figures { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: flex-start; margin-bottom: 1.25rem; }
        .figures table { margin-top: 0; }
        .figures caption { padding-top: 0; line-height: 1.5; }
        figure { margin: 0; min-width: 0; max-width: 100%; }
        figure .scroll .picture { max-width: none; }
        @media (max-width: 40rem) { th, td { padding-inline-end: .7rem; font-size: .9375rem; } }
        .picture { display: block; max-width: 100%; height: auto; }
        .errors { padding: 0; max-width: 60rem; list-style: none; display: grid; gap: .75rem; }
        .errors li { min-width: 0; background: var(--raised); border-radius: .5rem; padding: .75rem; }
        .errors blockquote { margin: .35rem 0 0; unicode-bidi: isolate; }
        .errors p { margin: 0; }
        .range { min-width: 9rem; }
        td.wide { min-width: 20rem; }
        td.whole { white-space: nowrap; }
        .values div { min-width: 11rem; max-width: 16rem; overflow-wrap: anywhere; }
        summary { cursor: pointer; color: var(--link); padding: .35rem 0; }
        """);

    private static Markup Sheet([ConstantExpected] string css)
    {
        var sheet = new Markup();
        sheet.WriteConstant(css);
        return sheet;
    }
}
