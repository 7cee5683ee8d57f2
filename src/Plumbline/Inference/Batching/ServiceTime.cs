namespace Plumbline.Inference.Batching;

/// <summary>
/// How long a model takes for n texts at once: fixed + n · per text, fitted by least squares with exponential forgetting (Åström &amp; Wittenmark 1995, §2.2) to what was observed, and the mean deviation
/// from it (Jacobson 1988). Thread-safe: an observation that meets another one is left out; a reader may see one figure of before and one of after.
/// </summary>
public sealed class ServiceTime
{
    /// <summary>What an observation counts after the next one; some 50 matter.</summary>
    private const double Memory = 0.98;

    /// <summary>Deviations that are foretold on top of the mean, as in the retransmission time of TCP.</summary>
    private const double Caution = 4;

    /// <summary>Before which nothing is to be expected.</summary>
    private const double FewObservations = 5;

    /// <summary>Below this share of their mean square, the numbers of texts that were observed are too alike to tell the fixed part from the other.</summary>
    private const double LeastSpread = 0.01;

    /// <summary>Share of a batch's time that may be its fixed part: larger ones gain no more than that.</summary>
    private const double FixedShare = 0.1;

    /// <summary>What an observation counts for at most, in multiples of what was to be expected with caution: a thread that was not let run for a while says little.</summary>
    private const double Largest = 3;

    private double _weight;
    private double _texts;
    private double _textsSquared;
    private double _seconds;
    private double _product;
    private double _fixed;
    private double _perText;
    private double _deviation;
    private int _isObserving;

    /// <summary>Seconds, whatever the number of texts; 0 before anything was observed.</summary>
    public double Fixed => Volatile.Read(ref _fixed);

    /// <summary>Seconds more for each text.</summary>
    public double PerText => Volatile.Read(ref _perText);

    /// <summary>Mean absolute deviation, seconds.</summary>
    public double Deviation => Volatile.Read(ref _deviation);

    /// <summary>Seconds that <paramref name="texts"/> at once take in the mean.</summary>
    public double Mean(int texts) => Fixed + (PerText * texts);

    /// <summary>Seconds by which the mean is hardly ever exceeded.</summary>
    public double Margin => Caution * Deviation;

    /// <summary>Seconds that texts take as their part of batches of the best size.</summary>
    /// <param name="most">Largest size of a batch; 1: they are answered in one call, which is theirs alone.</param>
    public double Shared(int texts, int most) => (Fixed * (most == 1 ? 1 : (double)texts / BatchSize(most))) + (PerText * texts);

    /// <summary>Texts at which a larger batch gains no more: the fixed part is a tenth of its time.</summary>
    /// <param name="most">At most.</param>
    public int BatchSize(int most)
    {
        var size = Math.Ceiling(Fixed * (1 - FixedShare) / FixedShare / PerText);
        // Without any time per text, and without any at all, the quotient is infinite or no number.
        return size < most ? Math.Max(1, (int)size) : Fixed > 0 ? most : 1;
    }

    /// <summary>Observes what was given up after a time: had it been shorter than the mean, it would say nothing.</summary>
    public void ObserveAtLeast(int texts, TimeSpan took)
    {
        if (took.TotalSeconds > Mean(texts))
            Observe(texts, took);
    }

    /// <param name="texts">At least 1.</param>
    public void Observe(int texts, TimeSpan took)
    {
        if (Interlocked.Exchange(ref _isObserving, 1) != 0)
            return;
        var seconds = _weight < FewObservations ? took.TotalSeconds : Math.Min(took.TotalSeconds, Largest * (Mean(texts) + Margin));
        var error = Math.Abs(seconds - Mean(texts));
        // Until something is known there is nothing to deviate from.
        Volatile.Write(ref _deviation, _weight == 0 ? 0 : (Memory * _deviation) + ((1 - Memory) * error));
        _weight = (Memory * _weight) + 1;
        _texts = (Memory * _texts) + texts;
        _textsSquared = (Memory * _textsSquared) + ((double)texts * texts);
        _seconds = (Memory * _seconds) + seconds;
        _product = (Memory * _product) + (texts * seconds);
        Fit();
        Volatile.Write(ref _isObserving, 0);
    }

    private void Fit()
    {
        var determinant = (_weight * _textsSquared) - (_texts * _texts);
        double perText, constant;
        if (determinant > LeastSpread * _weight * _textsSquared)
        {
            perText = ((_weight * _product) - (_texts * _seconds)) / determinant;
            constant = (_seconds - (perText * _texts)) / _weight;
            // Neither part of a time is negative: the nearest fit without one is that by the other alone.
            if (perText < 0)
                (constant, perText) = (_seconds / _weight, 0);
            else if (constant < 0)
                (constant, perText) = (0, _product / _textsSquared);
        }
        else
        {
            // What is known of the parts' ratio stays; at first all of it is for the texts.
            var known = (_fixed * _weight) + (_perText * _texts);
            (constant, perText) = known > 0 ? (_fixed * _seconds / known, _perText * _seconds / known) : (0, _seconds / _texts);
        }
        Volatile.Write(ref _fixed, constant);
        Volatile.Write(ref _perText, perText);
    }
}
