using Plumbline.Reporting;

namespace Plumbline.Pipelines.Lineage;

/// <summary>A lineage as a page of its own: a picture, and in words all that it shows.</summary>
public static class LineagePage
{
    public const string PageFile = "lineage.html";

    // More boxes of a kind and distance are one that counts them; the table has each.
    private const int MostBeside = 12;
    private const int ShownDigits = 12;

    public static string Render(LineageGraph graph)
    {
        var title = $"Lineage of {string.Join(", ", graph.Roots.Select(Name))}";
        var html = new Markup();
        PageElements.WriteHead(html, title);
        html.Write($"<main><h1>{title}</h1>");
        if (graph.IsCut)
            html.Write($"""<p>There is more than the {graph.Nodes.Count} things shown here; ask with a smaller depth, or from another end.</p>""");
        PageElements.WriteFigure(html, Draw(graph));
        PageElements.OpenTable(html, "All of it, from the sources down", "Kind", "Name", "#Steps", "Made from", "What is known");
        var madeFrom = graph.Edges.ToLookup(edge => edge.To, edge => edge.From);
        foreach (var node in graph.Nodes)
            WriteRow(html, node, [.. madeFrom[node.Key]]);
        PageElements.CloseTable(html);
        html.Write($"</main></body></html>");
        return html.ToString();
    }

    /// <summary>Kind and name, a digest by its beginning.</summary>
    public static string Name(LineageKey key) => $"{KindOf(key)} {Short(key)}";

    internal static Picture Draw(LineageGraph graph)
    {
        var boxes = new List<GraphBox>();
        var boxOf = new Dictionary<LineageKey, int>();
        foreach (var group in graph.Nodes.GroupBy(node => (node.Key.Kind, node.Distance)))
        {
            LineageNode[] nodes = [.. group];
            var shown = nodes.Length > MostBeside ? MostBeside - 1 : nodes.Length;
            for (var i = 0; i < nodes.Length; i++)
            {
                if (i < shown)
                    boxes.Add(new GraphBox(KindOf(nodes[i].Key), Short(nodes[i].Key), graph.Roots.Contains(nodes[i].Key), nodes[i].IsMissing));
                else if (i == shown)
                    boxes.Add(new GraphBox(KindOf(nodes[i].Key), FormattableString.Invariant($"{nodes.Length - shown} more")));
                boxOf.Add(nodes[i].Key, boxes.Count - 1);
            }
        }
        (int From, int To)[] lines = [.. graph.Edges.Select(edge => (From: boxOf[edge.From], To: boxOf[edge.To])).Where(line => line.From != line.To).Distinct()];
        var described = string.Join("; ", lines.Select(line => $"{Words(boxes[line.From])} → {Words(boxes[line.To])}"));
        return LayeredGraph.Draw("lineage", "What was made from what", described.Length > 0 ? described : string.Join("; ", boxes.Select(Words)), boxes, lines);
    }

    private static void WriteRow(Markup html, LineageNode node, LineageKey[] from)
    {
        html.Write($"""<tr><th scope="row">{KindOf(node.Key)}{(node.IsMissing ? ", not here" : "")}</th><td class="values"><div>{node.Key.Title}</div></td><td class="n">{node.Distance}</td>""");
        var known = string.Join("; ", node.Facts.Select(fact => $"{fact.Key}: {fact.Value}"));
        html.Write($"""<td>{string.Join(", ", from.Select(Name))}</td><td class="values"><div>{known}</div></td></tr>""");
    }

    private static string Words(GraphBox box) => $"{box.Kind} {box.Title}";

    private static string KindOf(LineageKey key) => key.Kind == LineageKind.Contract ? "feature contract" : key.Kind.ToString().ToLowerInvariant();

    private static string Short(LineageKey key) => key.Kind switch
    {
        LineageKind.Snapshot or LineageKind.Bundle or LineageKind.Contract or LineageKind.Run => key.Name[..Math.Min(ShownDigits, key.Name.Length)],
        LineageKind.Source => Path.GetFileName(key.Title) is { Length: > 0 } file ? file : key.Title,
        _ => key.Title,
    };
}
