namespace Plumbline.Datasets.Generation;

/// <summary>One generated review.</summary>
/// <param name="Rating">1 to 5.</param>
/// <param name="Time">UTC, whole seconds; never before that of the row before.</param>
public sealed record Review(string Text, int Rating, string User, string Item, DateTime Time);
