using FsCheck.Xunit;
using Plumbline.Statistics;

namespace Plumbline.Tests.Statistics;

public sealed class QuantileSketchTests
{
    [Property]
    public void Merge_AnyParts_AreOnePass(float[] values, byte[] parts)
    {
        const int Parts = 4;
        var (whole, some) = (new QuantileSketch(16), Enumerable.Range(0, Parts).Select(_ => new QuantileSketch(16)).ToArray());
        foreach (var (i, value) in values.Index())
        {
            whole.Add(value);
            some[parts.Length == 0 ? 0 : parts[i % parts.Length] % Parts].Add(value);
        }
        foreach (var order in new[] { some, [.. some.Reverse()] })
        {
            var merged = new QuantileSketch(16);
            foreach (var part in order)
                merged.Merge(part);
            Bytes(merged).ShouldBe(Bytes(whole));
        }
    }

    [Property]
    public void Read_WhatWasWritten_IsTheSame(float[] values)
    {
        var sketch = Of(values, 32);
        var reader = new SketchReader(Bytes(sketch));
        var read = QuantileSketch.Read(ref reader, 32);
        Bytes(read).ShouldBe(Bytes(sketch));
        read.Count.ShouldBe(sketch.Count);
        reader.IsAtEnd.ShouldBeTrue();
    }

    [Fact]
    public void Buckets_OfManyOctaves_AreOffByLessThanAHundredth()
    {
        var random = new RandomSource(3);
        for (var i = 0; i < 1000; i++)
        {
            var value = (float)Math.Exp((random.NextDouble() * 60) - 30) * (i % 2 == 0 ? 1 : -1);
            var sketch = Of([value], 16);
            sketch.Buckets(0).ShouldHaveSingleItem().Value.ShouldBe(value, 0.0079 * Math.Abs(value));
        }
    }

    [Fact]
    public void Add_MoreBucketsThanItMayHave_CoarsensAndCountsAll()
    {
        var sketch = Of([.. Enumerable.Range(1, 100_000).Select(value => (float)value)], 64);
        sketch.Level.ShouldBeGreaterThan(0);
        sketch.Buckets(sketch.Level).Count.ShouldBeLessThanOrEqualTo(64);
        sketch.Buckets(sketch.Level).Sum(bucket => bucket.Count).ShouldBe(100_000);
    }

    [Fact]
    public void Add_ZeroMissingAndInfinity_EachIsCounted()
    {
        var sketch = Of([0, -0f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1e-42f], 16);
        (sketch.Missing, sketch.Zeros, sketch.Count).ShouldBe((1, 3, 5));
        sketch.Buckets(0).Select(bucket => Math.Sign(bucket.Value)).ShouldBe([-1, 0, 1]);
    }

    private static QuantileSketch Of(float[] values, int most)
    {
        var sketch = new QuantileSketch(most);
        foreach (var value in values)
            sketch.Add(value);
        return sketch;
    }

    private static byte[] Bytes(QuantileSketch sketch)
    {
        var writer = new SketchWriter();
        sketch.Write(writer);
        return writer.ToArray();
    }
}
