using System.Text;
using FsCheck.Xunit;
using Plumbline.Features;
using Plumbline.Monitoring;
using Plumbline.Statistics;

namespace Plumbline.Tests.Monitoring;

public sealed class DriftSketchTests
{
    private static readonly DriftSchema Schema = new(["bad", "good"], ["price", "text_len"], [new CategoricalFeature("channel", ["web", "app"])]);

    [Property(MaxTest = 30)]
    public void Merge_AnyPartsInAnyOrder_AreOnePass(ushort[] requests, byte[] parts)
    {
        var whole = new DriftSketch(Schema);
        var some = Enumerable.Range(0, 3).Select(_ => new DriftSketch(Schema)).ToArray();
        foreach (var (i, request) in requests.Index())
        {
            Add(whole, i, request);
            Add(some[parts.Length == 0 ? 0 : parts[i % parts.Length] % 3], i, request);
        }
        // Names are told of words that five texts of one part had, and so depend on the parts.
        var bytes = WithoutNames(whole);
        WithoutNames(Merged(some[0], some[1], some[2])).ShouldBe(bytes);
        WithoutNames(Merged(some[2], some[0], some[1])).ShouldBe(bytes);
        Merged(some[0], Merged(some[1], some[2])).ToBytes().ShouldBe(Merged(Merged(some[1], some[0]), some[2]).ToBytes());
    }

    [Fact]
    public void Sample_MoreRequestsThanItHolds_IsThatOfTheSmallestKeys()
    {
        var (whole, parts) = (new DriftSketch(Schema), new[] { new DriftSketch(Schema), new DriftSketch(Schema) });
        for (var i = 0; i < 2_000; i++)
        {
            Add(whole, i, i * 7);
            Add(parts[i % 2], i, i * 7);
        }
        whole.Sample.Count.ShouldBe(RequestSample.Most);
        whole.Sample.Requests.Select(request => request.Key).ShouldBe(Enumerable.Range(0, 2_000).Select(KeyOf).Order().Take(RequestSample.Most));
        WithoutNames(Merged(parts)).ShouldBe(WithoutNames(whole));
    }

    [Fact]
    public void FromBytes_WhatWasWritten_IsTheSame()
    {
        var sketch = Some(500);
        DriftSketch.FromBytes(sketch.ToBytes()).ToBytes().ShouldBe(sketch.ToBytes());
        DriftSketch.FromBytes(sketch.ToBytes()).Requests.ShouldBe(500);
    }

    [Fact]
    public void FromBytes_FormatOne_IsReadWithoutWhatItDidNotCount()
    {
        var sketch = Some(300);
        var writer = new SketchWriter();
        sketch.Schema.Write(writer);
        writer.Write(sketch.Requests);
        foreach (var numbers in (QuantileSketch[])[.. sketch.Numeric, sketch.Length, sketch.Unknown, sketch.Uncertainty])
            numbers.Write(writer);
        foreach (var counts in (long[][])[.. sketch.Categorical, sketch.Predicted, sketch.Confidence, sketch.Scripts])
            writer.Write(counts);
        sketch.Sample.Write(writer);
        sketch.Names.Write(writer);
        using var compressor = new ZstdSharp.Compressor();
        var body = compressor.Wrap(writer.ToArray()).ToArray();
        var first = DriftSketch.FromBytes([.. "plumbline-drift-1\n\0\0"u8, .. BitConverter.GetBytes(System.IO.Hashing.XxHash3.HashToUInt64(body)), .. body]);
        (first.Requests, first.Expected.Requests, sketch.Expected.Requests).ShouldBe((300, 0, 300));
        first.Merge(sketch);
        (first.Requests, first.Expected.Requests).ShouldBe((600, 300));
        EstimatedQuality.Of(first.Expected, Schema.Labels)!.Requests.ShouldBe(300);
    }

    [Fact]
    public void FromBytes_Damaged_IsRefused()
    {
        var bytes = Some(300).ToBytes();
        var random = new RandomSource(4);
        for (var round = 0; round < 300; round++)
        {
            var damaged = bytes.ToArray();
            damaged[random.NextInt32(damaged.Length)] ^= (byte)(1 + random.NextInt32(255));
            if (!damaged.AsSpan().SequenceEqual(bytes))
                Should.Throw<InvalidDataException>(() => DriftSketch.FromBytes(damaged));
            Should.Throw<InvalidDataException>(() => DriftSketch.FromBytes(bytes.AsSpan(0, random.NextInt32(bytes.Length))));
        }
    }

    [Fact]
    public void ToBytes_HostileTraffic_StaysWithinAHundredKilobytes()
    {
        var schema = new DriftSchema([.. Enumerable.Range(0, 5).Select(label => $"{label}")], [.. Enumerable.Range(0, 40).Select(feature => $"n{feature}")], [.. Enumerable.Range(0, 10).Select(feature => new CategoricalFeature($"c{feature}", [.. Enumerable.Range(0, 64).Select(category => $"category {category}")]))]);
        var (sketch, random) = (new DriftSketch(schema), new RandomSource(8));
        var (numeric, categories) = (new float[40], new int[10]);
        for (var request = 0; request < 20_000; request++)
        {
            foreach (ref var value in numeric.AsSpan())
                value = BitConverter.UInt32BitsToSingle((uint)random.NextUInt64());
            foreach (ref var category in categories.AsSpan())
                category = random.NextInt32(70) - 3;
            sketch.Add(new DriftObservation
            {
                Key = random.NextUInt64(),
                Text = Encoding.UTF8.GetBytes(string.Join(' ', Enumerable.Range(0, 150).Select(_ => $"w{random.NextUInt64():x}"))),
                Numeric = numeric,
                Categories = categories,
                Probabilities = [0.2f, 0.2f, 0.2f, 0.2f, (float)random.NextDouble()],
                Label = random.NextInt32(5),
                Ngrams = 100,
                KnownNgrams = random.NextInt32(100),
            });
        }
        sketch.ToBytes().Length.ShouldBeLessThan(100_000);
    }

    [Fact]
    public void Names_WordsOfFewTexts_AreNotKept()
    {
        var sketch = new DriftSketch(Schema);
        for (var i = 0; i < 40; i++)
            Add(sketch, i, 0, i < 4 ? "the secret of Zebediah" : "the same words again");
        var names = sketch.Names.All.Select(name => name.Value).ToArray();
        names.ShouldBe(["again", "same", "the", "words"], ignoreOrder: true);
        Encoding.UTF8.GetString(sketch.ToBytes()).ShouldNotContain("zebediah");
    }

    [Fact]
    public void Merge_OfAnotherSchema_IsRefused() =>
        Should.Throw<ArgumentException>(() => new DriftSketch(Schema).Merge(new DriftSketch(Schema with { Labels = ["bad", "better"] })));

    [Theory]
    [InlineData("A plain text", 12, "Latin")]
    [InlineData("Простой текст", 13, "Cyrillic")]
    [InlineData("12:30 !?", 8, "none")]
    [InlineData("", 0, "none")]
    [InlineData("漢字漢字か 😀", 7, "Han")]
    public void TextShape_Text_CountsCharactersAndTellsTheScript(string text, int characters, string script)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        TextShape.Characters(utf8).ShouldBe(characters);
        Plumbline.Text.Script.Names[TextShape.ScriptOf(utf8)].ShouldBe(script);
        TextShape.Characters(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(text, 20)))).ShouldBe(20 * characters);
    }

    private static DriftSketch Merged(params DriftSketch[] parts)
    {
        var merged = new DriftSketch(Schema);
        foreach (var part in parts)
            merged.Merge(part);
        return merged;
    }

    private static DriftSketch Some(int requests)
    {
        var sketch = new DriftSketch(Schema);
        for (var i = 0; i < requests; i++)
            Add(sketch, i, i * 31);
        return sketch;
    }

    private static ulong KeyOf(int request) => new RandomSource((ulong)request).NextUInt64();

    private static void Add(DriftSketch sketch, int request, int content, string? text = null)
    {
        text ??= $"word{content % 50} common {(content % 3 == 0 ? "слово" : "thing")} rare{content}";
        sketch.Add(new DriftObservation
        {
            Key = KeyOf(request),
            Text = Encoding.UTF8.GetBytes(text),
            Numeric = [content % 11 == 0 ? float.NaN : content - 1000, text.Length],
            Categories = [(content % 5) - 3],
            Probabilities = [content % 100 / 100f, 1 - (content % 100 / 100f)],
            Label = content % 2,
            Ngrams = 10,
            KnownNgrams = content % 10,
        });
    }

    private static byte[] WithoutNames(DriftSketch sketch)
    {
        var copy = new DriftSketch(sketch);
        copy.Names.Clear();
        return copy.ToBytes();
    }
}
