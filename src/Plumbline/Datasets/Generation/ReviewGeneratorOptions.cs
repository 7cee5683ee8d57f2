namespace Plumbline.Datasets.Generation;

/// <summary>What <see cref="ReviewGenerator"/> writes. Every row is a function of these options and its number.</summary>
public sealed record ReviewGeneratorOptions
{
    public long Rows { get; init; } = 20_000;

    public ulong Seed { get; init; } = 1;

    /// <summary>First day (UTC) of the reviews.</summary>
    public DateOnly Start { get; init; } = new(2021, 1, 1);

    /// <summary>Day after the last one.</summary>
    public DateOnly End { get; init; } = new(2026, 1, 1);

    /// <summary>How many users there are; one for four rows unless given.</summary>
    public long? Users { get; init; }

    /// <summary>How many items there are; one for twenty rows unless given.</summary>
    public long? Items { get; init; }

    /// <summary>
    /// Exponent of the Zipf–Mandelbrot tail of names and brands, above 1. The number of types that n tail words show
    /// grows as n^(1/exponent) (Heaps' law).
    /// </summary>
    public double TailExponent { get; init; } = 1.3;

    /// <summary>Shift of the Zipf–Mandelbrot tail, above 0: about how many names are equally common at its head.</summary>
    public double TailShift { get; init; } = 50;

    /// <summary>Share of sentences about the item itself (plot, use) rather than opinions, in [0, 1]: these carry the tail.</summary>
    public double FactShare { get; init; } = 0.3;

    /// <summary>Expected typos a word for an average user, in [0, 0.2].</summary>
    public double TypoRate { get; init; } = 0.008;

    /// <summary>What changes, from when on; null for a world that stays as it is.</summary>
    public DriftOptions? Drift { get; init; }

    internal long UserCount => Users ?? Math.Max(10, Rows / 4);

    internal long ItemCount => Items ?? Math.Max(10, Rows / 20);

    internal void Validate()
    {
        Require(Rows is >= 0 and <= 1L << 40, nameof(Rows), Rows, "from 0 to 2^40");
        Require(End > Start, nameof(End), End, $"after {nameof(Start)} ({Start:O})");
        Require(UserCount is >= 1 and <= Identifier.MaxCount, nameof(Users), UserCount, "from 1 to 2^45");
        Require(ItemCount is >= 1 and <= Identifier.MaxCount, nameof(Items), ItemCount, "from 1 to 2^45");
        Require(TailExponent is > 1 and <= 3, nameof(TailExponent), TailExponent, "above 1, at most 3");
        Require(TailShift is > 0 and <= 1e6, nameof(TailShift), TailShift, "above 0, at most 1e6");
        Require(FactShare is >= 0 and <= 1, nameof(FactShare), FactShare, "from 0 to 1");
        Require(TypoRate is >= 0 and <= 0.2, nameof(TypoRate), TypoRate, "from 0 to 0.2");
        Drift?.Validate();
    }

    internal static void Require(bool holds, string name, object value, string allowed)
    {
        if (!holds)
            throw new ArgumentException(FormattableString.Invariant($"{name} is {value}; it must be {allowed}."));
    }
}
