using Plumbline.Features;

namespace Plumbline.Learning.Resampling;

/// <summary>Rows to fit on, and rows that are held out to judge by, under features learnt on the former alone.</summary>
/// <param name="Ngrams">Columns that are n-grams: the first.</param>
/// <param name="Places">Of each row held out, where it stands among those of all folds.</param>
internal sealed record Fold(FeatureMatrix Train, FeatureMatrix HeldOut, int Ngrams, int[] Places);

/// <summary>What candidates are judged by: one fold that holds out valid, or several of train and valid together.</summary>
/// <param name="Labels">Of the rows that are held out, in the order of train, then valid.</param>
internal sealed record FoldSet(IReadOnlyList<Fold> Folds, int[] Labels)
{
    public bool IsHoldout => Folds.Count == 1;

    public int Classes => Folds[0].Train.Classes;

    /// <summary>Where one fold has to do: fitted on the most, or on the latest.</summary>
    public Fold Last => Folds[^1];

    public static FoldSet Holdout(FeatureMatrix train, FeatureMatrix valid, int ngrams) =>
        new([new Fold(train, valid, ngrams, [.. Enumerable.Range(0, valid.Rows)])], valid.Labels());

    /// <summary>The scores of a fold's rows, of the scores of all.</summary>
    public float[] Of(Fold fold, float[] scores)
    {
        var taken = new float[fold.Places.Length * Classes];
        for (var row = 0; row < fold.Places.Length; row++)
            scores.AsSpan(fold.Places[row] * Classes, Classes).CopyTo(taken.AsSpan(row * Classes));
        return taken;
    }

    /// <summary>Puts the scores of a fold's rows among those of all.</summary>
    public void Put(Fold fold, float[] scores, float[] all)
    {
        for (var row = 0; row < fold.Places.Length; row++)
            scores.AsSpan(row * Classes, Classes).CopyTo(all.AsSpan(fold.Places[row] * Classes));
    }
}
