namespace Plumbline.Learning.Resampling;

/// <summary>What decides the fold of a row.</summary>
public enum FoldBy
{
    /// <summary>Every fold has the class mix of all rows; equal texts stand together.</summary>
    Stratified,

    /// <summary>Rows of a user stand together.</summary>
    User,

    /// <summary>Rows of an item stand together.</summary>
    Item,

    /// <summary>What is held out is later than what is fitted on.</summary>
    Time,
}
