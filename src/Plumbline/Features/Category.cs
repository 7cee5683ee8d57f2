namespace Plumbline.Features;

/// <summary>What stands in the place of a category's number in its column where a record has none.</summary>
public static class Category
{
    /// <summary>The record has no value.</summary>
    public const int Missing = -1;

    /// <summary>It has one that is none of the contract's categories.</summary>
    public const int Unknown = -2;

    /// <summary>A value was sent that can be no category, such as an array.</summary>
    public const int Invalid = -3;

    /// <summary>UTF-8 bytes of the longest category; longer values are never one.</summary>
    public const int MostBytes = 256;
}
