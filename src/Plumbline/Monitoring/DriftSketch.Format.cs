using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Plumbline.Statistics;
using ZstdSharp;

namespace Plumbline.Monitoring;

public sealed partial class DriftSketch
{
    private const int Level = 3;
    private const int HeaderBytes = 28;
    private const ulong LargestBody = 16 << 20;

    private static ReadOnlySpan<byte> Magic => "plumbline-drift-2\n\0\0"u8;

    private static ReadOnlySpan<byte> FirstMagic => "plumbline-drift-1\n\0\0"u8;

    /// <summary>As docs/specs/drift.md has it; equal sketches give equal bytes.</summary>
    public byte[] ToBytes()
    {
        var writer = new SketchWriter();
        Schema.Write(writer);
        writer.Write(Requests);
        foreach (var numbers in AllNumbers())
            numbers.Write(writer);
        foreach (var counts in AllCounts())
            writer.Write(counts);
        Sample.Write(writer);
        Names.Write(writer);
        Expected.Write(writer);
        Breaches.Write(writer);
        using var compressor = new Compressor(Level);
        var body = compressor.Wrap(writer.ToArray());
        var bytes = new byte[HeaderBytes + body.Length];
        Magic.CopyTo(bytes);
        body.CopyTo(bytes.AsSpan(HeaderBytes));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(Magic.Length), XxHash3.HashToUInt64(body));
        return bytes;
    }

    /// <exception cref="InvalidDataException">It is no sketch, or is damaged; the message says so.</exception>
    public static DriftSketch FromBytes(ReadOnlySpan<byte> bytes)
    {
        var isFirst = bytes.StartsWith(FirstMagic);
        if (bytes.Length < HeaderBytes || !(isFirst || bytes.StartsWith(Magic)))
            throw new InvalidDataException("This is no drift sketch of a format that this program knows.");
        var body = bytes[HeaderBytes..];
        if (XxHash3.HashToUInt64(body) != BinaryPrimitives.ReadUInt64LittleEndian(bytes[Magic.Length..]))
            throw new InvalidDataException("The drift sketch is damaged: its bytes are not those that were written.");
        try
        {
            if (Decompressor.GetDecompressedSize(body) > LargestBody)
                throw new InvalidDataException("it is too large");
            using var decompressor = new Decompressor();
            return Read(new SketchReader(decompressor.Unwrap(body)), isFirst);
        }
        catch (Exception exception) when (exception is InvalidDataException or ZstdException or OverflowException or DecoderFallbackException)
        {
            throw new InvalidDataException($"The drift sketch is damaged: {exception.Message}.", exception);
        }
    }

    private static DriftSketch Read(SketchReader reader, bool isFirst)
    {
        var sketch = new DriftSketch(DriftSchema.Read(ref reader)) { Requests = reader.ReadCount() };
        var most = sketch.Length.Most;
        for (var feature = 0; feature < sketch.Numeric.Length; feature++)
            sketch.Numeric[feature] = QuantileSketch.Read(ref reader, most);
        sketch.Length = QuantileSketch.Read(ref reader, most);
        sketch.Unknown = QuantileSketch.Read(ref reader, most);
        sketch.Uncertainty = QuantileSketch.Read(ref reader, most);
        foreach (var counts in sketch.AllCounts())
            reader.ReadCounts(counts);
        sketch.Sample = RequestSample.Read(ref reader, Math.Min(sketch.Numeric.Length, SampledRequest.MostNumeric), Math.Min(sketch.Categorical.Length, SampledRequest.MostCategorical));
        sketch.Names = WordNames.Read(ref reader);
        if (!isFirst)
        {
            sketch.Expected.Read(ref reader);
            sketch.Breaches.Read(ref reader);
        }
        return reader.IsAtEnd ? sketch : throw new InvalidDataException("more follows than a sketch has");
    }

    private IEnumerable<QuantileSketch> AllNumbers() => [.. Numeric, Length, Unknown, Uncertainty];

    private IEnumerable<long[]> AllCounts() => [.. Categorical, Predicted, Confidence, Scripts];
}
