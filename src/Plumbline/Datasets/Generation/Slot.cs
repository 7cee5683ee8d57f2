namespace Plumbline.Datasets.Generation;

/// <summary>What a <see cref="Template"/> leaves open.</summary>
internal enum Slot : byte
{
    None,
    Noun,
    Aspect,
    Topic,

    /// <summary>"was", "were", "is" or "are", after the noun or aspect before it.</summary>
    Be,

    /// <summary>An adjective phrase of the sentence's grade, perhaps intensified or as a negated opposite.</summary>
    Opinion,

    /// <summary>An adjective phrase of the opposite grade.</summary>
    Contrary,

    /// <summary>A bare adjective of the sentence's grade, to stand before a noun.</summary>
    Adjective,

    /// <summary>"loved", "didn't like": what "I" did, of the sentence's grade.</summary>
    Verb,

    /// <summary>The same of the opposite grade.</summary>
    ContraryVerb,
    Name,
    Brand,
    Person,
    Time,
    Duration,
    Deed,
    Emotion,
    Job,
    Number,
    Price,
    Year,
    Link,
    Entity,
}
