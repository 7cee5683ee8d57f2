namespace Plumbline.Reporting;

/// <summary>What all pages are made of.</summary>
internal static class PageElements
{
    private const double WidestThatShrinks = 480;

    /// <summary>All before the body's content. The page asks for nothing outside itself and runs no script.</summary>
    public static void WriteHead(Markup html, string title) => html.Write($"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <meta name="color-scheme" content="light dark"/>
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
        <title>{title}</title>
        <style>
        {PageStyle.Colours}{PageStyle.Pictures}{PageStyle.Page}</style>
        </head>
        <body>
        """);

    /// <summary>Links to the sections, by id and name.</summary>
    public static void WriteNavigation(Markup html, params IEnumerable<(string Id, string Name)> sections)
    {
        html.Write($"""<nav aria-label="Sections"><ul>""");
        foreach (var (id, name) in sections)
            html.Write($"""<li><a href="#{id}">{name}</a></li>""");
        html.Write($"</ul></nav>");
    }

    public static void WriteFigure(Markup html, Picture picture)
    {
        // A wide picture scrolls instead of shrinking to where its text cannot be read.
        html.Write($"""<figure><h3 dir="auto">{picture.Title}</h3>""");
        if (picture.Width > WidestThatShrinks)
            html.Write($"""<div class="scroll" tabindex="0" role="region" aria-label="{picture.Title}">{picture.Inline()}</div>""");
        else
            html.Write($"{picture.Inline()}");
        html.Write($"</figure>");
    }

    /// <param name="columns">Headings; one that begins with # stands over numbers.</param>
    public static void OpenTable(Markup html, string caption, params ReadOnlySpan<string> columns)
    {
        html.Write($"""<div class="scroll" tabindex="0" role="region" aria-label="{caption}"><table><caption>{caption}</caption><thead><tr>""");
        foreach (var column in columns)
            html.Write($"""<th scope="col" class="{(column.StartsWith('#') ? "n" : "")}">{column.TrimStart('#')}</th>""");
        html.Write($"</tr></thead><tbody>");
    }

    public static void CloseTable(Markup html) => html.Write($"</tbody></table></div>");
}
