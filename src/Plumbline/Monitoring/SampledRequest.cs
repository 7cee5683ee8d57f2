using Plumbline.Statistics;

namespace Plumbline.Monitoring;

/// <summary>A sampled request: which words its text had, by hash and without order, and its features in short. Reused by <see cref="RequestSample"/>.</summary>
internal sealed class SampledRequest
{
    /// <summary>Words of a text that are kept: of more, those of the smallest hashes.</summary>
    public const int MostWords = 80;

    /// <summary>Numeric features that are kept, and categorical ones.</summary>
    public const int MostNumeric = 16;
    public const int MostCategorical = 8;

    /// <summary>A word is told by the lowest 24 bits of its token's hash.</summary>
    public const uint WordMask = 0xFF_FFFF;

    private readonly uint[] _words = new uint[MostWords];
    private int _count;

    public ulong Key { get; set; }

    public string Language { get; set; } = "";

    /// <summary>Upper halves of the floats: seven bits after the first.</summary>
    public ushort[] Numeric { get; set; } = [];

    /// <summary>Categories from 3 on; what stands for none below.</summary>
    public ushort[] Categories { get; set; } = [];

    /// <summary>Different hashes in growing order.</summary>
    public ReadOnlySpan<uint> Words => _words.AsSpan(0, _count);

    public float NumericValue(int feature) => BitConverter.UInt32BitsToSingle((uint)Numeric[feature] << 16);

    /// <param name="words">Is sorted.</param>
    public void SetWords(Span<uint> words)
    {
        words.Sort();
        _count = 0;
        foreach (var word in words)
        {
            if (_count == MostWords)
                return;
            if (_count == 0 || _words[_count - 1] != word)
                _words[_count++] = word;
        }
    }

    public void SetFeatures(in DriftObservation observation, int numeric, int categorical)
    {
        if (Numeric.Length != numeric || Categories.Length != categorical)
            (Numeric, Categories) = (new ushort[numeric], new ushort[categorical]);
        for (var feature = 0; feature < numeric; feature++)
            Numeric[feature] = (ushort)(BitConverter.SingleToUInt32Bits(observation.Numeric[feature]) >> 16);
        for (var feature = 0; feature < categorical; feature++)
            Categories[feature] = (ushort)(3 + Math.Clamp(observation.Categories.IsEmpty ? Features.Category.Missing : observation.Categories[feature], -3, ushort.MaxValue - 3));
    }

    /// <param name="places">Of words in the sketch's list of words.</param>
    public void Write(SketchWriter writer, Dictionary<uint, int> places)
    {
        writer.WriteFixed(Key);
        writer.Write(Language);
        foreach (var value in Numeric)
            writer.Write(value);
        foreach (var value in Categories)
            writer.Write(value);
        writer.Write(_count);
        foreach (var word in Words)
            writer.Write(places[word]);
    }

    public static SampledRequest Read(ref SketchReader reader, uint[] words, int numeric, int categorical)
    {
        var request = new SampledRequest { Key = reader.ReadFixed(), Language = reader.ReadText(), Numeric = new ushort[numeric], Categories = new ushort[categorical] };
        foreach (ref var value in request.Numeric.AsSpan())
            value = (ushort)reader.ReadCount(ushort.MaxValue);
        foreach (ref var value in request.Categories.AsSpan())
            value = (ushort)reader.ReadCount(ushort.MaxValue);
        var found = new uint[reader.ReadCount(MostWords)];
        foreach (ref var word in found.AsSpan())
            word = words.Length == 0 ? throw new InvalidDataException("a word is none of the list") : words[reader.ReadCount(words.Length - 1)];
        request.SetWords(found);
        return request;
    }
}
