namespace Plumbline.Reporting;

/// <summary>One box of a <see cref="LayeredGraph"/>.</summary>
/// <param name="Kind">Small, above.</param>
/// <param name="Title">As much of it as fits; whole as a tooltip.</param>
/// <param name="IsMarked">What the picture is about.</param>
/// <param name="IsFaint">What is not there.</param>
internal sealed record GraphBox(string Kind, string Title, bool IsMarked = false, bool IsFaint = false);

/// <summary>
/// Draws a graph without cycles, from top to bottom: each box stands in a layer below all that lead to it, and the boxes of a layer are ordered so that few lines cross
/// (Sugiyama, Tagawa and Toda 1981, by barycentres).
/// </summary>
internal sealed class LayeredGraph
{
    private const double BoxWidth = 158;
    private const double BoxHeight = 44;
    private const double BendWidth = 14;
    private const double Gap = 14;
    private const double LayerGap = 46;
    private const double Padding = 8;
    private const int Sweeps = 6;

    private readonly IReadOnlyList<GraphBox> _boxes;

    // After the boxes come the bends of lines that pass a layer.
    private readonly List<(int From, int To)> _segments = [];
    private readonly List<int> _layerOf;
    private readonly List<int>[] _layers;
    private readonly double[] _x;

    private LayeredGraph(IReadOnlyList<GraphBox> boxes, IReadOnlyList<(int From, int To)> lines)
    {
        _boxes = boxes;
        _layerOf = [.. LayersOf(boxes.Count, lines)];
        foreach (var (from, to) in lines)
            AddSegments(from, to);
        _layers = [.. Enumerable.Range(0, _layerOf.DefaultIfEmpty(-1).Max() + 1).Select(_ => new List<int>())];
        for (var node = 0; node < _layerOf.Count; node++)
            _layers[_layerOf[node]].Add(node);
        Order();
        _x = new double[_layerOf.Count];
        Width = Place();
    }

    private double Width { get; }

    private double Height => (_layers.Length * (BoxHeight + LayerGap)) - LayerGap + 2;

    /// <param name="lines">From the upper to the lower box, by position; together without a cycle.</param>
    public static Picture Draw(string name, string title, string description, IReadOnlyList<GraphBox> boxes, IReadOnlyList<(int From, int To)> lines)
    {
        var graph = new LayeredGraph(boxes, lines);
        var svg = new Markup();
        foreach (var (from, to) in graph._segments)
            graph.WriteLine(svg, from, to);
        for (var box = 0; box < boxes.Count; box++)
            graph.WriteBox(svg, box);
        return new Picture(name, title, description, graph.Width, graph.Height, svg);
    }

    /// <summary>The longest way to each box from one that nothing leads to.</summary>
    private static int[] LayersOf(int count, IReadOnlyList<(int From, int To)> lines)
    {
        var layers = new int[count];
        var waiting = new int[count];
        foreach (var (_, to) in lines)
            waiting[to]++;
        var below = lines.ToLookup(line => line.From, line => line.To);
        var ready = new Queue<int>(Enumerable.Range(0, count).Where(box => waiting[box] == 0));
        while (ready.TryDequeue(out var box))
        {
            foreach (var next in below[box])
            {
                layers[next] = Math.Max(layers[next], layers[box] + 1);
                if (--waiting[next] == 0)
                    ready.Enqueue(next);
            }
        }
        return layers;
    }

    private void AddSegments(int from, int to)
    {
        var end = _layerOf[to];
        for (var layer = _layerOf[from] + 1; layer < end; layer++)
        {
            _layerOf.Add(layer);
            _segments.Add((from, _layerOf.Count - 1));
            from = _layerOf.Count - 1;
        }
        _segments.Add((from, to));
    }

    private void Order()
    {
        var above = _segments.ToLookup(segment => segment.To, segment => segment.From);
        var below = _segments.ToLookup(segment => segment.From, segment => segment.To);
        var position = new double[_layerOf.Count];
        void Number(List<int> layer)
        {
            for (var i = 0; i < layer.Count; i++)
                position[layer[i]] = i;
        }

        foreach (var layer in _layers)
            Number(layer);
        for (var sweep = 0; sweep < Sweeps; sweep++)
        {
            var downwards = sweep % 2 == 0;
            foreach (var layer in downwards ? _layers : _layers.Reverse())
            {
                var neighbours = downwards ? above : below;
                int[] ordered = [.. layer.OrderBy(node => neighbours[node].Select(other => position[other]).DefaultIfEmpty(position[node]).Average())];
                layer.Clear();
                layer.AddRange(ordered);
                Number(layer);
            }
        }
    }

    /// <returns>The width of the widest layer.</returns>
    private double Place()
    {
        var width = _layers.Select(LengthOf).DefaultIfEmpty(BoxWidth).Max();
        foreach (var layer in _layers)
        {
            var x = (width - LengthOf(layer)) / 2;
            foreach (var node in layer)
            {
                _x[node] = x + (WidthOf(node) / 2);
                x += WidthOf(node) + Gap;
            }
        }
        return width + 2;
    }

    private double LengthOf(List<int> layer) => layer.Sum(WidthOf) + (Gap * (layer.Count - 1));

    private double WidthOf(int node) => IsBend(node) ? BendWidth : BoxWidth;

    private bool IsBend(int node) => node >= _boxes.Count;

    private double Top(int node) => 1 + (_layerOf[node] * (BoxHeight + LayerGap));

    private void WriteLine(Markup svg, int from, int to)
    {
        var (x1, x2) = (_x[from] + 1, _x[to] + 1);
        // A bend is passed straight down.
        var (y1, y2) = (Top(from) + BoxHeight, Top(to));
        var middle = (y1 + y2) / 2;
        var begin = IsBend(from) ? Top(from) : y1;
        svg.Write($"""<path class="axis" d="M{x1} {begin}V{y1}C{x1} {middle} {x2} {middle} {x2} {y2}"/>""");
        if (!IsBend(to))
            svg.Write($"""<path class="f5" d="M{x2 - 4} {y2 - 7}h8l-4 7z"/>""");
    }

    private void WriteBox(Markup svg, int box)
    {
        var (x, y) = (_x[box] - (BoxWidth / 2) + 1, Top(box));
        var (kind, title, isMarked, isFaint) = _boxes[box];
        svg.Write($"""<rect class="track" x="{x}" y="{y}" width="{BoxWidth}" height="{BoxHeight}" rx="5"/>""");
        svg.Write($"""<rect class="{(isMarked ? "ring" : isFaint ? "diagonal" : "frame")}" x="{x}" y="{y}" width="{BoxWidth}" height="{BoxHeight}" rx="5"/>""");
        svg.Write($"""<text class="tick" x="{x + Padding}" y="{y + 16}">{kind}</text>""");
        svg.Write($"""<text class="{(isMarked ? "hit" : "")}" x="{x + Padding}" y="{y + 34}">{Picture.Fit(title, BoxWidth - (2 * Padding), isMarked)}<title>{title}</title></text>""");
    }
}
